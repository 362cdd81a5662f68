import { describe, expect, test } from 'vitest';
import { type Distribution, sequential, uniform, zipfian } from '../../../src/wire/command/distribution.js';
import { mixOf } from '../../../src/wire/command/mix.js';
import { CommandTemplate } from '../../../src/wire/command/template.js';

const DRAWS = 200_000;

function countsOf(distribution: Distribution, count: number): number[] {
  const counts: number[] = new Array(count).fill(0);
  for (let operation = 0; operation < DRAWS; operation++) counts[distribution(operation)]!++;
  return counts;
}

test('sequential takes one after the other, and begins again', () => {
  expect([0, 1, 2, 3, 4].map(sequential(3))).toEqual([0, 1, 2, 0, 1]);
});

test('uniform takes each as often as any other', () => {
  const counts = countsOf(uniform(50, 1, 0), 50);
  // Five standard deviations of 4,000 draws each.
  for (const count of counts) expect(Math.abs(count - DRAWS / 50)).toBeLessThan(5 * Math.sqrt(DRAWS / 50));
});

test.each([0.5, 0.99, 1, 1.5])(
  'zipfian with the exponent %d takes number n in proportion to 1/(n+1)^exponent',
  (exponent) => {
    const count = 100;
    const counts = countsOf(zipfian(count, 7, 0, exponent), count);
    const weights = counts.map((_, number) => (number + 1) ** -exponent);
    const sum = weights.reduce((one, other) => one + other);
    for (const [number, weight] of weights.entries()) {
      const expected = (DRAWS * weight) / sum;
      expect(Math.abs(counts[number]! - expected)).toBeLessThan(5 * Math.sqrt(expected) + 1);
    }
  },
);

describe.each([
  ['uniform', uniform(2 ** 40, 5, 3), uniform(2 ** 40, 6, 3), uniform(2 ** 40, 5, 4)],
  ['zipfian', zipfian(10 ** 9, 5, 3), zipfian(10 ** 9, 6, 3), zipfian(10 ** 9, 5, 4)],
])('%s', (_, distribution, otherSeed, otherStream) => {
  const numbers = Array.from({ length: 50 }, (_, operation) => operation);

  test('is the same for a number whenever it is asked', () => {
    expect(numbers.map(distribution)).toEqual([...numbers].reverse().map(distribution).reverse());
  });

  test('is another by another seed, and in another stream', () => {
    expect(numbers.map(otherSeed)).not.toEqual(numbers.map(distribution));
    expect(numbers.map(otherStream)).not.toEqual(numbers.map(distribution));
  });
});

test('a mix takes commands by their weights', () => {
  const template = new CommandTemplate(['PING']);
  const mix = mixOf(
    [6, 3, 1].map((weight) => ({ template, weight })),
    3,
  );
  const counts = countsOf((operation) => mix.pick(operation), 3);
  for (const [index, share] of [0.6, 0.3, 0.1].entries()) expect(counts[index]! / DRAWS).toBeCloseTo(share, 2);
});
