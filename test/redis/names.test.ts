import { list } from '@ioredis/commands';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Connection } from '../../src/contracts/redis.js';
import { openConnection } from '../../src/redis/connection.js';
import { isKnownCommand, keyIndexes, mapNames } from '../../src/redis/names.js';
import { parseRedisUrl } from '../../src/redis/url.js';

let connection: Connection;
beforeAll(async () => {
  connection = await openConnection(parseRedisUrl(inject('serverUrl')), { name: 'names' });
});
afterAll(() => connection[Symbol.asyncDispose]());

/** Every key is written in capitals after a `K`, so that what the server calls a key can be told from the rest. */
const WITH_KEYS = `
APPEND K1 value
BITCOUNT K1 0 -1
BITFIELD K1 GET u8 0
BITFIELD_RO K1 GET u8 0
BITOP AND K1 K2 K3
BITPOS K1 1
BLMOVE K1 K2 LEFT RIGHT 0
BLMPOP 0 2 K1 K2 LEFT COUNT 3
BLPOP K1 K2 0
BRPOP K1 0
BRPOPLPUSH K1 K2 0
BZMPOP 0 1 K1 MIN
BZPOPMAX K1 K2 0
BZPOPMIN K1 0
COPY K1 K2 DB 1 REPLACE
DECR K1
DECRBY K1 5
DEL K1 K2 K3
DUMP K1
EVAL return 2 K1 K2 arg
EVALSHA sha 1 K1 arg
EVALSHA_RO sha 1 K1
EVAL_RO return 1 K1
EXISTS K1 K2
EXPIRE K1 5 NX
EXPIREAT K1 5
EXPIRETIME K1
FCALL function 2 K1 K2 arg
FCALL_RO function 1 K1
GEOADD K1 1 2 member
GEODIST K1 a b
GEOHASH K1 a
GEOPOS K1 a
GEORADIUS K1 1 2 3 km
GEORADIUS K1 1 2 3 km STORE K2
GEORADIUS K1 1 2 3 km ASC STOREDIST K2
GEORADIUSBYMEMBER K1 member 3 km STORE K2
GEORADIUSBYMEMBER_RO K1 member 3 km
GEORADIUS_RO K1 1 2 3 km
GEOSEARCH K1 FROMMEMBER a BYRADIUS 1 km
GEOSEARCHSTORE K1 K2 FROMMEMBER a BYRADIUS 1 km
GET K1
GETBIT K1 0
GETDEL K1
GETEX K1 EX 5
GETRANGE K1 0 -1
GETSET K1 value
HDEL K1 a b
HEXISTS K1 a
HGET K1 a
HGETALL K1
HINCRBY K1 a 1
HINCRBYFLOAT K1 a 1
HKEYS K1
HLEN K1
HMGET K1 a b
HMSET K1 a b
HRANDFIELD K1 1 WITHVALUES
HSCAN K1 0 MATCH a*
HSET K1 a b
HSETNX K1 a b
HSTRLEN K1 a
HVALS K1
INCR K1
INCRBY K1 1
INCRBYFLOAT K1 1
LCS K1 K2 IDX
LINDEX K1 0
LINSERT K1 BEFORE a b
LLEN K1
LMOVE K1 K2 LEFT LEFT
LMPOP 2 K1 K2 LEFT
LPOP K1 2
LPOS K1 a
LPUSH K1 a b
LPUSHX K1 a
LRANGE K1 0 -1
LREM K1 0 a
LSET K1 0 a
LTRIM K1 0 1
MEMORY USAGE K1 SAMPLES 5
MGET K1 K2
MIGRATE host 6379 K1 0 5000
MIGRATE host 6379 "" 0 5000 COPY KEYS K1 K2
MIGRATE host 6379 "" 0 5000 REPLACE AUTH pass KEYS K1
MOVE K1 1
MSET K1 a K2 b
MSETNX K1 a K2 b
OBJECT ENCODING K1
OBJECT FREQ K1
OBJECT IDLETIME K1
OBJECT REFCOUNT K1
PERSIST K1
PEXPIRE K1 5
PEXPIREAT K1 5
PEXPIRETIME K1
PFADD K1 a b
PFCOUNT K1 K2
PFDEBUG ENCODING K1
PFMERGE K1 K2 K3
PSETEX K1 5 a
PTTL K1
RENAME K1 K2
RENAMENX K1 K2
RESTORE K1 0 payload
RESTORE-ASKING K1 0 payload
RPOP K1
RPOPLPUSH K1 K2
RPUSH K1 a
RPUSHX K1 a
SADD K1 a b
SCARD K1
SDIFF K1 K2
SDIFFSTORE K1 K2 K3
SET K1 value EX 5
SETBIT K1 0 1
SETEX K1 5 a
SETNX K1 a
SETRANGE K1 0 a
SINTER K1 K2
SINTERCARD 2 K1 K2 LIMIT 1
SINTERSTORE K1 K2 K3
SISMEMBER K1 a
SMEMBERS K1
SMISMEMBER K1 a b
SMOVE K1 K2 a
SORT K1 LIMIT 0 5 ASC ALPHA
SORT K1 BY nosort GET # DESC STORE K2
SORT_RO K1
SPOP K1 1
SRANDMEMBER K1
SREM K1 a
SSCAN K1 0
STRLEN K1
SUBSTR K1 0 1
SUNION K1 K2
SUNIONSTORE K1 K2 K3
TOUCH K1 K2
TTL K1
TYPE K1
UNLINK K1 K2
WATCH K1 K2
XACK K1 group 1-1
XADD K1 * field value
XAUTOCLAIM K1 group consumer 0 0
XCLAIM K1 group consumer 0 1-1
XDEL K1 1-1
XGROUP CREATE K1 group $ MKSTREAM
XGROUP CREATECONSUMER K1 group consumer
XGROUP DELCONSUMER K1 group consumer
XGROUP DESTROY K1 group
XGROUP SETID K1 group 0
XINFO CONSUMERS K1 group
XINFO GROUPS K1
XINFO STREAM K1 FULL
XLEN K1
XPENDING K1 group - + 10
XRANGE K1 - +
XREAD COUNT 2 BLOCK 5 STREAMS K1 K2 0 0
XREAD STREAMS K1 $
XREADGROUP GROUP group consumer COUNT 1 NOACK STREAMS K1 K2 > 0
XREADGROUP GROUP STREAMS consumer STREAMS K1 >
XREVRANGE K1 + -
XSETID K1 1-1
XTRIM K1 MAXLEN 5
ZADD K1 NX 1 a
ZCARD K1
ZCOUNT K1 0 1
ZDIFF 2 K1 K2 WITHSCORES
ZDIFFSTORE K1 2 K2 K3
ZINCRBY K1 1 a
ZINTER 2 K1 K2 WEIGHTS 1 2
ZINTERCARD 2 K1 K2
ZINTERSTORE K1 2 K2 K3 AGGREGATE MAX
ZLEXCOUNT K1 - +
ZMPOP 2 K1 K2 MIN
ZMSCORE K1 a b
ZPOPMAX K1
ZPOPMIN K1
ZRANDMEMBER K1
ZRANGE K1 0 -1
ZRANGEBYLEX K1 - +
ZRANGEBYSCORE K1 0 1
ZRANGESTORE K1 K2 0 -1
ZRANK K1 a
ZREM K1 a
ZREMRANGEBYLEX K1 - +
ZREMRANGEBYRANK K1 0 1
ZREMRANGEBYSCORE K1 0 1
ZREVRANGE K1 0 -1
ZREVRANGEBYLEX K1 + -
ZREVRANGEBYSCORE K1 1 0
ZREVRANK K1 a
ZSCAN K1 0
ZSCORE K1 a
ZUNION 2 K1 K2
ZUNIONSTORE K1 2 K2 K3 WEIGHTS 1 2
`;
const commands = WITH_KEYS.trim()
  .split('\n')
  .map((line) => line.split(' ').map((word) => (word === '""' ? '' : word)));

