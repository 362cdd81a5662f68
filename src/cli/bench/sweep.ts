import type { BenchRun } from './record.js';

/** What a load came to at rates that rise. */
export interface Sweep {
  readonly load: string;
  /** The highest rate that was held; null where none was. */
  readonly held: number | null;
  /** The first that was not. */
  readonly notHeld: number | null;
  /**
   * The held rate with the most operations for their latency: where the rate over its p99 (Kleinrock's power) is the
   * highest. Past it, latency grows faster than the rate does; null where nothing was tried past it.
   */
  readonly knee: number | null;
}

export const isHeld = ({ verdict, result }: Pick<BenchRun, 'verdict' | 'result'>): boolean =>
  verdict === 'passed' && (result?.latency ?? null) !== null;

export function sweepOf(load: string, runs: readonly BenchRun[]): Sweep {
  const own = runs.filter((run) => run.load === load);
  const held = own.filter(isHeld);
  const power = ({ rate, result }: BenchRun): number => rate! / result!.latency!.p99; // of a rate that was held
  const best = held.reduce<BenchRun | undefined>(
    (found, run) => (found && power(found) >= power(run) ? found : run),
    undefined,
  );
  const notHeld = own.find((run) => !isHeld(run) && !run.cutShort);
  const isPast = notHeld !== undefined || best !== held.at(-1);
  return {
    load,
    held: held.at(-1)?.rate ?? null,
    notHeld: notHeld?.rate ?? null,
    knee: isPast ? (best?.rate ?? null) : null,
  };
}
