import { statSync } from 'node:fs';
import path from 'node:path';

/** Files that a scenario's text may name: a program under test, or one to include that is not there yet. */
export function namedFiles(text: string, folder: string): ReadonlySet<string> {
  const words = new Set(text.match(/[\w@+~.-][\w@+~./-]*/g) ?? []);
  return new Set([...words].filter((word) => /\w[./]\w/.test(word)).map((word) => path.resolve(folder, word)));
}

export const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() === true;
