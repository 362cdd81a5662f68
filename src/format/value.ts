import { plural } from './text.js';

/** A mapping, as opposed to a list, a scalar or null. */
export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON Schema knows no bigint: a whole number beyond 2^53 is the nearest double to a validator. */
export function withoutBigints(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withoutBigints);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutBigints(item)]));
}

export interface ValueFormat {
  /** About how many characters the text may take. */
  readonly maxLength?: number;
  /** Lists and maps below this depth are shown by their size alone. */
  readonly maxDepth?: number;
}

/**
 * A value on one line, as YAML's flow style writes it, with every string quoted: `{ depth: 1, reason: "1" }`.
 * What is cut off is counted: `"abc"… (1,204 characters)`.
 */
export function formatValue(value: unknown, { maxLength = 120, maxDepth = 6 }: ValueFormat = {}): string {
  return write(value, maxLength, maxDepth);
}

function write(value: unknown, budget: number, depth: number): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return writeString(value, budget);
  if (Array.isArray(value)) {
    const size = plural(value.length, 'item');
    return enclose('[', ']', value, size, budget, depth, (item, room) => write(item, room, depth - 1));
  }
  if (isMap(value)) {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined);
    const size = plural(keys.length, 'key');
    return enclose('{ ', ' }', keys, size, budget, depth, (key, room) => {
      return `${formatKey(key)}: ${write(value[key], room, depth - 1)}`;
    });
  }
  return String(value);
}

/** The smallest room that an item within a list or map gets. */
const LEAST_ROOM = 16;

function enclose<T>(
  open: string,
  close: string,
  items: readonly T[],
  size: string,
  budget: number,
  depth: number,
  writeItem: (item: T, room: number) => string,
): string {
  if (items.length === 0) return `${open}${close}`.replaceAll(' ', '');
  if (depth <= 0) return `${open}… (${size})${close}`;
  const parts: string[] = [];
  let room = budget;
  for (const item of items) {
    // Half of what is left, so that one long value leaves some for those after it.
    const text = writeItem(item, Math.max(LEAST_ROOM, items.length === 1 ? room : room / 2));
    if (parts.length > 0 && text.length > room) {
      parts.push(`… (${size})`);
      break;
    }
    parts.push(text);
    room -= text.length + 2;
  }
  return `${open}${parts.join(', ')}${close}`;
}

function writeString(text: string, budget: number): string {
  if (text.length <= budget) return quote(text);
  return `${quote(cutText(text, budget))}… (${plural(countCharacters(text), 'character')})`;
}

const quote = (text: string): string => escapeControls(JSON.stringify(text));

/** At most so many UTF-16 units of a text, without half of a surrogate pair at its end. */
export function cutText(text: string, length: number): string {
  const cut = text.slice(0, length);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** A key as it stands in `{ key: 1 }`: quoted unless it is a plain word. */
export const formatKey = (key: string): string => (/^[A-Za-z_$][\w$-]*$/.test(key) ? key : writeString(key, 60));

/** Control and format characters: invisible, acted on by a terminal, or turning the direction of text. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Makes them visible: beyond what `printable` escapes, all that would let two values look alike. */
export const escapeControls = (text: string): string =>
  text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0)?.toString(16) ?? '';
    return SHORT_ESCAPES[character] ?? (code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`);
  });

/** Unicode characters, where `length` counts UTF-16 units. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
