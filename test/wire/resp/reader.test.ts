import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/wire/resp/problem.js';
import { ReplyReader } from '../../../src/wire/resp/reader.js';
import { bytes, cut, readBulks, readChunks, replies } from './support.js';

const KINDS = [
  ['+OK\r\n', 'value'],
  [':-12\r\n', 'value'],
  ['$0\r\n\r\n', 'value'],
  ['$4\r\n\r\n\r\n\r\n', 'value'],
  ['$-1\r\n', 'null'],
  ['*-1\r\n', 'null'],
  ['_\r\n', 'null'],
  ['-ERR no\r\n', 'error'],
  ['!5\r\nERR a\r\n', 'error'],
  ['#t\r\n', 'value'],
  [',1.5\r\n', 'value'],
  ['(12345678901234567890\r\n', 'value'],
  ['=6\r\ntxt:ab\r\n', 'value'],
  ['*0\r\n', 'value'],
  ['*2\r\n$-1\r\n-ERR inside\r\n', 'value'],
  ['%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n%0\r\n', 'value'],
  ['~1\r\n_\r\n', 'value'],
  ['>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n', 'push'],
  ['|1\r\n+ttl\r\n:3600\r\n$-1\r\n', 'null'],
  ['|0\r\n-ERR described\r\n', 'error'],
  ['*1\r\n|1\r\n+a\r\n*1\r\n:1\r\n*1\r\n:2\r\n', 'value'],
] as const;

describe('a reply', () => {
  test.each(KINDS)('%j is one, cut anywhere', (text, kind) => {
    const whole = bytes(text);
    for (let size = 1; size <= whole.length; size++) {
      expect(readChunks(cut(whole, [size]))).toEqual([{ kind, bytes: whole, isWhole: true }]);
    }
  });

  test('is told from those around it, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(replies({ attributes: true }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        (texts, sizes) => {
          const seen = readChunks(cut(bytes(texts.join('')), sizes));
          expect(seen.map((reply) => reply.bytes.toString('latin1'))).toEqual(texts);
        },
      ),
    );
  });

  test('in pieces is kept up to a limit', () => {
    const whole = bytes(`-MOVED ${'x'.repeat(1_000)}\r\n`);
    expect(readChunks(cut(whole, [10]), 20)).toEqual([{ kind: 'error', bytes: whole.subarray(0, 20), isWhole: false }]);
    expect(readChunks([whole], 20)).toEqual([{ kind: 'error', bytes: whole, isWhole: true }]);
  });

  test('gives its strings in one piece to whoever wants them', () => {
    const text = `>3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$0\r\n\r\n*2\r\n$5\r\nab\r\nc\r\n$-1\r\n=7\r\ntxt:abc\r\n$${'3000'}\r\n${'y'.repeat(3_000)}\r\n`;
    const strings = ['message', 'ch', '', 'ab\r\nc', 'txt:abc', 'y'.repeat(3_000)];
    for (const size of [1, 2, 3, 7, 100, 10_000]) expect(readBulks(cut(bytes(text), [size]))).toEqual(strings);
  });
});

const HOSTILE: readonly (readonly [text: string, message: string])[] = [
  ['HTTP/1.1 400 Bad Request\r\n', '"H" where a reply begins'],
  ['\u0015\u0003\u0003', 'byte 0x15 where a reply begins'],
  ['\r\n', 'a carriage return where a reply begins'],
  ['+OK\n', 'a newline within a line'],
  ['+OK\rx', '"x" after the carriage return of a line'],
  ['$abc\r\n', '"a" in a length'],
  ['$1-\r\n', '"-" in a length'],
  ['$--1\r\n', '"-" in a length'],
  ['$\r\n', 'a length without digits'],
  ['$-\r\n', 'a length without digits'],
  ['$-2\r\n', 'a length of -2'],
  ['%-1\r\n', 'a length of -1'],
  ['$12\rx', '"x" after a length'],
  ['$4294967297\r\n', 'a length of more than 4294967296'],
  ['*99999999999999999999\r\n', 'a length of more than 4294967296'],
  ['$00000000000000000001\r\n', 'a length of more than 4294967296'],
  ['$3\r\nabcd\r\n', '"d" after a string of its length'],
  ['$3\r\nabc\rx', '"x" after a string of its length'],
  ['$?\r\n', 'a streamed reply, which no server sends'],
  ['*?\r\n', 'a streamed reply, which no server sends'],
  ['*1\r\n>1\r\n+x\r\n', 'a push within a reply'],
  ['*1\r\n'.repeat(1_025), 'replies nested more than 1024 deep'],
  [`+${'x'.repeat(65_537)}`, 'a line of more than 65536 bytes'],
];

describe('what is no reply', () => {
  test.each(HOSTILE.map(([text, message]) => [text.slice(0, 30), message, text] as const))(
    '%j: %s',
    (_, message, text) => {
      for (const size of [1, 7, text.length]) {
        expect(() => readChunks(cut(bytes(text), [size]))).toThrow(new ProtocolError(message));
      }
    },
  );

  test('never makes a reader do worse than refuse, nor keep more than it was sent', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), replies(), (noise, reply) => {
        try {
          readChunks([bytes(reply), ...noise.map((chunk) => Buffer.from(chunk))]);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });

  test('with a length that is never filled takes no memory', () => {
    const reader = new ReplyReader({ reply: () => {}, bulk: () => {} });
    const before = process.memoryUsage().arrayBuffers;
    for (const text of ['*4294967296\r\n', '*4294967296\r\n', '$4294967296\r\nabc'])
      reader.read(bytes(text), text.length);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_048_576);
  });
});
