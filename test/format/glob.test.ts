import { expect, inject, test } from 'vitest';
import { compileGlob } from '../../src/format/glob.js';
import { openConnection } from '../../src/redis/connection.js';
import { parseRedisUrl } from '../../src/redis/url.js';

const TABLE: readonly [pattern: string, name: string, matches: boolean][] = [
  ['news', 'news', true],
  ['news', 'new', false],
  ['news', 'newsy', false],
  ['*', 'anything', true],
  ['n*', 'n', true],
  ['n*s', 'news', true],
  ['n*s', 'newsy', false],
  ['*.created', 'orders.created', true],
  ['a*b*c', 'aXbYbZc', true],
  ['a**c', 'abc', true],
  ['n?ws', 'news', true],
  ['n?ws', 'nws', false],
  ['h[ae]llo', 'hallo', true],
  ['h[ae]llo', 'hillo', false],
  ['h[^e]llo', 'hallo', true],
  ['h[^e]llo', 'hello', false],
  ['h[a-c]llo', 'hbllo', true],
  ['h[c-a]llo', 'hbllo', true],
  ['h[a-c]llo', 'hdllo', false],
  ['h[a-]llo', 'h-llo', false],
  ['h[-a]llo', 'h-llo', true],
  ['h[\\]]llo', 'h]llo', true],
  ['h[\\a-c]llo', 'hbllo', false],
  ['h[]llo', 'hllo', false],
  ['h[^]llo', 'hxllo', true],
  ['h[ab', 'hb', true],
  ['h[a-', 'h-', true],
  ['h[', 'h[', false],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'aXb', false],
  ['a\\', 'a\\', true],
  ['\\\\', '\\', true],
  ['ä?', 'äb', true],
  ['?', 'ä', false],
  ['??', 'ä', true],
  ['[ä]*', 'ä', true],
  ['A*', 'abc', false],
  [`${'*a'.repeat(8)}b`, 'a'.repeat(60), false],
];

test.each(TABLE)('%s and %s: %s', (pattern, name, wanted) => {
  expect(compileGlob(pattern)(name)).toBe(wanted);
});

test('the server finds the same', async () => {
  // Other tests use the first database.
  const address = { ...parseRedisUrl(inject('serverUrl')), db: 15 };
  await using redis = await openConnection(address, { name: 'glob' });
  // KEYS and PSUBSCRIBE match by the same function.
  const found = await Promise.all(
    TABLE.map(([pattern, name]) =>
      redis.script(
        "redis.call('SET', KEYS[1], '') local found = redis.call('KEYS', ARGV[1]) redis.call('DEL', KEYS[1]) for _, key in ipairs(found) do if key == KEYS[1] then return 1 end end return 0",
        [name],
        [pattern],
      ),
    ),
  );
  expect(found.map((one) => one === 1)).toEqual(TABLE.map(([, , wanted]) => wanted));
});
