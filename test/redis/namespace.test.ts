import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Argument } from '../../src/contracts/redis.js';
import { ReplyError } from '../../src/errors.js';
import { createNamespace } from '../../src/redis/namespace.js';

const isolated = createNamespace({ mode: 'isolated', token: 't1', ours: true });
const spread = createNamespace({ mode: 'spread', token: 't1', ours: true });
const literal = createNamespace({ mode: 'literal', token: 't1', ours: true });

test('a prefix holds a hash tag where keys must stay together', () => {
  expect(isolated.prefix).toBe('redrill:{t1}:');
  expect(spread.prefix).toBe('redrill:t1:');
  expect(literal.prefix).toBe('');
});

test('keys of every kind get it', () => {
  expect(isolated.key('a')).toBe('redrill:{t1}:a');
  expect(isolated.command(['MSET', 'a', '1', 7, '2'])).toEqual(['MSET', 'redrill:{t1}:a', '1', 'redrill:{t1}:7', '2']);
  expect(isolated.command(['GET', Buffer.from([0xff])])[1]).toEqual(Buffer.from('redrill:{t1}:\xff', 'latin1'));
  expect(literal.command(['GET', 'a'])).toEqual(['GET', 'a']);
});

const CHANNELS: readonly (readonly [channel: string, mapped: string])[] = [
  ['news', 'redrill:{t1}:news'],
  ['news:*', 'redrill:{t1}:news:*'],
  ['__keyspace@0__:user:1', '__keyspace@0__:redrill:{t1}:user:1'],
  ['__keyspace@*__:user:*', '__keyspace@*__:redrill:{t1}:user:*'],
  ['__keyevent@0__:expired', '__keyevent@0__:expired'],
  ['__key*__:*', '__key*__:*'],
  ['__redis__:invalidate', '__redis__:invalidate'],
  ['__mine', 'redrill:{t1}:__mine'],
];

test.each(CHANNELS)('the channel %s is %s', (channel, mapped) => {
  expect(isolated.channel(channel)).toBe(mapped);
  expect(isolated.command(['PUBLISH', channel, 'x'])).toEqual(['PUBLISH', mapped, 'x']);
  expect(literal.channel(channel)).toBe(channel);
});

describe('a reply loses it everywhere', () => {
  const REPLIES: readonly (readonly [reply: unknown, stripped: unknown])[] = [
    ['redrill:{t1}:a', 'a'],
    ['no such key redrill:{t1}:a, nor redrill:{t1}:b', 'no such key a, nor b'],
    [
      ['0', ['redrill:{t1}:a', 1, 2n, null, true, 1.5]],
      ['0', ['a', 1, 2n, null, true, 1.5]],
    ],
    [{ 'redrill:{t1}:s': [['1-1', ['f', 'redrill:{t1}:v']]] }, { s: [['1-1', ['f', 'v']]] }],
    [{ error: { code: 'NOGROUP', message: "'redrill:{t1}:s'" } }, { error: { code: 'NOGROUP', message: "'s'" } }],
    [{ base64: 'cmVkcmlsbDp7dDF9Ov8=' }, { base64: 'cmVkcmlsbDp7dDF9Ov8=' }],
    ['redrill:{t2}:a', 'redrill:{t2}:a'],
  ];

  test.each(REPLIES)('%o', (reply, stripped) => {
    expect(isolated.reply(reply)).toEqual(stripped);
    expect(literal.reply(reply)).toBe(reply);
  });

  test('in an error that was raised too', () => {
    const stripped = isolated.reply(new ReplyError('NOGROUP', "No such key 'redrill:{t1}:s'"));
    expect(stripped).toBeInstanceOf(ReplyError);
    expect(stripped).toMatchObject({ code: 'NOGROUP', message: "No such key 's'" });
  });
});

test('what comes back as it went is the key that the scenario wrote', () => {
  const key = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('redrill:'));
  fc.assert(
    fc.property(fc.array(key, { minLength: 1 }), fc.constantFrom(isolated, spread, literal), (keys, namespace) => {
      const [, ...sent] = namespace.command(['MGET', ...keys]);
      expect(sent.every((name) => String(name).startsWith(namespace.prefix))).toBe(true);
      expect(namespace.reply(sent)).toEqual(keys);
    }),
  );
});

test('remembers the databases that commands named', () => {
  const namespace = createNamespace({ mode: 'isolated', token: 't', ours: true });
  const commands: Argument[][] = [
    ['SELECT', 3],
    ['select', 'x'],
    ['MOVE', 'db', '4'],
    ['COPY', 'db', 'b', 'REPLACE', 'db', '5'],
    ['COPY', 'a', 'b'],
    ['SET', 'select', '9'],
  ];
  for (const command of commands) namespace.command(command);
  expect([...namespace.databases]).toEqual([3, 4, 5]);
});

describe('refuses', () => {
  const REFUSED: readonly (readonly [command: string, message: string, next: string])[] = [
    [
      'RANDOMKEY',
      'RANDOMKEY is refused: it answers with any key of the server, not with one of the case',
      'use SCAN, or `keys: literal` on a server of your own',
    ],
    [
      'json.set a $ 1',
      'JSON.SET is refused: which of its arguments are keys is unknown',
      'correct its name, or set `keys: literal` and list its keys under `owns`',
    ],
  ];

  test.each(REFUSED)('%s, which keys: literal allows', (command, message, next) => {
    expect(() => isolated.command(command.split(' '))).toThrow(expect.objectContaining({ message, details: { next } }));
    expect(literal.command(command.split(' '))).toEqual(command.split(' '));
  });

  test('what a server of somebody else’s must not suffer, in every mode', () => {
    for (const mode of ['isolated', 'spread', 'literal'] as const) {
      expect(() => createNamespace({ mode, token: 't', ours: false }).command(['FLUSHALL'])).toThrow(
        'FLUSHALL is refused',
      );
    }
    expect(isolated.command(['FLUSHALL'])).toEqual(['FLUSHALL']);
  });

  test('a token that would not mean itself in a pattern', () => {
    for (const token of ['', 'a b', 'a*', '{a}']) {
      expect(() => createNamespace({ mode: 'isolated', token, ours: true })).toThrow(TypeError);
    }
  });
});

test.each([
  ['isolated', 'orders', 'redrill:{case}:orders:leases'],
  ['isolated', '{a}b', 'redrill:{case}:{a}b:leases'],
  ['spread', 'orders', 'redrill:case:{redrill:case:orders}:orders:leases'],
  ['spread', '{a}b', 'redrill:case:{a}b:leases'],
  ['literal', 'my_queue', 'redrill:{my_queue}:my_queue:leases'],
  ['literal', '{a}b', 'redrill:{a}:{a}b:leases'],
] as const)('%s: a key beside %s is in its slot, and is known to be ours', (mode, name, expected) => {
  const namespace = createNamespace({ mode, token: 'case', ours: false });
  const key = namespace.key(name);
  const beside = namespace.beside(key, 'leases');
  expect(beside).toBe(expected);
  const hashed = (name: string): string => /\{([^}]+)\}/.exec(name)?.[1] ?? name;
  expect(hashed(beside)).toBe(hashed(key));
  expect([...namespace.given]).toEqual(mode === 'literal' ? [expected] : [key, expected]);
});
