import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Connection } from '../../src/contracts/redis.js';
import type { Target } from '../../src/contracts/target.js';
import { OutcomeUnknown, ReplyError, TimeLimitError } from '../../src/errors.js';
import { openConnection } from '../../src/redis/connection.js';
import { displayAddress, parseRedisUrl, type RedisAddress } from '../../src/redis/url.js';
import { dialWire } from '../../src/wire/link.js';
import { startTestServer } from '../support/server.js';

describe.each([
  ['ioredis', {}],
  ['the wire', { dial: dialWire }],
])('by %s', (_, dialling) => {
  let server: Target;
  let address: RedisAddress;
  let connection: Connection;
  let other: Connection;
  const open = (name: string) => openConnection(address, { name, ...dialling });

  beforeAll(async () => {
    server = await startTestServer();
    address = parseRedisUrl(server.url);
    connection = await open('tested');
    other = await open('other');
  });
  afterEach(() => other.call(['FLUSHALL']));
  afterAll(async () => {
    await connection[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const caught = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );
  const idOf = async (client: Connection) => Number(await client.call(['CLIENT', 'ID']));
  /** Resolves once the server has parsed a command of that client. */
  const untilBlocked = (id: number) =>
    vi.waitFor(async () => expect(await other.call(['CLIENT', 'LIST', 'ID', id])).toMatch(/ flags=b/));

  describe('a command', () => {
    test('is sent as it is written', async () => {
      await connection.call(['mset', 'a', '1', Buffer.from('b'), 2]);
      expect(await connection.call(['MGET', 'a', 'b'])).toEqual(['1', '2']);
    });

    test('that the server refuses raises its code and message', async () => {
      await connection.call(['SET', 'a', '1']);
      const error = await caught(connection.call(['LPUSH', 'a', 'x']));
      expect(error).toBeInstanceOf(ReplyError);
      expect(error).toMatchObject({
        code: 'WRONGTYPE',
        message: 'Operation against a key holding the wrong kind of value',
      });
    });

    test('answers in order, however many are under way', async () => {
      const values = Array.from({ length: 500 }, (_, index) => `${index}`);
      expect(await Promise.all(values.map((value) => connection.call(['ECHO', value])))).toEqual(values);
    });

    test('keeps the connection’s state: MULTI, WATCH, SELECT and the name', async () => {
      await using client = await open('state');
      const calls = async (...commands: string[]) => {
        const replies: unknown[] = [];
        for (const command of commands) replies.push(await client.call(command.split(' ')));
        return replies;
      };
      expect(await calls('MULTI', 'INCR n', 'HGETALL h', 'EXEC')).toEqual(['OK', 'QUEUED', 'QUEUED', [1, {}]]);
      expect(await calls('WATCH n')).toEqual(['OK']);
      await other.call(['INCR', 'n']);
      expect(await calls('MULTI', 'INCR n', 'EXEC')).toEqual(['OK', 'QUEUED', null]);
      expect(await calls('SELECT 2', 'SET moved 1')).toEqual(['OK', 'OK']);
      expect(await other.call(['EXISTS', 'moved'])).toBe(0);
      expect(await calls('CLIENT GETNAME', 'CLIENT SETNAME new', 'CLIENT GETNAME')).toEqual(['state', 'OK', 'new']);
      expect(await calls('WAIT 0 10')).toEqual([0]);
    });

    test('may block', async () => {
      await using client = await open('blocked');
      const popped = client.call(['BLPOP', 'list', 0]);
      await untilBlocked(await idOfNamed('blocked'));
      await other.call(['RPUSH', 'list', 'x']);
      expect(await popped).toEqual(['list', 'x']);
      expect(await client.call(['BLPOP', 'list', '0.01'])).toBe(null);
    });
  });

  const idOfNamed = (name: string) =>
    vi.waitFor(async () => {
      const line = String(await other.call(['CLIENT', 'LIST']))
        .split('\n')
        .find((text) => text.includes(` name=${name} `));
      return Number(/^id=(\d+)/.exec(line ?? '')![1]);
    });

  test('the client’s name has only what CLIENT SETNAME takes', async () => {
    await using client = await open('redrill:a case é:x\n');
    expect(await client.call(['CLIENT', 'GETNAME'])).toBe('redrill:a_case__:x_');
  });

  test('over a Unix socket, in the database of its URL', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'redrill-'));
    const path = join(folder, 'redis.sock');
    const { port, password } = new URL(server.url);
    // The server listens on TCP alone: what comes to the socket is handed on to it.
    const relay = createServer((socket) => {
      const upstream = connect(Number(port), '127.0.0.1');
      socket.pipe(upstream).pipe(socket);
    });
    await once(relay.listen(path), 'listening');
    const client = await openConnection(parseRedisUrl(`unix://:${password}@${path}?db=2`), {
      name: 'unix',
      ...dialling,
    });
    expect(await client.call(['CLIENT', 'INFO'])).toMatch(/ name=unix .* db=2 /);
    await client[Symbol.asyncDispose]();
    await new Promise((resolve) => relay.close(resolve));
    await rm(folder, { recursive: true });
  });

  describe('a pipeline', () => {
    test('answers each command, errors in their places', async () => {
      expect(await connection.pipeline([['SET', 'a', '1'], ['LPUSH', 'a', 'x'], ['NOPE'], ['INCR', 'a']])).toEqual([
        'OK',
        { error: { code: 'WRONGTYPE', message: 'Operation against a key holding the wrong kind of value' } },
        { error: { code: 'ERR', message: "unknown command 'NOPE', with args beginning with: " } },
        2,
      ]);
      expect(await connection.pipeline([])).toEqual([]);
    });

    test('holds thousands of commands, bytes among them', async () => {
      const commands = Array.from({ length: 5_000 }, (_, index) => ['SET', `k${index}`, Buffer.from([index & 255])]);
      expect(new Set(await connection.pipeline(commands))).toEqual(new Set(['OK']));
      expect(await other.call(['DBSIZE'])).toBe(5_000);
    });
  });

  describe('a transaction', () => {
    test('answers each command, errors in their places', async () => {
      expect(
        await connection.transaction([
          ['SET', 'a', '1'],
          ['LPUSH', 'a', 'x'],
          ['HGETALL', 'h'],
        ]),
      ).toEqual([
        'OK',
        { error: { code: 'WRONGTYPE', message: 'Operation against a key holding the wrong kind of value' } },
        {},
      ]);
      expect(await connection.transaction([])).toEqual([]);
    });

    test('is null when a WATCH stopped it', async () => {
      await connection.call(['WATCH', 'a']);
      await other.call(['SET', 'a', '2']);
      expect(await connection.transaction([['SET', 'a', '3']])).toBe(null);
    });

    test('raises what refused it, and the command that was the cause', async () => {
      const error = await caught(
        connection.transaction([
          ['NOPE', 'x'],
          ['SET', 'a', '1'],
        ]),
      );
      expect(error).toBeInstanceOf(ReplyError);
      expect(error).toMatchObject({
        code: 'EXECABORT',
        message:
          'Transaction discarded because of previous errors. The first: ' +
          "ERR unknown command 'NOPE', with args beginning with: 'x' ",
      });
      expect(await other.call(['EXISTS', 'a'])).toBe(0);
    });

    test('inside MULTI raises that', async () => {
      await using client = await open('nested');
      await client.call(['MULTI']);
      const error = await caught(client.transaction([['SET', 'a', '1']]));
      expect(error).toMatchObject({ code: 'ERR', message: 'MULTI calls can not be nested' });
    });
  });

  test('a script runs whether the server knows it or not', async () => {
    const lua = 'return {KEYS[1], ARGV[1], redis.call("INCR", KEYS[1])}';
    expect(await connection.script(lua, ['n'], ['x'])).toEqual(['n', 'x', 1]);
    expect(await connection.script(lua, ['n'], ['x'])).toEqual(['n', 'x', 2]);
    await other.call(['SCRIPT', 'FLUSH']);
    expect(await connection.script(lua, ['n'], [Buffer.from([0xff])])).toEqual(['n', { base64: '/w==' }, 3]);
    // Often enough to go by its digest.
    for (let n = 4; n <= 40; n++) expect(await connection.script(lua, ['n'], ['x'])).toEqual(['n', 'x', n]);
    await other.call(['SCRIPT', 'FLUSH']);
    expect(await connection.script(lua, ['n'], ['x'])).toEqual(['n', 'x', 41]);
    const error = await caught(connection.script('return redis.error_reply("MINE is bad")', [], []));
    expect(error).toMatchObject({ name: 'ReplyError', code: 'MINE', message: 'is bad' });
  });

  describe('a reply that does not come', () => {
    test('in time is unknown, and what follows has its own reply', async () => {
      await using client = await open('late');
      const error = await caught(client.call(['BLPOP', 'list', '0.2'], { timeoutMs: 50 }));
      expect(error).toBeInstanceOf(OutcomeUnknown);
      expect(error).toMatchObject({ code: 'TIMEOUT', message: 'no reply to BLPOP within 50ms', sent: true });
      expect(await client.call(['ECHO', 'next'])).toBe('next');
    });

    test('because the server hangs is unknown', async () => {
      const sleeping = other.call(['DEBUG', 'SLEEP', '0.3']);
      const error = await caught(connection.pipeline([['INCR', 'n']], { timeoutMs: 50 }));
      expect(error).toMatchObject({ code: 'TIMEOUT', message: 'no reply to the pipeline within 50ms', sent: true });
      await sleeping;
      expect(await connection.call(['GET', 'n'])).toBe('1');
    });

    test('before the signal is not waited for', async () => {
      await using client = await open('aborted');
      const controller = new AbortController();
      const reason = new Error('the case has ended');
      const popped = caught(client.call(['BLPOP', 'list', '0.2'], { signal: controller.signal }));
      controller.abort(reason);
      expect(await popped).toBe(reason);
      expect(await caught(client.call(['PING'], { signal: controller.signal }))).toBe(reason);
      expect(await client.call(['ECHO', 'next'])).toBe('next');
    });

    test('before the signal may break the connection', async () => {
      await using client = await open('broken');
      const controller = new AbortController();
      const popped = caught(client.call(['BLPOP', 'list', '0'], { signal: controller.signal, breakOnAbort: true }));
      controller.abort(new Error('the step has ended'));
      expect(await popped).toBe(controller.signal.reason);
      expect(await client.call(['RPUSH', 'list', 'kept'])).toBe(1);
      expect(await client.call(['LPOP', 'list'])).toBe('kept');
    });

    test('and many calls with one signal warn of nothing', async () => {
      const warned = vi.spyOn(process, 'emitWarning');
      const { signal } = new AbortController();
      await Promise.all(Array.from({ length: 50 }, () => connection.call(['PING'], { signal })));
      expect(warned).not.toHaveBeenCalled();
      warned.mockRestore();
    });
  });

  describe('a connection that breaks', () => {
    test('leaves what was in flight unknown and sends nothing again', async () => {
      await using client = await open('killed');
      const id = await idOf(client);
      const inFlight = ['a', 'b'].map((key) => caught(client.call(['BLPOP', key, 0])));
      await untilBlocked(id);
      await other.call(['CLIENT', 'KILL', 'ID', id]);
      for (const error of await Promise.all(inFlight)) {
        expect(error).toBeInstanceOf(OutcomeUnknown);
        expect(error).toMatchObject({
          code: 'CONNECTION',
          message: `the connection to ${displayAddress(address)} broke before BLPOP was answered: the server closed it`,
          sent: true,
        });
      }
      expect(await client.call(['PING'])).toBe('PONG');
      expect(await idOf(client)).not.toBe(id);
      expect(await other.call(['RPUSH', 'a', 'x'])).toBe(1);
      expect(await other.call(['LLEN', 'a'])).toBe(1);
    });

    test('returns to its database under its name', async () => {
      await using client = await open('returns');
      const id = await idOf(client);
      await client.pipeline([
        ['SELECT', '5'],
        ['SELECT', '6'],
      ]);
      await client.transaction([['SELECT', 7]]);
      expect(await caught(client.call(['SELECT', '99']))).toMatchObject({ code: 'ERR' });
      await other.call(['CLIENT', 'KILL', 'ID', id]);
      const info = () => client.call(['CLIENT', 'INFO']);
      await vi.waitFor(async () => expect(await info()).not.toContain(`id=${id} `));
      expect(await info()).toMatch(/ name=returns .* db=7 /);
    });

    test('because the primary became a replica is a new one for the next command, once what was sent is answered', async () => {
      await using client = await open('demoted');
      const id = await idOf(client);
      await other.call(['REPLICAOF', '127.0.0.1', '1']);
      try {
        const refused = caught(client.call(['SET', 'a', '1']));
        const answered = client.pipeline([['SET', 'a', '1'], ['PING']]);
        expect(await refused).toMatchObject({
          code: 'READONLY',
          message: "You can't write against a read only replica.",
        });
        expect(await answered).toMatchObject([{ error: { code: 'READONLY' } }, 'PONG']);
      } finally {
        await other.call(['REPLICAOF', 'NO', 'ONE']);
      }
      expect(await client.call(['SET', 'a', '1'])).toBe('OK');
      expect(await idOf(client)).not.toBe(id);
    });

    test('by QUIT is a new one for the next command', async () => {
      await using client = await open('quits');
      const id = await idOf(client);
      expect(await client.call(['QUIT'])).toBe('OK');
      expect(await idOf(client)).not.toBe(id);
    });
  });

  describe('a connection that is closed', () => {
    test('destroyed, breaks at once and sends nothing any more', async () => {
      const client = await open('destroyed');
      const id = await idOf(client);
      const inFlight = caught(client.call(['BLPOP', 'list', 0]));
      await untilBlocked(id);
      client.destroy();
      expect(await inFlight).toMatchObject({
        code: 'CONNECTION',
        message: `the connection to ${displayAddress(address)} broke before BLPOP was answered: it was closed`,
        sent: true,
      });
      expect(await caught(client.call(['PING']))).toMatchObject({
        code: 'CONNECTION',
        message: `PING was not sent: the connection to ${displayAddress(address)} is closed`,
        sent: false,
      });
      await vi.waitFor(async () => expect(await other.call(['CLIENT', 'LIST', 'ID', id])).toBe(''));
      await client[Symbol.asyncDispose]();
    });
  });

  describe('a server that stops', () => {
    let stopped: Target;
    let client: Connection;
    let pid: number;
    beforeAll(async () => {
      stopped = await startTestServer();
      client = await openConnection(parseRedisUrl(stopped.url), { name: 'stopped', ...dialling });
      pid = Number(/process_id:(\d+)/.exec(String(await client.call(['INFO', 'server'])))![1]);
    });
    afterAll(async () => {
      await client[Symbol.asyncDispose]();
      await stopped[Symbol.asyncDispose]();
    });

    test('does not hold up closing', async () => {
      const extra = await openConnection(parseRedisUrl(stopped.url), { name: 'extra', ...dialling });
      process.kill(pid, 'SIGSTOP');
      try {
        const inFlight = caught(extra.call(['PING']));
        const started = performance.now();
        await extra[Symbol.asyncDispose]();
        expect(performance.now() - started).toBeLessThan(500);
        expect(await inFlight).toMatchObject({ code: 'CONNECTION', sent: true });
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    });

    test('for good leaves commands waiting until their deadline', async () => {
      await client.call(['PING']);
      await stopped[Symbol.asyncDispose]();
      await vi.waitFor(async () => {
        expect(await caught(client.call(['PING'], { timeoutMs: 100 }))).toMatchObject({
          code: 'CONNECTION',
          message: `PING was not sent: there was no connection for 100ms: cannot connect to ${stopped.address}: connection refused: no server listens there`,
          sent: false,
        });
      });
      expect(await caught(client.call(['PING'], { reachMs: 50 }))).toMatchObject({
        message: expect.stringContaining('there was no connection for 50ms: '),
      });
      const [late, ended] = [new AbortController(), new AbortController()];
      const timedOut = caught(client.call(['PING'], { signal: late.signal }));
      const stopping = caught(client.call(['PING'], { signal: ended.signal }));
      late.abort(new TimeLimitError('command took longer than 1s'));
      ended.abort('ended');
      expect(await timedOut).toMatchObject({ code: 'CONNECTION', sent: false });
      expect(await stopping).toBe('ended');
      const waiting = caught(client.call(['PING']));
      await client[Symbol.asyncDispose]();
      expect(await waiting).toMatchObject({
        message: `PING was not sent: the connection to ${stopped.address} is closed`,
        sent: false,
      });
    });
  });
});
