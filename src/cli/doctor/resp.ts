import { ReplyError } from '../../errors.js';

/** A reply as the doctor needs it: numbers as numbers, maps as lists of keys and values, an error as a value. */
export type Value = null | boolean | number | string | ReplyError | readonly Value[];

/** What came is in no Redis protocol. */
export class NoRedis extends Error {}

interface Parsed {
  readonly value: Value;
  /** Pushed by the server, and no reply. */
  readonly pushed: boolean;
  /** Where what follows begins. */
  readonly end: number;
}

const MOST_ITEMS = 1_000_000;

/** The first reply in the bytes, in RESP2 or RESP3; undefined when its end is still to come. */
export function parseReply(bytes: Buffer, start = 0): Parsed | undefined {
  if (start >= bytes.length) return undefined;
  const type = String.fromCharCode(bytes[start]!);
  if (!'+-:$*_#,(=!%~>|'.includes(type)) throw new NoRedis(bytes.subarray(start, start + 40).toString('latin1'));
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const line = bytes.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  const plain = (value: Value): Parsed => ({ value, pushed: false, end });
  switch (type) {
    case '+':
      return plain(line);
    case '-':
      return plain(errorOf(line));
    case '_':
      return plain(null);
    case '#':
      return plain(line === 't');
    case ':':
    case ',':
    case '(':
      return plain(Number(line));
  }
  const length = Number(line);
  if (!Number.isInteger(length) || length > MOST_ITEMS * 512) throw new NoRedis(line.slice(0, 40));
  if (length < 0) return plain(null);
  if (type === '$' || type === '=' || type === '!') {
    if (bytes.length < end + length + 2) return undefined;
    const text = bytes.toString('utf8', end, end + length);
    // A verbatim string begins with its format: `txt:`.
    const value = type === '!' ? errorOf(text) : type === '=' ? text.slice(4) : text;
    return { value, pushed: false, end: end + length + 2 };
  }
  return parseItems(bytes, end, type, length);
}

function parseItems(bytes: Buffer, start: number, type: string, length: number): Parsed | undefined {
  const items: Value[] = [];
  let end = start;
  for (let left = type === '%' || type === '|' ? length * 2 : length; left > 0; left--) {
    const item = parseReply(bytes, end);
    if (!item) return undefined;
    items.push(item.value);
    end = item.end;
  }
  // Attributes come before the reply that they belong to.
  return type === '|' ? parseReply(bytes, end) : { value: items, pushed: type === '>', end };
}

function errorOf(line: string): ReplyError {
  const [code = '', ...rest] = line.split(' ');
  return new ReplyError(code, rest.join(' '));
}

/** A command as every server takes it. */
export function encodeCommand(command: readonly (string | number)[]): string {
  const parts = command.map((part) => `$${Buffer.byteLength(String(part))}\r\n${part}\r\n`);
  return `*${command.length}\r\n${parts.join('')}`;
}
