import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

export const foldersOfPath = (env: Environment = process.env): string[] =>
  (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');

/** The first executable of that name; a path stands for itself, and is relative to `cwd`. */
export function findExecutable(name: string, folders: readonly string[], cwd = process.cwd()): string | undefined {
  const paths = name.includes('/') ? [name] : folders.map((folder) => join(folder, name));
  // Absolute, since the program is started in another folder.
  return paths.map((path) => resolve(cwd, path)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
