import type { LatencySummary } from '../../contracts/latency.js';
import type { Second } from '../../wire/count/series.js';
import type { Run } from '../../wire/run.js';
import type { ServerView } from './server.js';

/** What a load has come to so far. */
export interface LoadResult {
  operations: number;
  throughput: number;
  errors: number;
  errorRate: number | null;
  errorsByCode: Record<string, number>;
  unknown: number;
  unsent: number;
  latency: LatencySummary | null;
  achievedRate: number | null;
  lag: LatencySummary | null;
  late: number;
  replies: Record<string, number>;
  commands: LoadRow[];
  series: Second[];
  nodes: Record<string, number>;
  redirected: number;
  disconnects: number;
  server: ServerView | null;
  duration: number;
  aborted: boolean;
}

interface LoadRow {
  command: string;
  operations: number;
  throughput: number;
  errors: number;
  nulls: number;
  unknown: number;
  latency: LatencySummary | null;
}

export interface Circumstances {
  /** The commands of the mix, as the scenario has them. */
  readonly names: readonly string[];
  readonly nodes: readonly string[];
  /** Time that was asked for, from the first operation on; 0: it took what it took. */
  readonly plannedMs: number;
  readonly now: number;
  readonly aborted: boolean;
}

export function resultOf(run: Run, { names, nodes, plannedMs, now, aborted }: Circumstances): LoadResult {
  const { tally, unsent } = run;
  const duration = Math.max(0, (run.endMs ?? now) - tally.measuredFrom);
  const perSecond = (count: number): number => (duration > 0 ? (count * 1_000) / duration : 0);
  const [operations, errors, unknown] = (['operations', 'errors', 'unknown'] as const).map((count) => tally.sum(count));
  const all = operations! + unknown!;
  return {
    operations: operations!,
    throughput: perSecond(operations!),
    errors: errors!,
    errorRate: all === 0 ? null : (errors! + unknown!) / all,
    errorsByCode: Object.fromEntries(tally.errorsByCode),
    unknown: unknown!,
    unsent,
    latency: tally.latency().summary(),
    achievedRate: achievedRate(run, plannedMs),
    lag: tally.lag.summary(),
    late: Math.max(0, run.lateMs),
    replies: tally.replies.toObject(),
    commands: tally.rows.map((row, index) => ({
      command: names[index]!,
      operations: row.operations,
      throughput: perSecond(row.operations),
      errors: row.errors,
      nulls: row.nulls,
      unknown: row.unknown,
      latency: row.latency.summary(),
    })),
    series: tally.series.seconds,
    nodes: Object.fromEntries(nodes.map((node, index) => [node, tally.byNode[index] ?? 0])),
    redirected: tally.redirected,
    disconnects: tally.disconnects,
    server: null,
    duration,
    aborted,
  };
}

/** Of the operations that were sent, over the time that they took, or were to take. */
function achievedRate({ tally, startMs, lastSentMs, unsent }: Run, plannedMs: number): number | null {
  if (tally.lag.total === 0) return null;
  return ((tally.lag.total - unsent) * 1_000) / Math.max(1, plannedMs, lastSentMs - startMs);
}
