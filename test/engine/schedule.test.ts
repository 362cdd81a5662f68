import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { CompiledCase } from '../../src/contracts/case.js';
import { Schedule } from '../../src/engine/schedule.js';

/** Runs cases that each last for a few turns, and tells which ran at the same time. */
async function together(
  cases: readonly Partial<CompiledCase>[],
  options: { jobs: number; ours: boolean },
): Promise<{ order: number[]; groups: number[][] }> {
  const running = new Set<number>();
  const groups: number[][] = [];
  const order: number[] = [];
  const compiled = cases.map((part) => ({ owns: [], server: 'shared', ...part }) as unknown as CompiledCase); // all that a schedule reads
  await new Schedule(compiled, options).run(async (_, index) => {
    running.add(index);
    order.push(index);
    groups.push([...running].sort((a, b) => a - b));
    for (let turns = 0; turns < 3; turns++) await turn();
    running.delete(index);
  });
  return { order, groups };
}

const meet = (groups: readonly number[][], a: number, b: number): boolean =>
  groups.some((group) => group.includes(a) && group.includes(b));

describe('a schedule', () => {
  test('runs all cases, in order, no more than its jobs at once', async () => {
    const { order, groups } = await together([{}, {}, {}, {}, {}], { jobs: 2, ours: true });
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(Math.max(...groups.map((group) => group.length))).toBe(2);
  });

  test('keeps apart what owns the same key, and lets others by', async () => {
    const cases = [{ owns: ['a', 'b'] }, { owns: ['b'] }, { owns: ['c'] }, {}];
    const { order, groups } = await together(cases, { jobs: 4, ours: true });
    expect(order).toEqual([0, 2, 3, 1]);
    expect([meet(groups, 0, 1), meet(groups, 0, 2), meet(groups, 0, 3)]).toEqual([false, true, true]);
  });

  test('runs alone what wants a server of its own, where there is one server', async () => {
    const cases = [{}, { server: 'own' as const }, {}];
    const { order, groups } = await together(cases, { jobs: 3, ours: false });
    expect(order).toEqual([0, 2, 1]);
    expect([meet(groups, 0, 1), meet(groups, 1, 2)]).toEqual([false, false]);
    expect(meet((await together(cases, { jobs: 3, ours: true })).groups, 0, 1)).toBe(true);
  });

  test('ends when there is nothing to run', async () => {
    expect((await together([], { jobs: 1, ours: true })).order).toEqual([]);
  });

  test('raises the error that is no case’s own', async () => {
    const schedule = new Schedule([{ owns: [] } as unknown as CompiledCase], { jobs: 1, ours: true }); // all that it reads
    await expect(schedule.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });
});
