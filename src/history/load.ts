import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { ScenarioError } from '../errors.js';
import { type Fields, isFields, problemOf } from './lines.js';
import type { SavedLine } from './saved.js';

const BLOCK_BYTES = 2 ** 20;
/** No line of ours is longer; without a bound any large file would be read into memory. */
const LONGEST_LINE = 2 ** 26;

const NOT_SAVED = 'give a file that `redrill run --history FOLDER` wrote';
const ALTERED = 'the file was altered, or a newer redrill wrote it: save the history again';

/** `cut`: the last line, which is not whole. The history goes on behind it, and nobody knows how. */
export type LoadedLine = SavedLine | { readonly type: 'cut'; readonly line: number };

/** Reads a saved history line by line. Raises a ScenarioError that names the line for what is none, or was altered. */
export function* loadHistory(file: string): Iterable<LoadedLine> {
  let previous: SavedLine['type'] | undefined;
  let events = 0;
  for (const { text, line, whole } of linesOf(file)) {
    const fields = parse(text);
    if (!fields && !whole && previous !== undefined && previous !== 'end') {
      yield { type: 'cut', line };
      return;
    }
    const problem = problemOf(fields, previous, events);
    if (problem !== undefined) {
      throw new ScenarioError(`${file}:${line} ${problem}`, { next: previous === undefined ? NOT_SAVED : ALTERED });
    }
    const saved = fields as unknown as SavedLine; // it has no problem
    if (saved.type === 'event') events++;
    previous = saved.type;
    yield saved;
  }
  if (previous === undefined) throw new ScenarioError(`${file} is empty`, { next: NOT_SAVED });
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Line {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** A line break ends it. */
  readonly whole: boolean;
}

function* linesOf(file: string): Iterable<Line> {
  const decoder = new StringDecoder('utf8');
  let line = 0;
  let rest = '';
  for (const block of blocksOf(file)) {
    const parts = (rest + decoder.write(block)).split('\n');
    rest = parts.pop()!; // splitting gives one part at least
    for (const text of parts) yield { text, line: ++line, whole: true };
    if (rest.length > LONGEST_LINE) throw new ScenarioError(`${file}:${line + 1} is too long`, { next: NOT_SAVED });
  }
  rest += decoder.end();
  if (rest !== '') yield { text: rest, line: ++line, whole: false };
}

function* blocksOf(file: string): Iterable<Buffer> {
  const attempt = <T>(run: () => T): T => {
    try {
      return run();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ScenarioError(`the history ${file} cannot be read: ${reason}`, { next: NOT_SAVED, cause });
    }
  };
  const descriptor = attempt(() => openSync(file, 'r'));
  try {
    const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    for (;;) {
      const read = attempt(() => readSync(descriptor, block));
      if (read === 0) return;
      yield block.subarray(0, read);
    }
  } finally {
    closeSync(descriptor);
  }
}
