import type { Stage } from '../../wire/pace/arrivals.js';
import type { LoadInput } from './input.js';

type Pacing = Pick<LoadInput, 'rate' | 'stages' | 'warmup' | 'for' | 'count'>;

/** The rates of a load, its warm-up at the first of them in front; undefined where it has none. */
export function stagesOf({ rate, stages, warmup, for: forMs }: Omit<Pacing, 'count'>): readonly Stage[] | undefined {
  if (stages) {
    const first = stages[0]?.from ?? stages[0]?.rate ?? 0;
    const warm = warmup > 0 ? [{ forMs: warmup, from: first, to: first }] : [];
    return [...warm, ...stages.map((stage) => ({ forMs: stage.for, from: stage.from ?? stage.rate, to: stage.rate }))];
  }
  if (rate === undefined) return undefined;
  return [{ forMs: warmup + (forMs ?? Number.POSITIVE_INFINITY), from: rate, to: rate }];
}

/** How long a load takes by what was asked for alone, in milliseconds. */
export function declaredTime({ rate, stages = [], warmup, for: forMs, count }: Pacing): number {
  const byCount = count === undefined || rate === undefined ? 0 : (count * 1_000) / rate;
  return warmup + (forMs ?? byCount) + stages.reduce((sum, stage) => sum + stage.for, 0);
}

/** What a machine that stalls may lose; past that what is due is no longer sent. */
const STALL_MS = 1_000;

/** When a load at a rate is over at the latest, in milliseconds from its start. */
export function latestEnd(input: Pacing & Pick<LoadInput, 'arrival'>): number {
  const { rate, count, arrival } = input;
  // As many as are counted come at random, a little earlier or later than in the mean.
  const spread = arrival === 'poisson' && count !== undefined ? (6_000 * Math.sqrt(count)) / rate! : 0;
  return declaredTime(input) + spread + STALL_MS;
}

/** Operations each second that were asked for, in the mean; undefined without a rate. */
export function askedRate(input: Pacing): number | undefined {
  const { rate, stages, warmup } = input;
  if (!stages) return rate;
  const total = declaredTime(input);
  const due = stagesOf({ stages, warmup })!.reduce(
    (sum, { forMs, from, to }) => sum + ((from + to) / 2_000) * forMs,
    0,
  );
  return (due * 1_000) / total;
}
