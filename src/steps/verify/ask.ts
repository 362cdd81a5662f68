import type { CheckReport, CheckRequest, CheckVerdict, Selection } from '../../contracts/checker.js';
import type { LatencySummary } from '../../contracts/latency.js';
import type { StepContext } from '../../contracts/step.js';

/** A request whose report decides, beside those that only count. */
export type Judged = CheckRequest;

/** Checkers whose counts are shown whether or not anything is judged by them. */
const COUNTING = ['total-queue', 'identity', 'early-redelivery', 'lease-overlap', 'dead-letter-fidelity', 'scheduling'];

export interface Answer {
  /** Null where nothing is judged and the counts are certain. */
  readonly verdict: CheckVerdict | null;
  readonly reasons: string[];
  /** What each judged checker said. */
  readonly judged: Record<string, CheckVerdict>;
  readonly counts: Readonly<Record<string, number>>;
  readonly examples: Record<string, string[]>;
  readonly latencies: Readonly<Record<string, LatencySummary | null>>;
}

/**
 * Asks everything in one reading of the history. Where nothing is judged, what makes the counts uncertain (nothing was
 * acknowledged, the queue was not drained) is the verdict still.
 */
export async function askCheckers(
  selection: Selection,
  judged: readonly Judged[],
  context: StepContext,
): Promise<Answer> {
  const asked = new Set(judged.map(({ checker }) => checker));
  const counting = COUNTING.filter((checker) => !asked.has(checker)).map((checker) => ({
    checker,
    options: { ...selection, judged: false },
  }));
  const reports = await context.check([...judged, ...counting]);
  const deciding = reports.slice(0, judged.length);
  const [totals, identity] = reports.slice(judged.length);
  const notes = identity?.reasons ?? [];
  const merged = {
    judged: Object.fromEntries(judged.map(({ checker }, index) => [checker, deciding[index]!.verdict])),
    counts: Object.assign({}, ...reports.map(({ counts }) => counts)),
    examples: Object.assign({}, ...reports.map(({ examples }) => examples)),
    latencies: Object.assign({}, ...reports.map(({ latencies }) => latencies)),
  };
  if (judged.length > 0) {
    const { verdict, reasons } = decide(deciding);
    return { ...merged, verdict, reasons: [...reasons, ...notes] };
  }
  const uncertain = totals?.verdict === 'unknown';
  return {
    ...merged,
    verdict: uncertain ? 'unknown' : null,
    reasons: [...(uncertain ? totals.reasons : []), ...notes],
  };
}

/** failed is worse than unknown, which is worse than passed; the reasons are those of the worst. */
function decide(reports: readonly CheckReport[]): { verdict: CheckVerdict; reasons: string[] } {
  for (const verdict of ['failed', 'unknown'] as const) {
    const such = reports.filter((report) => report.verdict === verdict);
    if (such.length > 0) return { verdict, reasons: [...new Set(such.flatMap(({ reasons }) => reasons))] };
  }
  return { verdict: 'passed', reasons: [] };
}
