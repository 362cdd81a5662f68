import fc from 'fast-check';
import { Decoder } from 'ioredis/built/resp/decoder.js';
import { describe, expect, test } from 'vitest';
import { toReply, toReplyError } from '../../../src/redis/reply.js';
import { decodeReply, splitError } from '../../../src/wire/resp/decode.js';
import { bytes, cut, readChunks, replies } from './support.js';

/** What ioredis makes of a stream, in the shapes of its connections here. */
function readByIoredis(chunks: readonly Buffer[]) {
  const seen: unknown[] = [];
  const decoder = new Decoder({
    getTypeMapping: () => ({ 43: Buffer, 36: Buffer, 61: Buffer, 40: String, 126: Array, 58: String, 44: String }),
    onReply: (reply: unknown) => seen.push(reply),
    onErrorReply: (error: unknown) => seen.push(error),
    onPush: () => {},
  });
  for (const chunk of chunks) decoder.write(chunk);
  return seen;
}

describe("ioredis' parser and this one", () => {
  test('see the same replies, of the same kinds, with the same errors and values', () => {
    fc.assert(
      fc.property(
        fc.array(replies(), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 50 }),
        (texts, size) => {
          const chunks = cut(bytes(texts.join('')), [size]);
          const theirs = readByIoredis(chunks);
          const ours = readChunks(chunks);
          expect(ours.map(({ kind }) => kind)).toEqual(
            theirs.map((reply) => (reply instanceof Error ? 'error' : reply === null ? 'null' : 'value')),
          );
          expect(ours.map(({ bytes: reply }) => decodeReply(reply))).toEqual(theirs.map(toReply));
          const codes = theirs.flatMap((reply) => (reply instanceof Error ? [toReplyError(reply).code] : []));
          const errors = ours.filter(({ kind }) => kind === 'error');
          expect(errors.map(({ bytes: reply }) => splitError(reply, 0, reply.length).code)).toEqual(codes);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['+OK\r\n', 'OK'],
  [':9007199254740993\r\n', 9007199254740993n],
  ['|1\r\n+ttl\r\n:3600\r\n$1\r\na\r\n', 'a'],
  ['$2\r\n\u00ff\u00fe\r\n', { base64: '//4=' }],
  ['%1\r\n+__proto__\r\n:1\r\n', Object.fromEntries([['__proto__', 1]])],
  [
    '*2\r\n-ERR a b\r\n!3\r\nX y\r\n',
    [{ error: { code: 'ERR', message: 'a b' } }, { error: { code: 'X', message: 'y' } }],
  ],
  ['=8\r\nmkd:# hi\r\n', '# hi'],
])('%j is decoded', (text, value) => {
  expect(decodeReply(bytes(text))).toEqual(value);
});
