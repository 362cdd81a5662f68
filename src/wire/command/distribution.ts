import { fractionAt } from './random.js';

/** Gives each operation, by its number, a whole number from 0, below a count. */
export type Distribution = (operation: number) => number;

/** In turn, from the first again after the last. */
export const sequential =
  (count: number): Distribution =>
  (operation) =>
    operation % count;

/** Each as often as any other. */
export const uniform =
  (count: number, seed: number, stream: number): Distribution =>
  (operation) =>
    Math.floor(fractionAt(seed, stream, operation) * count);

/** An exponent of 1 has no closed form beneath; a hair beside it is the same to all who look. */
const AWAY_FROM_ONE = 1e-9;
/** Each attempt succeeds in at least three of four cases; past these, the first is taken. */
const ATTEMPTS = 64;

/**
 * 0 the most often, number n in proportion to 1/(n+1)^exponent: by rejection-inversion (Hörmann and Derflinger 1996),
 * which needs no table however many there are.
 */
export function zipfian(count: number, seed: number, stream: number, exponent = 0.99): Distribution {
  const q = 1 - (Math.abs(exponent - 1) < AWAY_FROM_ONE ? 1 + AWAY_FROM_ONE : exponent);
  const integral = (x: number): number => Math.expm1(q * Math.log(x)) / q;
  const inverse = (y: number): number => Math.exp(Math.log1p(q * y) / q);
  const density = (x: number): number => x ** (q - 1);
  const first = integral(1.5) - 1;
  const last = integral(count + 0.5);
  const sure = 2 - inverse(integral(2.5) - density(2));
  return (operation) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const y = last + fractionAt(seed, stream + attempt * 65_536, operation) * (first - last);
      const x = inverse(y);
      const rank = Math.min(Math.max(Math.floor(x + 0.5), 1), count);
      if (rank - x <= sure || y >= integral(rank + 0.5) - density(rank)) return rank - 1;
    }
    return 0;
  };
}
