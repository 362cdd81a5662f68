/**
 * Files that make later starts faster, and what the last runs came to, in the user's cache folder, which nobody else may enter. Whatever is wrong with
 * them, there are none. REDRILL_CACHE=off does without, another value is the folder to use.
 */
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { createFolder } from '../folders.js';

const MAXIMUM_AGE_MS = 30 * 24 * 3_600_000;

export function cacheFolder(): string | undefined {
  const setting = process.env.REDRILL_CACHE;
  if (setting === 'off') return undefined;
  return path.join(setting ?? process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'redrill');
}

/** Only what nobody else can have written is believed. */
export function readCached(name: string): Buffer | undefined {
  const folder = cacheFolder();
  if (folder === undefined) return undefined;
  try {
    const { uid, mode } = lstatSync(folder);
    if (uid !== process.getuid?.() || (mode & 0o077) !== 0) return undefined;
    return readFileSync(path.join(folder, name));
  } catch {
    return undefined;
  }
}

/** A name for what belongs to `mark` alone: loading node:crypto for a digest would take 2 ms of each start. */
export function cacheName(mark: string, extension: string): string {
  const halves = [hashOf(mark, 0x811c9dc5, 0x01000193), hashOf(mark, 0x41c6ce57, 0x5f356495)];
  return `${halves.map((half) => half.toString(16).padStart(8, '0')).join('')}.${extension}`;
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), its bits mixed as MurmurHash3 does at its end. */
function hashOf(text: string, basis: number, factor: number): number {
  let hash = basis;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), factor);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function writeCached(name: string, content: Buffer | string): void {
  const folder = cacheFolder();
  if (folder === undefined) return;
  const file = path.join(folder, name);
  const temporary = `${file}.${process.pid}`;
  try {
    const isNew = !existsSync(file);
    createFolder(folder, 0o700);
    chmodSync(folder, 0o700);
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, file);
    // Not each time: to look at all that is there takes longer than all else here.
    if (isNew) removeOld(folder);
  } catch {
    rmSync(temporary, { force: true });
  }
}

/** Every version, every place of the program and every project leaves files of its own. */
function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const entry = path.join(folder, name);
    if (/\.(?:v8|checked|failed)$/.test(name) && Date.now() - statSync(entry).mtimeMs > MAXIMUM_AGE_MS)
      rmSync(entry, { force: true });
  }
}
