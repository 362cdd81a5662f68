import { ScenarioError } from '../../errors.js';
import { exitCodeOf } from './judge.js';
import { median, pairedRatio, type Ratio, unpairedRatio } from './ratio.js';
import { type BenchRecord, type BenchRun, countedRuns } from './record.js';

export const MEASURES = ['throughput', 'p50', 'p99', 'p999'] as const;
export type Measure = (typeof MEASURES)[number];

/** How often B has what A has of one measure of a load. */
export interface Comparison extends Ratio {
  readonly load: string;
  readonly measure: Measure;
  /** Medians of the rounds. */
  readonly a: number;
  readonly b: number;
  readonly rounds: readonly [a: number, b: number];
}

/** Two saved benches as one: their rounds have nothing to do with each other. */
export function compareRecords(a: BenchRecord, b: BenchRecord): BenchRecord {
  if ([a, b].some(({ targets, sweeps }) => targets.length > 1 || sweeps.length > 0)) {
    throw new ScenarioError('a saved comparison or sweep cannot be compared', {
      next: 'save what one target came to, in several rounds: redrill bench set --rounds 10 --save FILE',
    });
  }
  const comparisons = compareRuns(a.runs, b.runs, false);
  if (comparisons.length === 0) throw new ScenarioError('the saved benches have no load in common');
  const runs = [...a.runs, ...b.runs.map((run) => ({ ...run, target: 1 }))];
  return {
    ...b,
    targets: [...a.targets, ...b.targets],
    runs,
    comparisons,
    sweeps: [],
    ended: null,
    // That one of them was interrupted is not to be told of this.
    exitCode: exitCodeOf(countedRuns(runs), { sweep: false }),
  };
}

/** Rounds in pairs, when each of B was measured beside one of A; otherwise each with each. */
export function compareRuns(a: readonly BenchRun[], b: readonly BenchRun[], paired: boolean): readonly Comparison[] {
  const loads = [...new Set(a.map(({ load }) => load))].filter((load) => b.some((run) => run.load === load));
  return loads.flatMap((load) =>
    MEASURES.flatMap((measure): Comparison[] => {
      const [ofA, ofB] = [countedRuns(a), countedRuns(b)].map((runs) =>
        valuesOf(
          runs.filter((run) => run.load === load),
          measure,
        ),
      );
      const pairs = [...ofA!].flatMap(([round, value]): [number, number][] => {
        const other = ofB!.get(round);
        return other === undefined ? [] : [[value, other]];
      });
      const [valuesA, valuesB] = [[...ofA!.values()], [...ofB!.values()]];
      const ratio = paired ? pairedRatio(pairs) : unpairedRatio(valuesA, valuesB);
      if (!ratio) return [];
      return [
        { load, measure, a: median(valuesA), b: median(valuesB), rounds: [valuesA.length, valuesB.length], ...ratio },
      ];
    }),
  );
}

/** By round, where there was something to measure. */
function valuesOf(runs: readonly BenchRun[], measure: Measure): ReadonlyMap<number, number> {
  return new Map(
    runs.flatMap(({ round, result }): [number, number][] => {
      const value = measure === 'throughput' ? result?.throughput : result?.latency?.[measure];
      return value !== undefined && value > 0 ? [[round, value]] : [];
    }),
  );
}
