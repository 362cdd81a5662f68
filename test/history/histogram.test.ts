import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Histogram } from '../../src/history/histogram.js';

const durations = fc.array(fc.double({ min: 2 ** -13, max: 2 ** 22, noNaN: true, minExcluded: true }), {
  minLength: 1,
  maxLength: 300,
});

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('a percentile', () => {
  test('is at most 0.1 % above that of the sorted values, and never below', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const sorted = [...values].sort((one, other) => one - other);
        const exact = sorted[Math.max(1, Math.ceil(share * values.length)) - 1]!;
        const found = histogramOf(values).percentile(share);
        expect(found).toBeGreaterThanOrEqual(exact);
        expect(found).toBeLessThanOrEqual(exact * 1.001);
      }),
    );
  });

  test('of parts put together is that of the whole', () => {
    fc.assert(
      fc.property(durations, durations, (some, others) => {
        const merged = histogramOf(some);
        merged.merge(histogramOf(others));
        const whole = histogramOf([...some, ...others]);
        const { mean: _, ...expected } = whole.summary()!;
        expect(merged.summary()).toMatchObject(expected);
        expect(merged.mean).toBeCloseTo(whole.mean, 6);
        expect(merged.total).toBe(some.length + others.length);
      }),
    );
  });
});

test('what is beyond the buckets counts as the nearest', () => {
  const histogram = histogramOf([-1, 0, Number.NaN, 1e-9, 1e12]);
  expect(histogram.total).toBe(5);
  expect(histogram.percentile(0.5)).toBe(0);
  expect(histogram.max).toBe(1e12);
  expect(histogram.percentile(1)).toBe(1e12);
});

test('its buckets hold all, in ascending order, each value at most 0.8 % below the edge of its own', () => {
  fc.assert(
    fc.property(durations, (values) => {
      const buckets = histogramOf(values).buckets();
      const edges = buckets.map(([upTo]) => upTo);
      expect(edges).toEqual([...new Set(edges)].sort((one, other) => one - other));
      const expected = new Map<number, number>();
      for (const value of values) {
        const edge = edges.find((upTo) => value < upTo)!;
        expect(edge).toBeLessThanOrEqual(value * (1 + 1 / 128));
        expected.set(edge, (expected.get(edge) ?? 0) + 1);
      }
      expect(new Map(buckets)).toEqual(expected);
    }),
  );
});

test('without anything there is no summary, nor after it was cleared', () => {
  const histogram = histogramOf([1, 2, 3]);
  expect(histogram.summary()).toMatchObject({ p50: expect.closeTo(2, 2), max: 3, mean: 2 });
  histogram.clear();
  expect(histogram.summary()).toBeNull();
  expect(histogram.buckets()).toEqual([]);
  histogram.record(5);
  expect(histogram.summary()).toMatchObject({ p50: 5, p999: 5, max: 5, mean: 5 });
});
