import type { Verdict } from '../../contracts/result.js';
import { formatCount } from '../../format/text.js';
import { EXIT } from '../print.js';
import type { BenchRun } from './record.js';
import type { Measurement } from './server.js';
import type { Settings } from './settings.js';

/** More errors than allowed fail a load: what was measured is something else than was asked for. */
export function judgeRun(measured: Measurement, allowErrors: number): Measurement {
  const { result, verdict } = measured;
  if (!result || verdict === 'failed' || (result.errorRate ?? 0) <= allowErrors) return measured;
  const errors = Object.entries(result.errorsByCode).map(([code, count]) => `${code} ${formatCount(count)}`);
  const parts = [
    ...(result.errors > 0 ? [`${formatCount(result.errors)} error replies (${errors.join(', ')})`] : []),
    ...(result.unknown > 0 ? [`${formatCount(result.unknown)} operations without an answer`] : []),
  ];
  const all = formatCount(result.operations + result.unknown);
  return { ...measured, verdict: 'failed', reason: `${parts.join(' and ')}, of ${all} operations` };
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
