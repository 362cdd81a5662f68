import { describe, expect, test } from 'vitest';
import { encodeCommand, NoRedis, parseReply } from '../../../src/cli/doctor/resp.js';
import { ReplyError } from '../../../src/errors.js';

const parse = (text: string) => parseReply(Buffer.from(text));

test.each<[string, unknown]>([
  ['+PONG\r\n', 'PONG'],
  [':-7\r\n', -7],
  [',1.5\r\n', 1.5],
  ['(12345\r\n', 12345],
  ['_\r\n', null],
  ['$-1\r\n', null],
  ['*-1\r\n', null],
  ['#t\r\n', true],
  ['$5\r\nhé\r\n\r\n', 'hé\r\n'],
  ['=8\r\ntxt:a\r\nb\r\n', 'a\r\nb'],
  ['*2\r\n$1\r\na\r\n*1\r\n:1\r\n', ['a', [1]]],
  ['%1\r\n+a\r\n:1\r\n', ['a', 1]],
  ['~1\r\n+a\r\n', ['a']],
  ['|1\r\n+ttl\r\n:1\r\n+OK\r\n', 'OK'],
])('%j', (text, value) => {
  expect(parse(text)).toEqual({ value, pushed: false, end: Buffer.byteLength(text) });
  for (let length = 0; length < Buffer.byteLength(text); length++) {
    expect(parseReply(Buffer.from(text).subarray(0, length))).toBeUndefined();
  }
});

test('errors are values, with the code apart', () => {
  const [line, bulk] = [parse('-NOPERM no\r\n'), parse('!9\r\nNOPERM no\r\n')].map((parsed) => parsed?.value);
  expect(line).toBeInstanceOf(ReplyError);
  expect([line, bulk]).toMatchObject([{ code: 'NOPERM', message: 'no' }, { code: 'NOPERM' }]);
});

test('what the server sends unasked is marked', () => {
  expect(parse('>2\r\n+message\r\n+a\r\n')).toMatchObject({ value: ['message', 'a'], pushed: true });
});

describe('what is no Redis', () => {
  test.each(['HTTP/1.1 400\r\n', '\u0015\u0003\u0001', '$x\r\n', '*99999999999\r\n'])('%j', (text) => {
    expect(() => parse(text)).toThrow(NoRedis);
  });
});

test('commands count bytes', () => {
  expect(encodeCommand(['ECHO', 'é', 1])).toBe('*3\r\n$4\r\nECHO\r\n$2\r\né\r\n$1\r\n1\r\n');
});
