import { closeSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createFolder } from '../folders.js';
import type { Output } from './terminal.js';

const FLUSH_CHARACTERS = 2 ** 16;

export interface FileOutput extends Output {
  /** Writes what waits. */
  flush(): void;
}

/** What is written waits to be flushed, or until it is much: a write for each event took 4 % of a run of short steps. */
export function openFile(file: string): FileOutput {
  createFolder(path.dirname(path.resolve(file)));
  const descriptor = openSync(file, 'w');
  let waiting = '';
  const flush = () => {
    const text = waiting;
    waiting = '';
    // A disk that is nearly full takes a part: this goes on until it takes no more and says so.
    if (text !== '') writeFileSync(descriptor, text);
  };
  return {
    write: (text) => {
      waiting += text;
      if (waiting.length >= FLUSH_CHARACTERS) flush();
    },
    columns: undefined,
    color: false,
    flush,
    close: () => closeSync(descriptor),
  };
}
