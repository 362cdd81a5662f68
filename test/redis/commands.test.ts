import { describe, expect, test } from 'vitest';
import { ScenarioError } from '../../src/errors.js';
import { actsOnWholeServer, assertAllowed } from '../../src/redis/commands.js';

/** Refused on a server of somebody else's; on one of ours the case gets a server of its own. */
const WHOLE_SERVER = `
FLUSHALL
flushdb async
SWAPDB 0 1
SHUTDOWN NOSAVE
CONFIG SET maxmemory 1mb
CONFIG RESETSTAT
CONFIG REWRITE
DEBUG SLEEP 1
DEBUG OBJECT key
REPLICAOF NO ONE
SLAVEOF NO ONE
FAILOVER
CLUSTER FAILOVER
CLUSTER SETSLOT 1 NODE x
CLUSTER RESET
SCRIPT FLUSH
SCRIPT KILL
FUNCTION FLUSH
FUNCTION DELETE lib
FUNCTION LOAD code
FUNCTION RESTORE dump
ACL SETUSER ada on
ACL DELUSER ada
ACL LOAD
ACL SAVE
ACL LOG RESET
CLIENT KILL ID 5
CLIENT PAUSE 100
CLIENT UNPAUSE
SAVE
BGSAVE
BGREWRITEAOF
MODULE LOAD /x.so
SLOWLOG RESET
COMMANDLOG RESET slow
LATENCY RESET
MEMORY PURGE
`;
/** Refused on a server of somebody else's only. */
const HEAVY = `
KEYS *
MIGRATE host 6379 key 0 100
CLIENT NO-EVICT on
RESTORE-ASKING key 0 dump
PFDEBUG ENCODING key
`;
const HARMLESS = `
GET key
SET key value
SCAN 0
DBSIZE
INFO
CONFIG GET maxmemory
CLUSTER INFO
CLUSTER SLOTS
CLUSTER KEYSLOT key
SCRIPT LOAD code
SCRIPT EXISTS sha
FUNCTION LIST
ACL WHOAMI
ACL LIST
ACL LOG
CLIENT LIST
CLIENT ID
CLIENT SETNAME name
CLIENT UNBLOCK 5
MODULE LIST
SLOWLOG GET
LATENCY LATEST
MEMORY USAGE key
OBJECT ENCODING key
SELECT 1
HELLO
HELLO 3
MULTI
EXEC
WAIT 0 100
QUIT
AUTH user password
`;
const lines = (text: string) => text.trim().split('\n');
const split = (line: string) => line.split(' ');

test.each(lines(WHOLE_SERVER))('%s acts on the whole server', (line) => {
  expect(actsOnWholeServer(split(line))).toBe(true);
  expect(() => assertAllowed(split(line), { ours: false })).toThrow(ScenarioError);
  expect(() => assertAllowed(split(line), { ours: true })).not.toThrow();
});

test.each(lines(HEAVY))('%s is refused on a server that is not ours', (line) => {
  expect(actsOnWholeServer(split(line))).toBe(false);
  expect(() => assertAllowed(split(line), { ours: false })).toThrow(ScenarioError);
  expect(() => assertAllowed(split(line), { ours: true })).not.toThrow();
});

test.each(lines(HARMLESS))('%s is allowed everywhere', (line) => {
  expect(actsOnWholeServer(split(line))).toBe(false);
  expect(() => assertAllowed(split(line), { ours: false })).not.toThrow();
});

test('words of a command may be bytes', () => {
  expect(actsOnWholeServer([Buffer.from('config'), Buffer.from('Set'), 'a', 'b'])).toBe(true);
});

describe('commands named in a script', () => {
  test.each([
    [['EVAL', "return redis.call('FLUSHALL')", 0], 'FLUSHALL'],
    [['eval', 'redis.pcall( "config" , "set", "a", "b")', 0], 'CONFIG SET'],
    [['EVAL_RO', "return server.call('KEYS', '*')", 0], 'KEYS'],
    [['SCRIPT', 'LOAD', "redis.call('GET', KEYS[1])\nredis.call('flushdb', 'async')"], 'FLUSHDB'],
  ])('%j is refused on a server that is not ours', (command, named) => {
    expect(() => assertAllowed(command, { ours: false })).toThrow(`${named} is refused`);
  });

  test('one that others would suffer from needs a server of its own', () => {
    const command = ['EVAL', "return redis.call('FLUSHALL')", 0];
    expect(() => assertAllowed(command, { ours: true, shared: true })).toThrow(
      'other cases of this run share the server',
    );
    expect(() => assertAllowed(command, { ours: true })).not.toThrow();
  });

  test.each([[['EVAL', "return redis.call('SET', KEYS[1], 'FLUSHALL')", 1, 'a']], [['GET', "redis.call('FLUSHALL')"]]])(
    '%j is allowed',
    (command) => {
      expect(() => assertAllowed(command, { ours: false })).not.toThrow();
    },
  );
});

describe('says why a command is refused', () => {
  const OTHERS = 'is refused: this run did not start the server, and others may be using it';
  const REFUSED: readonly (readonly [command: string, message: string, next: string])[] = [
    ['FlushAll', `FLUSHALL ${OTHERS}`, 'run the scenario on a managed server'],
    ['config set a b', `CONFIG SET ${OTHERS}`, 'run the scenario on a managed server'],
    ['debug sleep 1', `DEBUG ${OTHERS}`, 'run the scenario on a managed server'],
    ['acl log reset', `ACL LOG ${OTHERS}`, 'run the scenario on a managed server'],
    ['KEYS *', `KEYS ${OTHERS}`, 'use SCAN'],
  ];
  const ALWAYS: readonly (readonly [command: string, message: string, next: string])[] = [
    [
      'SUBSCRIBE a',
      'SUBSCRIBE is refused: a connection that sends commands cannot subscribe',
      'use pubsub.subscribe, whose subscribers have connections of their own',
    ],
    [
      'PUNSUBSCRIBE',
      'PUNSUBSCRIBE is refused: a connection that sends commands has no subscriptions',
      'stop the subscriber of pubsub.subscribe instead',
    ],
    [
      'MONITOR',
      'MONITOR is refused: its stream could not be told from replies',
      'look at SLOWLOG GET, or at INFO commandstats',
    ],
    ['psync ? -1', 'PSYNC is refused: its stream could not be told from replies', 'leave it to replicas'],
    ['REPLCONF', 'REPLCONF is refused: it makes the connection a replica', 'leave it to replicas'],
    ['client reply off', 'CLIENT REPLY is refused: replies could no longer be told apart', 'leave it out'],
    ['hello 2', 'HELLO 2 is refused: replies are read in the types of RESP3', 'use HELLO 3, or HELLO alone'],
    [
      'RESET',
      'RESET is refused: it takes the connection back to RESP2',
      'give the step a `connection` of its own instead',
    ],
  ];

  test.each(REFUSED)('%s, on a server that is not ours', (command, message, next) => {
    expect(errorOf(command, false)).toMatchObject({ message, details: { next } });
  });
  test.each(ALWAYS)('%s, everywhere', (command, message, next) => {
    expect(errorOf(command, true)).toMatchObject({ message, details: { next } });
    expect(errorOf(command, false)).toMatchObject({ message, details: { next } });
  });
});

function errorOf(command: string, ours: boolean): unknown {
  try {
    assertAllowed(split(command), { ours });
  } catch (error) {
    return error;
  }
  return undefined;
}
