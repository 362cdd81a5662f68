import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StopRequested } from '../../../src/errors.js';
import type { LoadInput } from '../../../src/steps/load/input.js';
import { load } from '../../../src/steps/load/load.js';
import { openTestContext, type TestContext } from '../context.js';
import { constant, deferred } from '../fields.js';
import { command, loadInput, part } from './input.js';

let opened: TestContext;
beforeEach(async () => {
  opened = await openTestContext();
});
afterEach(async () => {
  await opened[Symbol.asyncDispose]();
});

const run = (input: Partial<LoadInput> & Pick<LoadInput, 'mix'>) => load.run(loadInput(input), opened.context);
const call = (...args: [string, ...(string | number)[]]) => opened.context.redis.call(args);
const name = (key: string) => opened.context.namespace.key(key);
const one = (parts: ReturnType<typeof command>, weight = 1) => ({ command: parts, weight });

describe('a load', () => {
  test('sends the mix, and counts what came of it by command, reply, code and node', async () => {
    await call('SET', name('text'), 'x');
    const result = await run({
      mix: [
        one(command('SET', ['user:', part('key')], part('value')), 3),
        one(command('GET', ['user:', part('key')])),
        one(command('LPUSH', 'text', 'y')),
      ],
      keys: { count: 10, distribution: 'uniform', exponent: 0.99 },
      size: constant(20),
      count: 2_000,
    });
    const [set, get, push] = result.commands;
    expect(result).toMatchObject({
      operations: 2_000,
      unknown: 0,
      unsent: 0,
      errors: push!.operations,
      achievedRate: null,
      lag: null,
      aborted: false,
    });
    expect([set!.command, get!.command, push!.command]).toEqual([
      'SET user:${{ key }} ${{ value }}',
      'GET user:${{ key }}',
      'LPUSH text y',
    ]);
    expect(set!.operations / 2_000).toBeCloseTo(0.6, 1);
    expect(result.errorRate).toBe(push!.operations / 2_000);
    expect(result.errorsByCode).toEqual({ WRONGTYPE: push!.operations });
    expect(result.replies.OK).toBe(set!.operations);
    expect(Object.values(result.nodes)).toEqual([2_000]);
    expect(result.series.reduce((sum, second) => sum + second.operations, 0)).toBe(2_000);
    expect(result.server).toMatchObject({ cpu: expect.any(Number), rejected: 0 });
    expect(result.server!.commands.set!.calls).toBeGreaterThanOrEqual(set!.operations);
    expect(result.server!.commands.lpush!.failed).toBeGreaterThanOrEqual(push!.operations);
    const { p50Ms, p99Ms } = result.server!.commands.set!;
    expect(p50Ms).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms!);
    expect(result.server!.memory).toBeGreaterThan(100_000);
    for (let key = 0; key < 10; key++) expect(await call('GET', name(`user:${key}`))).toBe('x'.repeat(20));
  });

  test('is the same with the same seed', async () => {
    const mix = [
      one(command('HINCRBY', 'hits', part('key'), '1')),
      one(command('HINCRBY', 'misses', part('key'), '1')),
    ];
    const keys = { count: 50, distribution: 'zipfian', exponent: 0.99 } as const;
    const seen = [];
    for (let round = 0; round < 2; round++) {
      await using again = await openTestContext();
      await load.run(loadInput({ mix, keys, count: 500, clients: 1 + round * 6, pipeline: 1 + round }), again.context);
      const all = await Promise.all(
        ['hits', 'misses'].map((key) => again.context.redis.call(['HGETALL', again.context.namespace.key(key)])),
      );
      seen.push(all);
    }
    expect(seen[0]).toEqual(seen[1]);
  });

  test('evaluates what the scenario computes for each operation', async () => {
    const even = part('index % 2', ({ index }) => Number(index) % 2);
    const result = await run({
      mix: [
        one(
          command(
            'RPUSH',
            ['list:', even],
            [part('index'), '/', part('key * 2', ({ key }) => Number(key) * 2), '/', part('value')],
          ),
        ),
      ],
      keys: { count: 3, distribution: 'sequential', exponent: 0.99 },
      size: deferred(({ index }) => Number(index)),
      count: 6,
      clients: 1,
    });
    expect(result.operations).toBe(6);
    expect(await call('LRANGE', name('list:0'), 0, -1)).toEqual(['0/0/', '2/4/xx', '4/2/xxxx']);
    expect(await call('LRANGE', name('list:1'), 0, -1)).toEqual(['1/2/x', '3/0/xxx', '5/4/xxxxx']);
  });

  test('draws values from a list', async () => {
    await run({ mix: [one(command('SADD', 'seen', part('value')))], values: ['a', 'bé', 'c'], count: 100 });
    expect(await call('SMEMBERS', name('seen'))).toEqual(expect.arrayContaining(['a', 'bé', 'c']));
  });

  test('sends scripts by their digests', async () => {
    const lua = `return redis.call('INCRBY', KEYS[1], ARGV[1]) -- ${opened.context.caseId}`;
    const script = { lua, keys: command(['sum:', part('key')]), args: command(part('index')) };
    const result = await run({
      mix: [{ script, weight: 1 }],
      keys: { count: 1, distribution: 'uniform', exponent: 1 },
      count: 100,
    });
    expect(result.errors).toBe(0);
    expect(await call('GET', name('sum:0'))).toBe('4950');
  });

  test('at a rate sends what is due, the warm-up apart', async () => {
    const result = await run({ mix: [one(command('INCR', 'visits'))], rate: 500, warmup: 100, for: 400 });
    expect(result.operations).toBe(200);
    expect(await call('GET', name('visits'))).toBe('250');
    expect(result.lag).not.toBeNull();
    expect(result.achievedRate).toBeLessThanOrEqual(500);
  });

  test('goes through its stages', async () => {
    const stages = [
      { for: 200, rate: 100 },
      { for: 200, from: 100, rate: 300 },
    ];
    const result = await run({ mix: [one(command('INCR', 'visits'))], stages });
    expect(result.operations).toBe(60);
  });

  test('ends early when there are too many errors', async () => {
    await call('SET', name('text'), 'x');
    const input = loadInput({
      mix: [one(command('LPUSH', 'text', 'y')), one(command('PING'))],
      for: 60_000,
      abortOn: { errorRate: { $gt: 0.05 }, after: 100 },
    });
    const result = await load.run(input, opened.context);
    expect(result.aborted).toBe(true);
    expect(result.duration).toBeGreaterThanOrEqual(100);
    expect(load.judge?.(result, input, true)).toMatchObject({
      verdict: 'failed',
      message: expect.stringMatching(/% of the operations were errors after .*, more than 5%: the load was ended$/),
    });
  });

  test('that is stopped has counted what it did until then', async () => {
    const stop = new AbortController();
    const reason = new StopRequested();
    let progress: () => unknown = () => undefined;
    await using other = await openTestContext({
      signal: stop.signal,
      reportProgress: (snapshot) => {
        progress = snapshot;
      },
    });
    const running = load.run(
      loadInput({ mix: [one(command('INCR', 'visits'))], for: 60_000, rate: 200 }),
      other.context,
    );
    await expect
      .poll(() => (progress() as { operations: number } | undefined)?.operations, { timeout: 20_000 })
      .toBeGreaterThan(20);
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    const { operations, unknown } = progress() as { operations: number; unknown: number }; // a result of load
    const applied = Number(await other.context.redis.call(['GET', other.context.namespace.key('visits')]));
    expect(applied).toBeGreaterThanOrEqual(operations);
    expect(applied).toBeLessThanOrEqual(operations + unknown);
  });
});

