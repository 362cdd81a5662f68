import { describe, expect, test } from 'vitest';
import { median, pairedRatio, unpairedRatio } from '../../../src/cli/bench/ratio.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
/** Pairs whose ratios are these. */
const pairs = (ratios: readonly number[]) => ratios.map((ratio) => [2, 2 * ratio] as const);

test.each<[readonly number[], number]>([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[10, 9], 9.5],
])('the median of %j', (values, expected) => {
  expect(median(values)).toBe(expected);
});

describe('pairs', () => {
  // Ranks of the sign test at 5 %, from its table: 5 pairs have none, 6 the extremes, 10 the second from each end.
  test.each<[count: number, interval: [number, number] | null]>([
    [1, null],
    [5, null],
    [6, [1, 6]],
    [8, [1, 8]],
    [9, [2, 8]],
    [10, [2, 9]],
    [12, [3, 10]],
    [20, [6, 15]],
    [25, [8, 18]],
    [100, [40, 61]],
  ])('%i of them', (count, interval) => {
    expect(pairedRatio(pairs(upTo(count)))).toEqual({ estimate: (count + 1) / 2, interval });
    expect(pairedRatio(pairs(upTo(count).reverse()))?.interval).toEqual(interval);
  });

  test('none', () => expect(pairedRatio([])).toBeNull());
});

describe('measurements by themselves', () => {
  // Critical values of Mann and Whitney's U at 5 %, two-sided, from its table.
  test.each<[m: number, n: number, critical: number | null]>([
    [3, 3, null],
    [3, 5, 0],
    [4, 4, 0],
    [5, 5, 2],
    [5, 8, 6],
    [6, 6, 5],
    [8, 10, 17],
    [10, 10, 23],
    [20, 20, 127],
  ])('%i and %i', (m, n, critical) => {
    // Of all ratios, the interval leaves out as many on each side as U may be at most.
    const a = upTo(m).map((index) => 2 ** index);
    const b = upTo(n).map((index) => 2 ** (index * 0.01));
    const ratios = b.flatMap((one) => a.map((other) => one / other)).sort((one, other) => one - other);
    const interval = critical === null ? null : [ratios[critical], ratios[ratios.length - 1 - critical]];
    expect(unpairedRatio(a, b)?.interval).toEqual(interval);
    const swapped = unpairedRatio(b, a)?.interval;
    expect(swapped ? swapped.map((value) => 1 / value).reverse() : null).toEqual(
      interval?.map((value) => expect.closeTo(value!, 10)) ?? null,
    );
  });

  test('the estimate is the median of all ratios', () => {
    expect(unpairedRatio([1, 2, 4], [2, 4, 8])?.estimate).toBe(2);
    expect(unpairedRatio([], [1])).toBeNull();
    expect(unpairedRatio([1], [])).toBeNull();
  });

  test('a hundred rounds each', () => {
    const { estimate, interval } = unpairedRatio(upTo(100), upTo(100))!;
    expect(estimate).toBe(1);
    expect(interval![0]).toBeLessThan(1);
    expect(interval![1]).toBeGreaterThan(1);
  });
});
