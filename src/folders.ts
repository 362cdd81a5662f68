import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a folder with all that are missing above it. Node's own `recursive: true` never returns from a file system that
 * says ENOENT of a folder in one that is there, as /proc does.
 */
export function createFolder(folder: string, mode?: number): void {
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    const parent = path.dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(parent)) throw error; // of the file system
    createFolder(parent, mode);
    mkdirSync(folder, mode);
  }
}