describe('keys stand where the server finds them', () => {
  test.each(commands.map((args) => [args.join(' '), args] as const))('%s', async (_, args) => {
    const ours = mapNames(args, { key: (key) => `<${key}>`, channel: String });
    const names = ours.filter((argument) => String(argument).startsWith('<')).map((name) => String(name).slice(1, -1));
    expect(names).toEqual(args.filter((argument) => /^K\d$/.test(argument)));
    expect(names).toEqual(await connection.call(['COMMAND', 'GETKEYS', ...args]));
  });

  test('for every command of this server, newer ones included', async () => {
    // Each is [name, arity, flags, first key, last key, step, …, subcommands].
    const infos = (await connection.call(['COMMAND'])) as unknown as readonly (readonly unknown[])[];
    const withKeys = infos
      .flatMap((info) => [info, ...(info[9] as readonly (readonly unknown[])[])])
      .map((info) => ({ name: String(info[0]), firstKey: Number(info[3]) }))
      .filter(({ firstKey }) => firstKey > 0);
    const found = ({ name, firstKey }: { name: string; firstKey: number }) =>
      keyIndexes([...name.split('|'), 'a', 'b', 'c', 'd', 'e', 'f']).includes(firstKey);
    expect(withKeys.length).toBeGreaterThan(150);
    expect(withKeys.filter((command) => !found(command))).toEqual([]);
  });

  test('all commands of this server are known', async () => {
    const names = (await connection.call(['COMMAND', 'LIST'])) as readonly string[];
    expect(names.filter((name) => !name.includes('|') && !isKnownCommand(name))).toEqual([]);
  });
});