const WRONG: readonly (readonly [message: string, input: Partial<LoadInput> & Pick<LoadInput, 'mix'>])[] = [
  ['a command of load names `key`, and nothing says what it is', { mix: [one(command('GET', part('key')))], count: 1 }],
  [
    'a command of load names `value`, and nothing says what it is',
    { mix: [one(command('SET', 'a', part('value')))], count: 1 },
  ],
  ['${{ steps.x }} is null in operation 0 of load', { mix: [one(command('GET', part('steps.x')))], count: 1 }],
  [
    '${{ [index] }} is a list in operation 0 of load',
    {
      mix: [
        one(
          command(
            'GET',
            part('[index]', () => [1]),
          ),
        ),
      ],
      count: 1,
    },
  ],
  [
    'SUBSCRIBE is refused: a connection that sends commands cannot subscribe',
    { mix: [one(command('SUBSCRIBE', part('index')))], count: 1 },
  ],
  [
    'RANDOMKEY is refused: it answers with any key of the server, not with one of the case',
    { mix: [one(command('RANDOMKEY'))], count: 1 },
  ],
];

test.each(WRONG)('%s', async (message, input) => {
  await expect(run(input)).rejects.toMatchObject({ name: 'ScenarioError', message });
});

test('a rate beyond all that can be sent ends when its time is over, and proves nothing', async () => {
  const input = loadInput({ mix: [one(command('PING'))], rate: 50_000_000, for: 100, clients: 2 });
  const result = await load.run(input, opened.context);
  expect(result.operations + result.unknown + result.unsent).toBe(5_000_000);
  expect(load.judge?.(result, input, true)).toMatchObject({ verdict: 'unknown' });
});
