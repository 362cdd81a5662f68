import { describe, expect, test } from 'vitest';
import { layoutNamed, layoutOf } from '../../../../src/steps/dlq/layouts/index.js';
import { LAYOUT_NAMES } from '../../../../src/steps/dlq/layouts/layout.js';
import { FAILED_AT, PAYLOAD, PROGRAMS } from './programs.js';
import { all, idsOf, Room } from './room.js';

const room = new Room();
const IDS = ['a1', 'b2', 'c3'];

test('every layout is held to this', () => {
  expect(PROGRAMS.map(({ layout }) => layout)).toEqual(LAYOUT_NAMES);
});

describe.each(PROGRAMS.map((program) => [program.layout, program] as const))('%s', (_, program) => {
  test('is told by what lies under its key', async () => {
    await program.bury(room.redis, room.prefix, IDS);
    const key = program.dead(room.prefix);
    const layout = await layoutOf(key, room.access());
    expect(layout?.name).toBe(program.layout);
    expect(await layout!.claims(key, room.access())).toBe(true);
  });

  test('an empty queue has nothing', async () => {
    const queue = room.open(program);
    expect(await queue.length()).toBe(0);
    expect(await all(queue)).toEqual([]);
    expect(await layoutOf(program.dead(room.prefix), room.access())).toBeUndefined();
  });

  test('shows letters with their history from either end, and changes nothing', async () => {
    await program.bury(room.redis, room.prefix, IDS);
    const before = await room.dump();
    const queue = room.open(program);
    expect(await queue.length()).toBe(3);
    const found = await all(queue);
    expect(idsOf(found)).toEqual(IDS);
    expect(idsOf(await all(queue, 'newest'))).toEqual(IDS.toReversed());
    expect(found[1]!.letter).toMatchObject({
      id: 'b2',
      originalQueue: 'orders',
      reason: 'attempts',
      attempts: 2,
      deliveries: 2,
      firstEnqueuedAt: FAILED_AT - 60_000,
      lastFailedAt: FAILED_AT + 1_000,
      error: { class: 'TypeError', message: 'no address' },
      redriveCount: 0,
    });
    // BullMQ does not keep when a job first failed, Sidekiq not who ran it.
    expect([FAILED_AT + 500, null]).toContain(found[1]!.letter.firstFailedAt);
    expect(['worker-1', '']).toContain(found[1]!.letter.consumer);
    expect(JSON.stringify(found[1], (_key, value) => (typeof value === 'bigint' ? String(value) : value))).toContain(
      '12345678901234567890',
    );
    expect(queue.destination(found[0]!, undefined)).toBe('orders');
    expect(await room.dump()).toEqual(before);
  });

  test('redrives each at once: same id, same bytes, counted', async () => {
    await program.bury(room.redis, room.prefix, IDS);
    const queue = room.open(program);
    const [first, second] = await all(queue);
    expect(await queue.redrive(first!, 'orders')).toBe(true);
    expect(await program.waiting(room.redis, room.prefix)).toEqual([{ id: 'a1', payload: PAYLOAD, redriveCount: 1 }]);
    expect(idsOf(await all(queue))).toEqual(['b2', 'c3']);
    expect(await queue.redrive(first!, 'orders')).toBe(false);
    expect(await queue.redrive(second!, 'orders')).toBe(true);
    expect((await program.waiting(room.redis, room.prefix)).map(({ id }) => id)).toEqual(['a1', 'b2']);
  });

  test('one that is gone stays gone', async () => {
    await program.bury(room.redis, room.prefix, IDS);
    const queue = room.open(program);
    const [first] = await all(queue);
    expect(await queue.remove([first!])).toEqual([true]);
    const before = await room.dump();
    expect(await queue.redrive(first!, 'orders')).toBe(false);
    expect(await queue.remove([first!])).toEqual([false]);
    expect(await room.dump()).toEqual(before);
  });

  test('removes with all that belongs to it', async () => {
    await program.bury(room.redis, room.prefix, IDS);
    const queue = room.open(program);
    expect(await queue.remove(await all(queue))).toEqual([true, true, true]);
    expect(await queue.length()).toBe(0);
    // What is left is the program's own, not its jobs'; a stream without entries is a key.
    const left = (await room.keys()).map((key) => key.slice(room.prefix.length));
    expect(left.filter((key) => !/:(?:meta|events)$/.test(key) && program.layout !== 'stream')).toEqual([]);
  });

  test('goes on where it was, when what it read is taken out meanwhile', async () => {
    const many = Array.from({ length: 1_050 }, (_unused, index) => `m${String(index).padStart(4, '0')}`);
    await program.bury(room.redis, room.prefix, many);
    const queue = room.open(program);
    const seen: string[] = [];
    for await (const found of queue.entries()) {
      seen.push(found.letter.id);
      if (seen.length % 3 === 0) await queue.redrive(found, 'orders');
      else if (seen.length % 3 === 1) await queue.remove([found]);
    }
    expect(seen).toEqual(many);
    expect(await queue.length()).toBe(350);
    expect(await program.waiting(room.redis, room.prefix)).toHaveLength(350);
  });

  test('what arrives after reading began is not read', async () => {
    await program.bury(room.redis, room.prefix, IDS);
    const seen: string[] = [];
    for await (const { letter } of room.open(program).entries()) {
      if (seen.push(letter.id) === 1) await program.bury(room.redis, room.prefix, ['z9']);
    }
    expect(seen).toEqual(IDS);
  });

  test('to another queue, where its program allows it', async () => {
    await program.bury(room.redis, room.prefix, IDS);
    const queue = room.open(program);
    const [first] = await all(queue);
    if (program.movesElsewhere) {
      expect(queue.destination(first!, 'other')).toBe('other');
      expect(await queue.redrive(first!, 'other')).toBe(true);
      expect(await program.waiting(room.redis, room.prefix, 'other')).toMatchObject([{ id: 'a1', payload: PAYLOAD }]);
    } else {
      expect(() => queue.destination(first!, 'other')).toThrow(
        'jobs of BullMQ go back to their own queue, orders, and to no other',
      );
      expect(queue.destination(first!, 'orders')).toBe('orders');
    }
  });
});

