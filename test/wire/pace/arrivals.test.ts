import { expect, test } from 'vitest';
import { Arrivals, type Stage } from '../../../src/wire/pace/arrivals.js';

function dueTimes(stages: readonly Stage[], arrival: 'constant' | 'poisson', most = 1_000_000): number[] {
  const arrivals = new Arrivals(stages, arrival, 11);
  const times: number[] = [];
  for (let due = arrivals.next(); due < Number.POSITIVE_INFINITY && times.length < most; due = arrivals.next())
    times.push(due);
  return times;
}

const forever = Number.POSITIVE_INFINITY;

test('a constant rate is evenly spaced, without drift', () => {
  const times = dueTimes([{ forMs: forever, from: 3, to: 3 }], 'constant', 3_001);
  expect(times.slice(0, 3)).toEqual([0, 1_000 / 3, 2_000 / 3]);
  expect(times[3_000]).toBeCloseTo(1_000_000, 6);
});

test('ends with its last stage', () => {
  expect(dueTimes([{ forMs: 2_000, from: 100, to: 100 }], 'constant')).toHaveLength(200);
});

test('a ramp from nothing grows evenly', () => {
  const times = dueTimes([{ forMs: 1_000, from: 0, to: 100 }], 'constant');
  expect(times).toHaveLength(50);
  // After half of the time a quarter of them was due.
  expect(times.filter((time) => time < 500)).toHaveLength(13);
  expect(times[0]).toBe(0);
});

test('stages follow one another', () => {
  const stages = [
    { forMs: 1_000, from: 10, to: 10 },
    { forMs: 1_000, from: 10, to: 30 },
    { forMs: 1_000, from: 30, to: 0 },
  ];
  const times = dueTimes(stages, 'constant');
  const within = (from: number) => times.filter((time) => time >= from && time < from + 1_000).length;
  expect([within(0), within(1_000), within(2_000)]).toEqual([10, 20, 15]);
});

test('poisson has the rate in the mean, and gaps as independent users make them', () => {
  const times = dueTimes([{ forMs: 100_000, from: 1_000, to: 1_000 }], 'poisson');
  expect(Math.abs(times.length - 100_000)).toBeLessThan(5 * Math.sqrt(100_000));
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  const mean = gaps.reduce((sum, gap) => sum + gap) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
  expect(gaps.every((gap) => gap >= 0)).toBe(true);
});
