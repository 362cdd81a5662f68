import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/contracts/redis.js';
import type { Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import { PROGRAMS } from '../steps/dlq/layouts/programs.js';
import { startCluster } from '../support/cluster.js';
import { type Finished, folderWith, runRedrill, startRedrill } from '../support/redrill.js';
import { startTestServer } from '../support/server.js';

let server: Target;
let redis: Connection;
beforeAll(async () => {
  server = await startTestServer();
  redis = await openConnection(parseRedisUrl(server.url), { name: 'dlq.test' });
});
beforeEach(async () => {
  await redis.call(['FLUSHALL']);
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const LIST = PROGRAMS.find(({ layout }) => layout === 'list')!;
/** Long enough ago to look the same for a while. */
const ago = (): number => Date.now() - (3 * 3_600_000 + 30 * 60_000 + 20_000);
const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);
const fill = (count: number, at = ago()) => LIST.bury(redis, '', ids(count), at);

const anyServer = (text: string): string => text.replaceAll(server.address, 'HOST');

async function dlq(...args: string[]): Promise<Finished> {
  const { exitCode, stdout, stderr } = await runRedrill(['dlq', ...args, '--url', server.url]);
  return { exitCode, stdout: anyServer(stdout), stderr: anyServer(stderr) };
}

const json = async (...args: string[]): Promise<unknown[]> => {
  const { exitCode, stdout, stderr } = await dlq(...args);
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
};

describe('looking', () => {
  async function fillAll(): Promise<void> {
    for (const program of PROGRAMS) {
      const isOwn = ['list', 'stream', 'delayed'].includes(program.layout);
      await program.bury(redis, isOwn ? `${program.layout}:` : '', ['a1', 'b2'], ago());
    }
    await redis.call(['LPUSH', 'my_dlq', 'fail 1', '{"order":3}']);
    await redis.call(['SET', 'orders', 'no queue']);
  }

  async function dump(): Promise<unknown> {
    const keys = ((await redis.call(['KEYS', '*'])) as string[]).sort(); // names are text
    return await redis.pipeline(
      keys.flatMap((key) => [
        ['ECHO', key],
        ['DUMP', key],
        ['PEXPIRETIME', key],
      ]),
    );
  }

  test('list finds the queues of every layout', async () => {
    await fillAll();
    const { exitCode, stdout } = await dlq('list');
    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "queue               layout   depth  oldest
      bull:orders:failed  bullmq       2   3h30m
      dead                sidekiq      2   3h30m
      delayed:orders-dlq  delayed      2   3h30m
      list:orders-dlq     list         2   3h30m
      my_dlq              list         2       ?
      rq:failed:orders    rq           2   3h30m
      stream:orders-dlq   stream       2   3h30m

      7 dead-letter queues among 15 keys at HOST
      "
    `);
  });

  test('list looks at every node of a cluster', async () => {
    await using cluster = await startCluster();
    await using client = await openConnection(cluster.address, { name: 'dlq.test' });
    const queues = cluster.primaries.map((node) => `{${cluster.keyOn(node, 'q')}}-dlq`);
    for (const [index, queue] of queues.entries()) {
      await client.pipeline([['LPUSH', queue, '{"order":3}'], ...ids(3).map((id) => ['SET', `${id}:${index}`, 1])]);
    }
    const { exitCode, stdout } = await runRedrill(['dlq', 'list', '--url', cluster.target.url]);
    const [, ...rows] = stdout.split('\n');
    expect([exitCode, rows.slice(0, 3).map((row) => row.split(/\s+/).slice(0, 3))]).toEqual([
      0,
      queues.sort().map((queue) => [queue, 'list', '1']),
    ]);
    expect(rows[4]).toBe(`3 dead-letter queues among 12 keys at ${cluster.target.address}`);
  }, 30_000);

  test('list looks at no more keys than allowed', async () => {
    await redis.pipeline(Array.from({ length: 3_000 }, (_, index) => ['SET', `key:${index}`, 1]));
    const { stdout } = await dlq('list', '--scan', '1000');
    expect(stdout).toMatch(
      /^0 dead-letter queues among [\d,]+ keys at HOST; of 3,000 keys the rest was not looked at \(--scan 0 looks at all\)\n$/,
    );
    expect((await dlq('list', '--scan', '0')).stdout).toBe('0 dead-letter queues among 3,000 keys at HOST\n');
  });

  test('peek shows a line for each, the newest first', async () => {
    await fillAll();
    expect((await dlq('peek', 'bull:orders:failed')).stdout).toMatchInlineSnapshot(`
      "id  failed  attempts  redriven  queue   error                  payload
      b2   3h30m         2         0  orders  TypeError: no address  {"n" : 12345678901234567890, "empty": [], "text": "\\u00fc"}
      a1   3h30m         2         0  orders  TypeError: no address  {"n" : 12345678901234567890, "empty": [], "text": "\\u00fc"}

      2 of 2 dead letters in bull:orders:failed (bullmq) at HOST, newest first
      "
    `);
    expect((await dlq('peek', 'my_dlq', '--oldest', '--limit', '1')).stdout).toMatchInlineSnapshot(`
      "id                failed  attempts  redriven  queue  error    payload
      d0ba5955cd748632       ?         0         0  ?      unknown  fail 1

      1 of 2 dead letters in my_dlq (list) at HOST, oldest first
      "
    `);
  });

  test('show has all of one', async () => {
    const at = Date.parse('2026-03-01T12:00:00Z');
    for (const program of PROGRAMS.slice(3)) await program.bury(redis, '', ['a1'], at);
    const { stdout } = await dlq('show', 'bull:orders:failed', 'a1');
    expect(stdout.replaceAll(/\(\w+ ago\)/g, '(AGE ago)')).toMatchInlineSnapshot(`
      "id            a1
      lies in       bull:orders:failed (bullmq)
      given up by   orders
      reason        attempts
      error         TypeError: no address
      attempts      2, in 2 deliveries
      enqueued      2026-03-01T11:59:00.000Z (AGE ago)
      first failed  unknown
      last failed   2026-03-01T12:00:00.000Z (AGE ago)
      consumer      worker-1
      redriven      0 times

      payload (59B)
        {"n" : 12345678901234567890, "empty": [], "text": "\\u00fc"}

      details
        name: send
        options:
          attempts: 2
        stacktrace:
          - |-
            TypeError: no address
                at send (/app/mail.js:9:54)
      "
    `);
    expect(await json('show', 'dead', 'a1', '--json')).toMatchObject([{ id: 'a1', details: { class: 'MailJob' } }]);
  });

  test('show says when it is not there', async () => {
    await fill(1);
    expect(await dlq('show', 'orders-dlq', 'nobody')).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'redrill: there is no dead letter nobody in orders-dlq at HOST\n' +
        '  see `redrill dlq peek orders-dlq` for those that are there\n',
    });
  });

  test('stats counts', async () => {
    await fill(3);
    await redis.call(['LPUSH', 'orders-dlq', 'by hand']);
    expect((await dlq('stats', 'orders-dlq')).stdout).toMatchInlineSnapshot(`
      "4 dead letters in orders-dlq (list) at HOST

      reason
        attempts  3  ████████████████████████
        unknown   1  ████████

      error
        TypeError  3  ████████████████████████
        unknown    1  ████████

      original queue
        orders   3  ████████████████████████
        unknown  1  ████████

      last failure
        1h to 6h  3  ████████████████████████
        unknown   1  ████████
      "
    `);
    expect(await json('stats', 'orders-dlq', '--json')).toEqual([
      {
        queue: 'orders-dlq',
        depth: 4,
        byReason: { attempts: 3, unknown: 1 },
        byClass: { TypeError: 3, unknown: 1 },
        byQueue: { orders: 3, unknown: 1 },
        byAge: { '1h to 6h': 3, unknown: 1 },
      },
    ]);
  });

  test('export gives every payload exactly', async () => {
    await redis.call(['LPUSH', 'my_dlq', '  {"n" : 12345678901234567890} \n']);
    await redis.call(['LPUSH', 'my_dlq', Uint8Array.from([0xff, 0x00, 0x0a])]);
    const letters = await json('export', 'my_dlq');
    expect(letters).toMatchObject([{ payload: '  {"n" : 12345678901234567890} \n' }, { payload: { base64: '/wAK' } }]);
    const folder = folderWith();
    const file = path.join(folder, 'out.ndjson');
    const { stderr, stdout, exitCode } = await dlq('export', 'my_dlq', '--output', file, '--limit', '1');
    expect([exitCode, stdout, stderr]).toEqual([0, '', `wrote 1 dead letter to ${file}\n`]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(letters[0]);
    const nowhere = path.join(folder, 'nowhere', 'out');
    expect(await dlq('export', 'my_dlq', '--output', nowhere)).toMatchObject({
      exitCode: 4,
      stderr: `redrill: ${nowhere} could not be written: ENOENT: no such file or directory, open '${nowhere}'\n  name another file\n`,
    });
  });

  test('a reader of an export that has had enough is no failure', async () => {
    await redis.script(
      "for i = 1, 20000 do redis.call('LPUSH', KEYS[1], string.rep('x', 200) .. i) end",
      ['big-dlq'],
      [],
    );
    const { child, finished } = startRedrill(['dlq', 'export', 'big-dlq', '--url', server.url]);
    child.stdout!.once('data', () => child.stdout!.destroy());
    expect(await finished).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('changes nothing', async () => {
    await fillAll();
    const before = await dump();
    await dlq('list');
    // The suite of the layouts holds every one of them to this; here are the commands.
    for (const queue of ['list:orders-dlq', 'bull:orders:failed', 'rq:failed:orders']) {
      await dlq('peek', queue);
      await dlq('show', queue, 'a1');
      await dlq('stats', queue);
      await dlq('export', queue);
      await dlq('redrive', queue, '--dry-run', '--rate', '9/s', '--stop-above', '1%');
      await dlq('purge', queue, '--confirm', queue, '--expect-count', '99');
    }
    expect(await dump()).toEqual(before);
  }, 60_000);

  test('an empty queue, or one of another name', async () => {
    const said = 'nothing lies under orders-dlq at HOST: it is empty, or has another name (see `redrill dlq list`)\n';
    expect(await dlq('peek', 'orders-dlq')).toEqual({ exitCode: 0, stdout: said, stderr: '' });
    expect(await dlq('stats', 'orders-dlq')).toEqual({ exitCode: 0, stdout: said, stderr: '' });
    expect(await dlq('redrive', 'orders-dlq')).toEqual({ exitCode: 0, stdout: said, stderr: '' });
    expect(await dlq('export', 'orders-dlq')).toEqual({ exitCode: 0, stdout: '', stderr: said });
  });
});

describe('filters', () => {
  const chosen = async (...filter: string[]) =>
    (await json('export', 'orders-dlq', ...filter)).map((letter) => (letter as { id: string }).id);

  test('choose by reason, error, age and expression', async () => {
    await fill(2);
    await LIST.bury(redis, '', ['young'], Date.now() - 60_000);
    expect(await chosen('--reason', 'attempts')).toEqual(['m0', 'm1', 'young']);
    expect(await chosen('--class', 'TypeError', '--limit', '1')).toEqual(['m0']);
    expect(await chosen('--older-than', '1h')).toEqual(['m0', 'm1']);
    expect(await chosen('--newer-than', '1h')).toEqual(['young']);
    expect(await chosen('--where', 'entry.id.matches("^m") && entry.attempts == 2')).toEqual(['m0', 'm1']);
    expect((await dlq('export', 'orders-dlq', '--reason', 'deliveries')).stdout).toBe('');
  });

  test.each([
    [
      ['--where', 'entry.attempts >'],
      '--where: the expression ends where a value is due\n  entry.attempts >\n                  ^\n',
    ],
    [
      ['--where', 'entrie.attempts'],
      '--where: unknown name "entrie"\n  entrie.attempts\n  ^^^^^^\n  did you mean "entry"?\n',
    ],
    [
      ['--where', 'entry.reason'],
      '`where: entry.reason` must be true or false, not "attempts"\n  compare the value with something\n',
    ],
    [['--older-than', '1'], '--older-than 1 is not a duration\n  write 250ms, 2s or 1m30s\n'],
    [['--limit', '0'], '--limit 0 is not a whole number of at least 1\n'],
    [['--backend', 'bulmq'], '--backend bulmq is unknown\n  did you mean "bullmq"?\n'],
  ])('%j', async (filter, said) => {
    await fill(1);
    const { exitCode, stderr } = await dlq('export', 'orders-dlq', ...filter);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`redrill: ${said}`);
  });

  test('an expression that cannot be evaluated names the letter', async () => {
    await fill(1);
    const { exitCode, stderr } = await dlq('stats', 'orders-dlq', '--where', 'entry.body.amount > 1');
    expect(exitCode).toBe(3);
    expect(stderr).toMatchInlineSnapshot(`
      "redrill: --where: entry.body has no key "amount" (of the dead letter m0)
        entry.body.amount > 1
                   ^^^^^^
        it has n, empty, text
      "
    `);
  });
});

describe('redrive', () => {
  const waiting = async () => (await LIST.waiting(redis, '')).map(({ id }) => id);

  test('says what it would do', async () => {
    await fill(3);
    await redis.call(['LPUSH', 'orders-dlq', 'by hand']);
    expect((await dlq('redrive', 'orders-dlq', '--dry-run')).stdout).toMatchInlineSnapshot(`
      "would move 3 of 4 dead letters in orders-dlq (list) at HOST
        3 to orders
      1 cannot go back: nothing tells which queue gave them up (name one with --to QUEUE)
      "
    `);
    expect(await waiting()).toEqual([]);
  });

  test('moves letters back, and tells how to go on', async () => {
    await fill(3);
    const { exitCode, stdout } = await dlq('redrive', 'orders-dlq', '--max', '2');
    expect(exitCode).toBe(0);
    expect(stdout.replace(/--failed-before \S+/, '--failed-before TIME')).toMatchInlineSnapshot(`
      "moved 2 of 2 dead letters from orders-dlq (list) at HOST
      1 left in orders-dlq
      to resume:
        redrill dlq redrive orders-dlq --url 'redis://:***@HOST' --max 2 --failed-before TIME
      "
    `);
    expect(await waiting()).toEqual(['m0', 'm1']);
    expect((await dlq('redrive', 'orders-dlq')).stdout).toMatchInlineSnapshot(`
      "moved 1 of 1 dead letter from orders-dlq (list) at HOST
      0 left in orders-dlq
      "
    `);
    expect(await waiting()).toEqual(['m0', 'm1', 'm2']);
  });

  test('leaves those alone that failed after it began', async () => {
    await fill(2);
    const before = new Date().toISOString();
    await LIST.bury(redis, '', ['again'], Date.now() + 1);
    expect(await json('redrive', 'orders-dlq', '--failed-before', before, '--json')).toMatchObject([
      { moved: 2, remaining: 1, resume: null },
    ]);
    expect(await waiting()).toEqual(['m0', 'm1']);
  });

  test('of a queue that nothing tells it goes where it is told', async () => {
    await redis.call(['LPUSH', 'my_dlq', 'fail 1']);
    expect((await dlq('redrive', 'my_dlq')).stdout).toMatchInlineSnapshot(`
      "moved 0 of 0 dead letters from my_dlq (list) at HOST
      1 left in my_dlq
      1 cannot go back: nothing tells which queue gave them up (name one with --to QUEUE)
      "
    `);
    expect((await dlq('redrive', 'my_dlq', '--to', 'my_queue')).stdout).toMatchInlineSnapshot(`
      "moved 1 of 1 dead letter from my_dlq (list) at HOST
      0 left in my_dlq
      "
    `);
    expect(await redis.call(['LRANGE', 'my_queue', 0, -1])).toEqual(['fail 1']);
  });

  test('stops when too many fail again', async () => {
    await fill(60);
    let working = true;
    const worker = (async () => {
      while (working) {
        const message = await redis.call(['RPOP', 'orders']);
        const id = /"id":"(m\d+)"/.exec(String(message))?.[1];
        if (id === undefined) await sleep(2);
        else await LIST.bury(redis, '', [id], Date.now());
      }
    })();
    const args = ['redrive', 'orders-dlq', '--rate', '100/s', '--stop-above', '10%', '--settle', '2s', '--json'];
    const { exitCode, stdout, stderr } = await dlq(...args);
    working = false;
    await worker;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^redrill: stopped: \d+ of \d+ moved letters failed again \([\d.]+%\), more than 10%\n {2}see why with `redrill dlq stats` before you go on\n$/,
    );
    const outcome = JSON.parse(stdout) as { moved: number; resume: string };
    expect(outcome).toMatchObject({ stopped: true, planned: 60 });
    expect(outcome.moved).toBeLessThan(60);
    expect(await redis.call(['LLEN', 'orders-dlq'])).toBe(60);
    // What failed again stays out of the run that goes on.
    const resumed = outcome.resume
      .replace(/'?redis:\S+'?/, server.url)
      .split(' ')
      .slice(1);
    const rest = await runRedrill([...resumed, '--dry-run']);
    expect(rest.stdout).toContain(`would move ${60 - outcome.moved} of 60 dead letters`);
  });

  test('an interrupt finishes the letter in hand, and tells how to go on', async () => {
    await fill(50);
    const { child, finished } = startRedrill(['dlq', 'redrive', 'orders-dlq', '--rate', '20/s', '--url', server.url]);
    while (Number(await redis.call(['LLEN', 'orders'])) < 3) await sleep(5);
    child.kill('SIGINT');
    const { exitCode, stdout } = await finished;
    expect(exitCode).toBe(130);
    const moved = Number(await redis.call(['LLEN', 'orders']));
    expect(moved + Number(await redis.call(['LLEN', 'orders-dlq']))).toBe(50);
    expect(anyServer(stdout).replace(/--failed-before \S+/, '--failed-before TIME')).toBe(
      `interrupted: moved ${moved} of 50 dead letters from orders-dlq (list) at HOST\n` +
        `${50 - moved} left in orders-dlq\n` +
        "to resume:\n  redrill dlq redrive orders-dlq --url 'redis://:***@HOST' --rate 20/s --failed-before TIME\n",
    );
  });

  test.each([
    [
      ['--stop-above', '10%'],
      'to stop above a share of failures, a redrive needs a rate\n  moved all at once, the last would be gone before the first has failed: give a rate such as 50/s\n',
    ],
    [['--stop-above', '10'], '--stop-above 10 is not a share\n  write 5%\n'],
    [['--rate', 'fast'], '--rate fast is not a rate\n  write 500/s or 10/m\n'],
    [['--max', 'x'], '--max x is not a whole number of at least 1\n'],
    [['--failed-before', 'today'], '--failed-before today is not a time\n  write 2026-01-31T12:00:00Z\n'],
  ])('%j', async (flags, said) => {
    await fill(1);
    const { exitCode, stderr } = await dlq('redrive', 'orders-dlq', ...flags);
    expect([exitCode, stderr]).toEqual([3, `redrill: ${said}`]);
    expect(await waiting()).toEqual([]);
  });

  test('jobs of a BullMQ that is not known stay', async () => {
    await PROGRAMS.find(({ layout }) => layout === 'bullmq')!.bury(redis, '', ['a1']);
    await redis.call(['HSET', 'bull:orders:meta', 'version', 'bullmq:9.1.0']);
    const { exitCode, stderr } = await dlq('redrive', 'bull:orders:failed');
    expect(exitCode).toBe(4);
    expect(stderr.replace(/--failed-before \S+/, '--failed-before TIME')).toMatchInlineSnapshot(`
      "redrill: the queue is of bullmq:9.1.0, and jobs of BullMQ 5 and 6 can be redriven
        use the tools of the program that the queue belongs to
      "
    `);
  });
});

describe('purge', () => {
  test('deletes what it was asked to, and no other', async () => {
    await fill(3);
    expect(
      await dlq('purge', 'orders-dlq', '--confirm', 'orders-dlq', '--expect-count', '1', '--where', 'entry.id == "m1"'),
    ).toEqual({
      exitCode: 0,
      stdout: 'purged 1 dead letter from orders-dlq at HOST\n',
      stderr: '',
    });
    expect(await json('purge', 'orders-dlq', '--confirm', 'orders-dlq', '--expect-count', '2', '--json')).toEqual([
      { queue: 'orders-dlq', purged: 2, left: 0 },
    ]);
  });

  test('says what stays', async () => {
    await PROGRAMS.find(({ layout }) => layout === 'bullmq')!.bury(redis, '', ['a1']);
    await redis.call(['HSET', 'bull:orders:a1', 'parentKey', 'bull:parents:1']);
    const { exitCode, stdout, stderr } = await dlq(
      'purge',
      'bull:orders:failed',
      '--confirm',
      'bull:orders:failed',
      '--expect-count',
      '1',
    );
    expect([exitCode, stdout]).toEqual([0, 'purged 0 dead letters from bull:orders:failed at HOST\n']);
    expect(stderr).toBe('1 left: taken by somebody else meanwhile, or part of a BullMQ flow\n');
  });

  test.each([
    [
      ['--confirm', 'orders', '--expect-count', '2'],
      '--confirm orders is not the queue that would be purged; nothing was purged\n  if you mean it, write --confirm orders-dlq\n',
    ],
    [
      ['--confirm', 'orders-dlq', '--expect-count', '3'],
      'expected 3 dead letters to purge in orders-dlq and found 2; nothing was purged\n  look with `redrill dlq stats orders-dlq` and the same filters, then give the right count\n',
    ],
    [['--confirm', 'orders-dlq', '--expect-count', 'all'], '--expect-count all is not a whole number of at least 0\n'],
  ])('refuses %j', async (flags, said) => {
    await fill(2);
    expect(await dlq('purge', 'orders-dlq', ...flags)).toEqual({ exitCode: 3, stdout: '', stderr: `redrill: ${said}` });
    expect(await redis.call(['LLEN', 'orders-dlq'])).toBe(2);
  });

  test('demands both', async () => {
    const { exitCode, stderr } = await dlq('purge', 'orders-dlq', '--confirm', 'orders-dlq');
    expect([exitCode, stderr]).toEqual([3, "error: required option '--expect-count <n>' not specified\n"]);
  });
});

describe('the server', () => {
  test('must be named', async () => {
    expect(await runRedrill(['dlq', 'list'])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'redrill: which server is not said\n  name it with --url redis://host:6379 or --target NAME\n',
    });
    expect((await runRedrill(['dlq', 'list', '--target', 'managed'])).stderr).toBe(
      'redrill: the target "managed" is a server that a run starts for itself: it has no dead letters\n' +
        '  name a running one with --url redis://host:6379 or --target NAME\n',
    );
  });

  test('may be a target of the configuration', async () => {
    await fill(1);
    const cwd = folderWith({
      'redrill.config.yaml': 'env: [HERE]\ntargets: { staging: { url: "${{ env.HERE }}" } }\n',
    });
    const { stdout } = await runRedrill(['dlq', 'peek', 'orders-dlq', '--target', 'staging'], {
      cwd,
      env: { HERE: server.url },
    });
    expect(anyServer(stdout)).toContain('1 of 1 dead letter in orders-dlq (list) at HOST, newest first\n');
  });

  test('cannot be reached', async () => {
    expect(await runRedrill(['dlq', 'list', '--url', 'redis://:secret@127.0.0.1:1'])).toEqual({
      exitCode: 4,
      stdout: '',
      stderr:
        'redrill: cannot connect to 127.0.0.1:1: connection refused: no server listens there\n' +
        '  start the server, or correct the address\n',
    });
  });

  test('holds something else under that key', async () => {
    await redis.call(['SET', 'orders', 'x']);
    expect(await dlq('peek', 'orders')).toEqual({
      exitCode: 4,
      stdout: '',
      stderr:
        'redrill: HOST answered WRONGTYPE orders holds a string, and a queue is a list, a stream or a sorted set\n' +
        '  see `redrill dlq list` for the dead-letter queues that are there\n',
    });
  });
});
