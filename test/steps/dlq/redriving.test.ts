import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/engine/clock.js';
import { FailedAgain } from '../../../src/steps/dlq/failed-again.js';
import { Redrive, type RedriveRequest, SAMPLE } from '../../../src/steps/dlq/redriving.js';
import { FAILED_AT, PROGRAMS } from './layouts/programs.js';
import { all, idsOf, Room } from './layouts/room.js';

const room = new Room();
const idsUpTo = (count: number) => Array.from({ length: count }, (_, index) => `m${String(index).padStart(3, '0')}`);

/** Later than whatever failed first. */
const AGAIN = FAILED_AT + 86_400_000;

const ALL: RedriveRequest = {
  chosen: () => true,
  to: undefined,
  max: Number.POSITIVE_INFINITY,
  rate: undefined,
  stopAbove: undefined,
  settleMs: 0,
};

describe.each(PROGRAMS.map((program) => [program.layout, program] as const))('%s', (_, program) => {
  const bury = (ids: readonly string[], at?: number) => program.bury(room.redis, room.prefix, ids, at);

  /** A worker that gives up at once what it is told to; `onMoved` is called for each letter moved. */
  async function redrive(request: Partial<RedriveRequest>, givesUp: (id: string) => boolean, signal?: AbortSignal) {
    const work = new Redrive(
      room.open(program),
      { ...ALL, ...request },
      { clock: systemClock, signal: signal ?? new AbortController().signal },
      ({ letter }) => {
        return (moved) => {
          if (moved === true && givesUp(letter.id)) returned.push(bury([letter.id], AGAIN + returned.length));
        };
      },
    );
    const returned: Promise<void>[] = [];
    await work.survey();
    await work.run().finally(() => Promise.all(returned));
    return work;
  }

  test('stops when too many of those it moved are dead again', async () => {
    await bury(idsUpTo(60));
    const work = await redrive({ rate: 100, stopAbove: 0.1, settleMs: 50 }, () => true);
    expect(work.stopped).toBe(true);
    expect(work.moved).toBeGreaterThanOrEqual(SAMPLE);
    expect(work.moved).toBeLessThan(60);
    expect(work.failedAgain).toBeGreaterThan(work.moved * 0.1);
  });

  test('goes on when few are, and tells how many', async () => {
    await bury(idsUpTo(40));
    const work = await redrive({ rate: 2_000, stopAbove: 0.1, settleMs: 300 }, (id) => id === 'm007');
    expect([work.moved, work.failedAgain, work.stopped]).toEqual([40, 1, false]);
  });

  test('a few are judged when they have settled', async () => {
    await bury(idsUpTo(3));
    const work = await redrive({ rate: 1_000, stopAbove: 0.1, settleMs: 1_000 }, (id) => id === 'm002');
    expect([work.moved, work.failedAgain, work.stopped]).toEqual([3, 1, true]);
  });

  test('what arrives meanwhile and was not moved does not count', async () => {
    await bury(idsUpTo(25));
    let arrived: Promise<void> | undefined;
    const work = await redrive({ rate: 2_000, stopAbove: 0.01, settleMs: 20 }, () => {
      arrived ??= bury(['other1', 'other2', 'other3'], AGAIN);
      return false;
    });
    await arrived;
    expect([work.failedAgain, work.stopped]).toEqual([0, false]);
  });

  test('an interrupt ends it between two letters, and what was counted stands', async () => {
    await bury(idsUpTo(10));
    const controller = new AbortController();
    const reason = new Error('stop');
    const work = new Redrive(
      room.open(program),
      { ...ALL, rate: 1_000 },
      { clock: systemClock, signal: controller.signal },
      () => (moved) => {
        if (moved === true && work.moved === 4) controller.abort(reason);
      },
    );
    await work.survey();
    await expect(work.run()).rejects.toBe(reason);
    expect(work.moved).toBe(4);
    expect(idsOf(await all(room.open(program)))).toEqual(idsUpTo(10).slice(4));
  });
});

test('a rate is kept after a stall too', async () => {
  const program = PROGRAMS[0]!;
  await program.bury(room.redis, room.prefix, idsUpTo(60));
  const times: number[] = [];
  const work = new Redrive(
    room.open(program),
    { ...ALL, rate: 200 },
    { clock: systemClock, signal: new AbortController().signal },
    () => {
      times.push(performance.now());
      // The tenth hangs for as long as 40 others take.
      while (times.length === 10 && performance.now() < times[9]! + 200);
      return () => {};
    },
  );
  await work.survey();
  await work.run();
  const total = times.at(-1)! - times[0]!;
  expect(total).toBeGreaterThanOrEqual(59 * 5 + 200 - 50);
});

test('a share of failures needs a rate', () => {
  expect(
    () =>
      new Redrive(
        room.open(PROGRAMS[0]!),
        { ...ALL, stopAbove: 0.1 },
        { clock: systemClock, signal: new AbortController().signal },
      ),
  ).toThrow('to stop above a share of failures, a redrive needs a rate');
});

test('of bare bodies that are equal, those beyond the ones that were left count', async () => {
  const key = `${room.prefix}dead`;
  await room.redis.call(['LPUSH', key, 'x', 'x', 'x']);
  const queue = room.open({ ...PROGRAMS[0]!, dead: () => key });
  const again = new FailedAgain(queue);
  const letters = await all(queue);
  for (const found of letters) again.was(found);
  await queue.redrive(letters[0]!, 'orders');
  again.moved(letters[0]!);
  await again.look();
  expect(again.count).toBe(0);
  await room.redis.call(['LPUSH', key, 'x', 'x', 'y']);
  await again.look();
  expect(again.count).toBe(1);
});