/** What holds names that the server does not call keys: patterns in `<>`, channels in `[]`. */
const MAPPED: readonly (readonly [command: string, mapped: string])[] = [
  [
    'SORT k BY weight_* GET # GET object_*->name GET fixed',
    'SORT <k> BY <weight_*> GET # GET <object_*->name> GET fixed',
  ],
  ['SORT by BY nosort LIMIT 0 5 STORE get', 'SORT <by> BY nosort LIMIT 0 5 STORE <get>'],
  ['SCAN 0', 'SCAN 0 MATCH <*>'],
  ['SCAN 0 COUNT 10 MATCH user:*', 'SCAN 0 COUNT 10 MATCH <user:*>'],
  ['SCAN 0 TYPE match', 'SCAN 0 TYPE match MATCH <*>'],
  ['HSCAN k 0 MATCH a*', 'HSCAN <k> 0 MATCH a*'],
  ['KEYS user:*', 'KEYS <user:*>'],
  ['PUBLISH news hello', 'PUBLISH [news] hello'],
  ['SPUBLISH news hello', 'SPUBLISH [news] hello'],
  ['PUBSUB CHANNELS', 'PUBSUB CHANNELS [*]'],
  ['PUBSUB CHANNELS n*', 'PUBSUB CHANNELS [n*]'],
  ['PUBSUB SHARDCHANNELS', 'PUBSUB SHARDCHANNELS [*]'],
  ['PUBSUB NUMSUB a b', 'PUBSUB NUMSUB [a] [b]'],
  ['PUBSUB SHARDNUMSUB a', 'PUBSUB SHARDNUMSUB [a]'],
  ['PUBSUB NUMPAT', 'PUBSUB NUMPAT'],
  ['CLUSTER KEYSLOT k', 'CLUSTER KEYSLOT <k>'],
  ['CLIENT TRACKING ON BCAST PREFIX user: PREFIX order:', 'CLIENT TRACKING ON BCAST PREFIX <user:> PREFIX <order:>'],
  ['CLIENT SETNAME prefix', 'CLIENT SETNAME prefix'],
  ['DEBUG OBJECT k', 'DEBUG OBJECT <k>'],
  ['DEBUG DIGEST-VALUE a b', 'DEBUG DIGEST-VALUE <a> <b>'],
  ['DEBUG SLEEP 0', 'DEBUG SLEEP 0'],
  ['ACL SETUSER ada on >~pw %R~a:* ~b:* &n:* +get', 'ACL SETUSER ada on >~pw %R~<a:*> ~<b:*> &[n:*] +get'],
  ['ACL DRYRUN ada MSET a 1 b 2', 'ACL DRYRUN ada MSET <a> 1 <b> 2'],
  ['DELIFEQ k v', 'DELIFEQ <k> v'],
  ['COMMANDLOG GET 5 slow', 'COMMANDLOG GET 5 slow'],
  ['eval return 1 k a', 'eval return 1 <k> a'],
  ['EVAL return 3 k', 'EVAL return 3 <k>'],
  ['EVAL return none', 'EVAL return none'],
  ['GET', 'GET'],
  ['PING', 'PING'],
];

test.each(MAPPED)('%s', (command, mapped) => {
  const names = { key: (key: unknown) => `<${key}>`, channel: (channel: unknown) => `[${channel}]` };
  expect(mapNames(command.split(' '), names).join(' ')).toBe(mapped);
});

test('a selector of an ACL rule is one argument with patterns inside', () => {
  const names = { key: (key: unknown) => `<${key}>`, channel: (channel: unknown) => `[${channel}]` };
  expect(mapNames(['ACL', 'SETUSER', 'ada', '(~a:* &n +get)'], names)[3]).toBe('(~<a:*> &[n] +get)');
});

test('an option may be bytes', () => {
  expect(keyIndexes(['XREAD', Buffer.from('STREAMS'), 'a', 'b', '0', '0'])).toEqual([2, 3]);
  expect(keyIndexes(['EVAL', 'return', '3', 'k'])).toEqual([3]);
});

test('commands of modules are not known', () => {
  expect(['json.set', 'ft.search', 'nonsense'].filter(isKnownCommand)).toEqual([]);
  expect(list.every(isKnownCommand)).toBe(true);
});
