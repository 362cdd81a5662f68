import type { Verdict } from '../../contracts/result.js';
import { formatCount, plural } from '../../format/text.js';
import type { LoadResult } from '../../steps/load/result.js';
import { EXIT } from '../print.js';
import type { BenchRun } from './record.js';
import type { Measurement } from './server.js';
import type { Settings } from './settings.js';

/** More errors than allowed fail a load: what was measured is something else than was asked for. */
export function judgeRun(measured: Measurement, allowErrors: number): Measurement {
  const { result, verdict, cutShort } = measured;
  if (!result || verdict === 'failed' || cutShort || (result.errorRate ?? 0) <= allowErrors) return measured;
  // More than can be sent or answered was asked for: what was still waiting at the end says no more than that.
  const isOverload = verdict === 'unknown' && result.achievedRate !== null;
  if (isOverload && result.errors === 0 && result.disconnects === 0) return measured;
  return { ...measured, verdict: 'failed', reason: describeErrors(result) };
}

/** `30 errors (OOM 10, WRONGTYPE 20), of 1,000 operations` */
export function describeErrors({ errors, unknown, operations, errorsByCode }: LoadResult): string {
  const codes = Object.entries(errorsByCode).map(([code, count]) => `${code} ${formatCount(count)}`);
  const parts = [
    ...(errors > 0 ? [`${plural(errors, 'error')} (${codes.join(', ')})`] : []),
    ...(unknown > 0 ? [`${plural(unknown, 'operation')} without an answer`] : []),
  ];
  return `${parts.join(' and ')}, of ${plural(operations + unknown, 'operation')}`;
}

/** As of a run; that a sweep ends where its rate is not held is what it is for, unless that is the first. */
export function exitCodeOf(runs: readonly BenchRun[], { sweep }: Pick<Settings, 'sweep'>): number {
  const counted = sweep
    ? runs.filter((run, index) => runs[index - 1]?.load !== run.load || run.verdict !== 'unknown')
    : runs;
  const verdicts = new Set<Verdict>(counted.map(({ verdict }) => verdict));
  if (verdicts.has('failed')) return EXIT.failed;
  return verdicts.has('unknown') || runs.length === 0 ? EXIT.unknown : EXIT.passed;
}
