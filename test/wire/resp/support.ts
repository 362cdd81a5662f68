import fc from 'fast-check';
import { type ReplyKind, ReplyReader } from '../../../src/wire/resp/reader.js';

export interface Seen {
  readonly kind: ReplyKind;
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

/** What a reader delivers of chunks; each is overwritten once it is read, as the socket's buffer is. */
export function readChunks(chunks: readonly Buffer[], keptBytes = 1_048_576): Seen[] {
  const seen: Seen[] = [];
  const reader = new ReplyReader({
    reply: (kind, bytes, start, end, isWhole) => {
      seen.push({ kind, bytes: Buffer.from(bytes.subarray(start, end)), isWhole });
    },
  });
  reader.keptBytes = keptBytes;
  for (const chunk of chunks) {
    const used = Buffer.from(chunk);
    reader.read(used, used.length);
    used.fill('?');
  }
  return seen;
}

/** Every bulk string, whatever it is in. */
export function readBulks(chunks: readonly Buffer[]): string[] {
  const bulks: string[] = [];
  const reader = new ReplyReader({
    reply: () => {},
    bulk: (bytes, start, end) => {
      bulks.push(bytes.toString('latin1', start, end));
    },
  });
  for (const chunk of chunks) {
    const used = Buffer.from(chunk);
    reader.read(used, used.length);
    used.fill('?');
  }
  return bulks;
}

export const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** In pieces of these sizes, over and over. */
export function cut(whole: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    chunks.push(whole.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const line = fc.string({ unit: 'grapheme-ascii', maxLength: 20 });
const body = fc.oneof(line, fc.constantFrom('', '\r\n', '$5\r\n', 'é', '\u0000ÿ'), fc.string({ maxLength: 300 }));
const blob = (type: string) =>
  body.map((text) => `${type}${Buffer.byteLength(text)}\r\n${Buffer.from(text).toString('latin1')}\r\n`);
const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

const scalar = fc.oneof(
  line.map((text) => `+${text}\r\n`),
  integer.map((number) => `:${number}\r\n`),
  blob('$'),
  body.map((text) => `=${Buffer.byteLength(text) + 4}\r\ntxt:${Buffer.from(text).toString('latin1')}\r\n`),
  fc.constantFrom(
    '_\r\n',
    '#t\r\n',
    '#f\r\n',
    ',1.5\r\n',
    ',-0.25\r\n',
    ',inf\r\n',
    ',-inf\r\n',
    ',nan\r\n',
    ',1e300\r\n',
  ),
  integer.map((number) => `(${number}\r\n`),
);
const refusal = fc.oneof(
  fc.constantFrom('-ERR no\r\n', '-WRONGTYPE Operation against a key\r\n', '-NOSCRIPT\r\n', '!9\r\nERR a\r\nbc\r\n'),
  line.map((text) => `-E${text}\r\n`),
);
const nothing = fc.constantFrom('$-1\r\n', '*-1\r\n');

/** A reply as it goes over the wire, one letter a byte; `attributes` may stand before any part of it. */
export function replies({ attributes = false } = {}): fc.Arbitrary<string> {
  const { reply } = fc.letrec<{ reply: string; described: string }>((tie) => {
    const part = attributes ? tie('described') : tie('reply');
    const list = fc.array(part, { maxLength: 4 });
    const pairs = fc.uniqueArray(fc.tuple(line, part), { maxLength: 3, selector: ([key]) => key });
    const written = pairs.map(
      (entries) => `${entries.length}\r\n${entries.map(([key, value]) => `+${key}\r\n${value}`).join('')}`,
    );
    return {
      reply: fc.oneof(
        { maxDepth: 4 },
        scalar,
        refusal,
        nothing,
        list.map((items) => `*${items.length}\r\n${items.join('')}`),
        list.map((items) => `~${items.length}\r\n${items.join('')}`),
        written.map((text) => `%${text}`),
      ),
      described: fc.oneof(
        { maxDepth: 3 },
        tie('reply'),
        fc.tuple(written, tie('reply')).map(([text, reply]) => `|${text}${reply}`),
      ),
    };
  });
  return reply;
}