test.each([
  ['bullmq', 'orders', 'bull:orders:failed'],
  ['bullmq', 'app:orders:failed', 'app:orders:failed'],
  ['rq', 'mail', 'rq:failed:mail'],
  ['rq', 'rq:failed:mail', 'rq:failed:mail'],
  ['sidekiq', 'dead', 'dead'],
  ['list', 'orders-dlq', 'orders-dlq'],
] as const)('%s calls %s by its key', (layout, name, key) => {
  expect(layoutNamed(layout).nameOf(name)).toBe(key);
});

describe('what is no dead-letter queue', () => {
  test.each([
    ['list', ['LPUSH', 'orders', 'x'], false],
    ['list', ['LPUSH', 'my_dlq', 'x'], true],
    ['list', ['LPUSH', 'orders:DEAD', 'x'], true],
    ['list', ['LPUSH', 'orders.dead-letters', 'x'], true],
    ['list', ['LPUSH', 'deadline', 'x'], false],
    ['stream', ['XADD', 'events', '*', 'a', '1'], false],
    ['stream', ['XADD', 'events-failed', '*', 'a', '1'], true],
    ['delayed', ['ZADD', 'scores', 1, 'x'], false],
    ['sidekiq', ['ZADD', 'retry', 1, '{"jid":"a","queue":"q"}'], false],
    ['sidekiq', ['ZADD', 'dead', 1, 'no job'], false],
    ['bullmq', ['ZADD', 'bull:orders:failed', 1, '7'], false],
  ] as const)('%s: %j %s', async (layout, [command, key, ...rest], claimed) => {
    await room.redis.call([command, room.prefix + key, ...rest]);
    expect(await layoutNamed(layout).claims(room.prefix + key, room.access())).toBe(claimed);
  });

  test('a key of another type', async () => {
    await room.redis.call(['SET', `${room.prefix}dlq`, 'x']);
    await expect(layoutOf(`${room.prefix}dlq`, room.access())).rejects.toMatchObject({
      code: 'WRONGTYPE',
      message: `${room.prefix}dlq holds a string, and a queue is a list, a stream or a sorted set`,
    });
  });
});
