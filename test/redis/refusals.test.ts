import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../src/contracts/redis.js';
import type { Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { findRefusals } from '../../src/redis/refusals.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import { startTestServer } from '../support/server.js';

let server: Target;
let admin: Connection;
beforeAll(async () => {
  server = await startTestServer();
  admin = await openConnection(parseRedisUrl(server.url), { name: 'refusals.test' });
});
afterAll(async () => {
  await admin[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const NEVER = new AbortController().signal;

/** What is found for a user with these rules: `forbidden`, or what is unknown. */
async function found(rules: string, commands: readonly string[]): Promise<Record<string, string>> {
  await admin.call(['ACL', 'SETUSER', 'app', 'reset', 'on', '>pw', ...rules.split(' ')]);
  const address = { ...parseRedisUrl(server.url), username: 'app', password: 'pw' };
  const refusals = await findRefusals(address, commands, NEVER);
  return Object.fromEntries(
    [...refusals].map(([name, refusal]) => [
      name,
      'unknown' in refusal ? refusal.unknown : refusal.forbidden.slice(0, 6),
    ]),
  );
}

const MANY = [
  ...[
    'GET',
    'SET',
    'BLMOVE',
    'XREADGROUP',
    'EVAL',
    'PSUBSCRIBE',
    'SUBSCRIBE',
    'CLIENT KILL',
    'CLIENT LIST',
    'KEYS',
    'WAIT',
  ],
  ...['MULTI', 'EXEC', 'DISCARD', 'WATCH', 'QUIT', 'RESET', 'HELLO', 'SHUTDOWN', 'FLUSHALL', 'DEBUG', 'SELECT', 'PING'],
];

test('nothing is refused to whoever may do everything, and nothing is done', async () => {
  await admin.call(['SET', 'kept', 'v']);
  expect(await found('~* &* +@all', MANY)).toEqual({});
  expect([await admin.call(['GET', 'kept']), await admin.call(['DBSIZE'])]).toEqual(['v', 1]);
});

test.each<[what: string, rules: string, refused: Record<string, string>]>([
  [
    'some commands, in part or whole',
    '~* &* +@all -get -blmove -psubscribe -client|kill -keys',
    { GET: 'NOPERM', BLMOVE: 'NOPERM', PSUBSCRIBE: 'NOPERM', 'CLIENT KILL': 'NOPERM', KEYS: 'NOPERM' },
  ],
  ['all keys and channels', 'resetkeys resetchannels +@all -wait', { WAIT: 'NOPERM' }],
  ['MULTI, without which nothing can be asked', '~* &* +@all -multi -get', { MULTI: 'NOPERM' }],
])('a user who is refused %s', async (_, rules, refused) => {
  expect(await found(rules, MANY)).toEqual(refused);
});

test('a command that wants more arguments on this server than is known is asked about with all numbers of them', async () => {
  const names = ['COMMAND GETKEYS', 'GET'];
  expect(await found('~* &* +@all -command|getkeys', names)).toEqual({ 'COMMAND GETKEYS': 'NOPERM' });
  expect(await found('~* &* +@all', names)).toEqual({});
});

test('what there is not', async () => {
  expect(await found('~* &* +@all', ['NO.SUCH', 'CLIENT KLIL', 'GET'])).toEqual({
    'NO.SUCH': 'command',
    'CLIENT KLIL': 'subcommand',
  });
});
