import { formatDuration } from '../../../format/quantity.js';

/** Round numbers from 0 up to at least `max`. */
export function niceTicks(max: number, about = 3): readonly number[] {
  if (!(max > 0)) return [0, 1];
  const step = niceStep(max / about);
  const ticks: number[] = [];
  for (let index = 0; ticks.length === 0 || (ticks.at(-1) ?? 0) < max; index++) ticks.push(round(index * step));
  return ticks;
}

/** Round moments within a time, in milliseconds. */
export function timeTicks(durationMs: number, about = 8): readonly number[] {
  const least = durationMs / about;
  const step = TIMES.find((time) => time >= least) ?? niceStep(least / 3_600_000) * 3_600_000;
  return Array.from({ length: Math.floor(durationMs / step) + 1 }, (_, index) => round(index * step));
}

const TIMES = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000],
  ...[60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000],
];

/** 1, 2 or 5 times a power of ten. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return (least / power <= 1 ? 1 : least / power <= 2 ? 2 : least / power <= 5 ? 5 : 10) * power;
}

/** Without the tail of binary fractions. */
const round = (value: number): number => Number(value.toPrecision(12));

/** A coordinate as it is written: a tenth of a unit is less than a pixel. */
export const at = (value: number): number => Math.round(value * 10) / 10;

/** A time to read off a chart: `65µs`, `4.7ms`, `2s`. */
export const shortTime = (ms: number): string =>
  ms > 0 && ms < 1 ? `${Number((ms * 1_000).toPrecision(3))}µs` : formatDuration(ms);

/** `950`, `12.5k`, `1.2M`: for an axis and a legend. */
export function shortNumber(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  if (value >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
