import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Argument, Connection, Reply } from '../../src/contracts/redis.js';
import type { Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { toReply } from '../../src/redis/reply.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import { startTestServer } from '../support/server.js';

let server: Target;
let connection: Connection;
beforeAll(async () => {
  server = await startTestServer();
  connection = await openConnection(parseRedisUrl(server.url), { name: 'replies' });
});
afterAll(async () => {
  await connection[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe('every type of RESP3', () => {
  const TYPES: readonly (readonly [type: string, reply: Reply])[] = [
    ['string', 'Hello World'],
    ['integer', 12345],
    ['double', 3141 / 1000],
    ['bignum', 1234567999999999999999999999999999999n],
    ['null', null],
    ['array', [0, 1, 2]],
    ['set', [0, 1, 2]],
    ['map', { 0: false, 1: true, 2: false }],
    ['verbatim', 'This is a verbatim\nstring'],
    ['true', true],
    ['false', false],
  ];
  test.each(TYPES)('%s', async (type, reply) => {
    expect(await connection.call(['DEBUG', 'PROTOCOL', type])).toEqual(reply);
  });
});

const EXACT = 2n ** 53n;
/** Commands in order, each with its reply. */
const REPLIES: readonly (readonly [command: readonly Argument[], reply: Reply])[] = [
  [['SET', 'n', String(EXACT - 2n)], 'OK'],
  [['INCR', 'n'], Number(EXACT - 1n)],
  [['INCR', 'n'], EXACT],
  [['INCR', 'n'], EXACT + 1n],
  [['SET', 'n', '-9223372036854775807'], 'OK'],
  [['DECR', 'n'], -9223372036854775808n],
  [['GET', 'n'], '-9223372036854775808'],
  [['SET', '007', '007'], 'OK'],
  [['GET', '007'], '007'],
  [['STRLEN', '007'], 3],
  [['SET', 'bytes', Buffer.from([0xff, 0x00, 0x0d, 0x0a])], 'OK'],
  [['GET', 'bytes'], { base64: '/wANCg==' }],
  [['SET', 'view', new Uint8Array([0x41, 0x42, 0x43]).subarray(1)], 'OK'],
  [['GET', 'view'], 'BC'],
  [['SET', 'text', '\ufeffé😀\u0000\r\n'], 'OK'],
  [['GET', 'text'], '\ufeffé😀\u0000\r\n'],
  [['GET', 'absent'], null],
  [['SET', 'empty', ''], 'OK'],
  [['GET', 'empty'], ''],
  [['MSET', 'a', '1', 'b', '2'], 'OK'],
  [
    ['MGET', 'a', 'absent', 'b'],
    ['1', null, '2'],
  ],
  [['HSET', 'h', '__proto__', '1', 'constructor', '2', 'é', Buffer.from([0xfe])], 3],
  [['HGETALL', 'h'], JSON.parse('{"__proto__": "1", "constructor": "2", "é": {"base64": "/g=="}}')],
  [['hgetall', 'absent'], {}],
  [['SADD', 's', 'm'], 1],
  [['SMEMBERS', 's'], ['m']],
  [['ZADD', 'z', '0.3', 'a', 'inf', 'b', '-inf', 'c', '1e300', 'd', '-0.1', 'e'], 5],
  [
    ['ZRANGE', 'z', '0', '-1', 'WITHSCORES'],
    [
      ['c', '-inf'],
      ['e', -0.1],
      ['a', 0.3],
      ['d', 1e300],
      ['b', 'inf'],
    ],
  ],
  [['ZSCORE', 'z', 'a'], 0.3],
  [['INCRBYFLOAT', 'f', '0.1'], '0.1'],
  [['XADD', 'x', '1-1', 'f', 'v'], '1-1'],
  [['XREAD', 'STREAMS', 'x', '0'], { x: [['1-1', ['f', 'v']]] }],
  [['XRANGE', 'x', '-', '+'], [['1-1', ['f', 'v']]]],
  [
    ['EVAL', 'return {1, false, {ok="fine"}, {err="BAD luck"}, {double=1.5}}', 0],
    [1, null, 'fine', { error: { code: 'BAD', message: 'luck' } }, 1.5],
  ],
];

test('replies of commands keep their types', async () => {
  for (const [command, reply] of REPLIES) expect([command, await connection.call(command)]).toEqual([command, reply]);
});

test('a map’s keys are its own, whatever they are called', async () => {
  const reply = await connection.call(['EVAL', 'redis.setresp(3); return {map={__proto__="x", a={map={b=1}}}}', 0]);
  expect(Object.keys(reply as object).sort()).toEqual(['__proto__', 'a']);
  expect(Object.getPrototypeOf(reply)).toBe(Object.prototype);
});

test('a reply that comes in many packets is whole', async () => {
  const large = 'é'.repeat(500_000);
  await connection.call(['SET', 'large', large]);
  expect(await connection.call(['GET', 'large'])).toBe(large);
});

test('what ioredis cannot have decoded is a bug', () => {
  expect(() => toReply(5)).toThrow('ioredis gave a number for a reply');
});
