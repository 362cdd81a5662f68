import { describe, expect, test } from 'vitest';
import { MessageReader } from '../../src/redis/messages.js';

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const push = (...parts: readonly string[]): string => `>${parts.length}\r\n${parts.map(bulk).join('')}`;

/** What a reader makes of these chunks, in order; what is no message in brackets. */
function read(chunks: Iterable<string | Buffer>) {
  const reader = new MessageReader();
  const seen: string[] = [];
  const firsts: boolean[] = [];
  reader.onMessage = ({ channel, pattern }, bytes, start, end, isFirst) => {
    seen.push(`${pattern ?? '-'} ${channel} ${bytes.toString('utf8', start, end)}`);
    firsts.push(isFirst);
  };
  reader.onOther = (bytes) => seen.push(`[${bytes.toString()}]`);
  const buffer = Buffer.alloc(100_000); // as a socket's, which holds what came before
  for (const chunk of chunks) {
    buffer.fill('>3\r\n$7\r\n');
    reader.read(buffer, Buffer.from(chunk).copy(buffer));
  }
  return { seen, firsts };
}

const SENT: readonly (readonly [bytes: string, seen: string])[] = [
  ['%2\r\n+mode\r\n+cluster\r\n+modules\r\n*0\r\n', ''],
  ['>3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n', ''],
  [push('message', 'news', 'one'), '- news one'],
  [push('message', 'news', 'two'), '- news two'],
  [push('message', 'news', ''), '- news '],
  [push('message', 'sport', 'a\r\nb'), '- sport a\r\nb'],
  [push('pmessage', 'né*', 'néws', 'ü'.repeat(300)), `né* néws ${'ü'.repeat(300)}`],
  [push('smessage', 'news', 'message\r\n$3'), '- news message\r\n$3'],
  [push('message', 'news', push('message', 'news', 'within')), `- news ${push('message', 'news', 'within')}`],
  ['+PONG\r\n', ''],
  ['-ERR no\r\n', ''],
  ['|1\r\n+a\r\n:1\r\n*2\r\n$-1\r\n_\r\n', ''],
  [push('sunsubscribe', 'news', 'x'), ''],
  ['>2\r\n$10\r\ninvalidate\r\n*-1\r\n', ''],
  [push('message', 'sport', 'last'), '- sport last'],
];
const ALL = Buffer.from(SENT.map(([bytes]) => bytes).join(''));
const EXPECTED = SENT.map(([bytes, seen]) => seen || `[${bytes}]`);

describe('a reader of messages', () => {
  test('delivers them, and passes everything else on', () => {
    expect(read([ALL]).seen).toEqual(EXPECTED);
  });

  test('reads chunks that are cut anywhere', () => {
    for (let at = 0; at <= ALL.length; at++)
      expect(read([ALL.subarray(0, at), ALL.subarray(at)]).seen).toEqual(EXPECTED);
    for (const size of [1, 2, 3, 7, 64, 255, 256, 257, 1_000]) {
      const count = Math.ceil(ALL.length / size);
      const chunks = Array.from({ length: count }, (_, index) => ALL.subarray(index * size, (index + 1) * size));
      expect(read(chunks).seen, `chunks of ${size}`).toEqual(EXPECTED);
    }
  });

  test('says which is the first of those that arrived together', () => {
    const [one, two] = [push('message', 'a', '1'), push('message', 'a', '2')];
    expect(read([one + two, one, one.slice(0, 9), one.slice(9) + two]).firsts).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  test('takes a message of any size', () => {
    const payload = 'x'.repeat(1_000_000);
    const bytes = Buffer.from(push('message', 'a', payload) + push('message', 'a', 'next'));
    const chunks = Array.from({ length: 11 }, (_, index) => bytes.subarray(index * 95_000, (index + 1) * 95_000));
    expect(read(chunks).seen).toEqual([`- a ${payload}`, '- a next']);
  });

  test.each([
    ['no reply', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a length that is none', '$x\r\n'],
    ['a payload of no length', '>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$-1\r\n'],
  ])('passes on %s, for whoever reads replies to complain of', (_, bytes) => {
    expect(read([push('message', 'a', '1'), bytes]).seen).toEqual(['- a 1', `[${bytes}]`]);
  });
});
