/**
 * The program's entry: runs the bundle from V8's code cache, which is made at the end of the first run in the user's
 * cache folder. Whatever is wrong with the cache, the bundle runs without it.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import vm from 'node:vm';

declare const __dirname: string;
declare const require: unknown;

const file = path.join(__dirname, 'redrill.cjs');

function cacheFile(): string | undefined {
  const setting = process.env.REDRILL_CODE_CACHE;
  if (setting === 'off') return undefined;
  const { mtimeMs, size } = statSync(file);
  const mark = createHash('sha1')
    .update(`${file} ${mtimeMs} ${size} ${process.version} ${process.arch}`)
    .digest('hex')
    .slice(0, 16);
  const base = setting ?? process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  return path.join(base, 'redrill', `${mark}.v8`);
}

/** Only a file of our own that nobody else may write is run. */
function readCache(cache: string): Buffer | undefined {
  try {
    const { uid, mode } = lstatSync(path.dirname(cache));
    if (uid !== process.getuid?.() || (mode & 0o077) !== 0) return undefined;
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}

function writeCache(cache: string, script: vm.Script): void {
  try {
    const folder = path.dirname(cache);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    const temporary = `${cache}.${process.pid}`;
    writeFileSync(temporary, script.createCachedData(), { mode: 0o600 });
    renameSync(temporary, cache);
    removeOld(folder);
  } catch {
    rmSync(`${cache}.${process.pid}`, { force: true });
  }
}

const MAXIMUM_AGE_MS = 30 * 24 * 3_600_000;

/** Every version and every place of the program leaves a file of its own. */
function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const entry = path.join(folder, name);
    if (name.endsWith('.v8') && Date.now() - statSync(entry).mtimeMs > MAXIMUM_AGE_MS) rmSync(entry, { force: true });
  }
}

const cache = cacheFile();
const cachedData = cache === undefined ? undefined : readCache(cache);
const script = new vm.Script(
  `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`,
  {
    filename: file,
    ...(cachedData && { cachedData }),
  },
);
const module = {
  exports: {} as { main?: (argv: readonly string[], importModule: (url: string) => Promise<unknown>) => Promise<void> },
};
script.runInThisContext()(module.exports, require, module, file, __dirname);
const finished = module.exports.main?.(process.argv, (url) => import(url));
if (cache !== undefined && (!cachedData || script.cachedDataRejected))
  void finished?.finally(() => writeCache(cache, script));
