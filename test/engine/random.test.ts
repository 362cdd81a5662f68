import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/engine/random.js';

const take = (random: { next(): number }, count = 5): number[] => Array.from({ length: count }, () => random.next());

describe('random numbers', () => {
  it('come again with the seed, and are others with another', () => {
    expect(take(createRandom(7))).toEqual(take(createRandom(7)));
    expect(take(createRandom(7))).not.toEqual(take(createRandom(8)));
  });

  it('stay what they are between versions, so that a reported seed keeps its meaning', () => {
    expect(take(createRandom(7), 2)).toMatchInlineSnapshot(`
      [
        0.8531150059981257,
        0.7749873624914251,
      ]
    `);
    expect(createRandom(7).uuid()).toMatchInlineSnapshot(`"dac69b6c-42a9-49a0-86cc-a8ccb7ce8b10"`);
  });

  it('are derived from the parts alone, not from what was drawn before', () => {
    const [used, fresh] = [createRandom(7), createRandom(7)];
    take(used, 100);
    expect(take(used.derive('a', 1))).toEqual(take(fresh.derive('a', 1)));
    expect(take(fresh.derive('a', 1))).not.toEqual(take(fresh.derive('a', 2)));
    expect(take(fresh.derive('a', 1))).not.toEqual(take(fresh.derive('a1')));
    expect(take(fresh.derive('a').derive('b'))).not.toEqual(take(fresh.derive('a', 'b')));
  });

  it('are spread evenly', () => {
    const counts = new Uint32Array(10);
    const random = createRandom(1);
    for (let draw = 0; draw < 100_000; draw++) counts[Math.floor(random.next() * 10)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('are whole and within their bounds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -1e6, max: 1e6 }), fc.nat(1e6), (seed, minimum, width) => {
        const value = createRandom(seed).integer(minimum, minimum + width);
        expect(Number.isInteger(value) && value >= minimum && value <= minimum + width).toBe(true);
      }),
    );
  });

  it('make UUIDs of version 4', () => {
    expect(createRandom(3).uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
