import { describe, expect, test } from 'vitest';
import { LatencyRecorder } from '../../src/history/latency.js';

const recorded = (values: readonly number[]) => {
  const recorder = new LatencyRecorder();
  for (const value of values) recorder.record(value);
  return recorder.summary();
};

describe('LatencyRecorder', () => {
  test('has no summary before anything was recorded', () => {
    expect(recorded([])).toBeNull();
  });

  test('gives a single value exactly', () => {
    expect(recorded([3.7])).toEqual({ p50: 3.7, p90: 3.7, p99: 3.7, p999: 3.7, max: 3.7, mean: 3.7 });
  });

  test('counts zero and what is beyond its range', () => {
    expect(recorded([0, 0])).toMatchObject({ p50: 0, max: 0, mean: 0 });
    expect(recorded([1e12])).toMatchObject({ max: 1e12 });
  });

  const scales = [0.001, 0.1, 1, 37, 5_000];
  test.each(scales)('is at most 0.8 %% above the true percentile at a scale of %d ms', (scale) => {
    const summary = recorded(Array.from({ length: 1_000 }, (_, index) => (1_000 - index) * scale))!;
    const truth = { p50: 500, p90: 900, p99: 990, p999: 999 };
    for (const [name, rank] of Object.entries(truth)) {
      const share = summary[name as keyof typeof truth] / (rank * scale); // the keys are truth's own
      expect(share).toBeGreaterThanOrEqual(0.9999);
      expect(share).toBeLessThan(1 + 1 / 128);
    }
    expect(summary.max).toBe(1_000 * scale);
    expect(summary.mean).toBeCloseTo(500.5 * scale, 6);
  });
});
