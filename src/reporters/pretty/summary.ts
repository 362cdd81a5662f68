import type { RunFinished, RunStarted, TargetDescription, VerdictCounts } from '../../contracts/event.js';
import { VERDICTS } from '../../contracts/result.js';
import { formatDuration } from '../../format/quantity.js';
import { formatCount, oneLine } from '../../format/text.js';
import { type Paint, VERDICT_MARKS, VERDICT_STYLES } from '../paint.js';
import { describeShard, explainVerdict, total, verdictOfRun } from '../verdict.js';

/** What the run came to: counts, how to run it again, and the verdict as the last line. */
export function renderSummary(finished: RunFinished, started: RunStarted | undefined, paint: Paint): string[] {
  const planned = started?.cases ?? 0;
  const rows: [label: string, value: string][] = [
    ['Cases', countsLine(finished.cases, planned - total(finished.cases), paint)],
    ['Steps', countsLine(finished.steps, 0, paint)],
    ['Judgements', formatCount(finished.judgements)],
    ['Duration', formatDuration(finished.durationMs)],
  ];
  if (started) {
    if (started.target) rows.push(['Target', describeTarget(started.target)]);
    if (started.shard) rows.push(['Shard', describeShard(started.shard)]);
    rows.push(['Seed', `${started.seed} ${paint('gray', `(to run it again: --seed ${started.seed})`)}`]);
  }
  const reason = oneLine(finished.reason ?? '');
  const verdict = explainVerdict(finished);
  if (!verdict.includes(reason)) rows.push(['Ended early', reason]);
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return [
    ...rows.map(([label, value]) => `  ${paint('gray', label.padEnd(width))}${value}`),
    '',
    verdictLine(finished, verdict, paint),
  ];
}

/** `1 failed, 12 passed, 3 not run (16)` */
function countsLine(counts: VerdictCounts, notRun: number, paint: Paint): string {
  const parts = VERDICTS.filter((verdict) => counts[verdict] > 0).map((verdict) =>
    paint(VERDICT_STYLES[verdict], `${formatCount(counts[verdict])} ${verdict}`),
  );
  if (notRun > 0) parts.push(`${formatCount(notRun)} not run`);
  if (parts.length === 0) return 'none';
  return `${parts.join(', ')} ${paint('gray', `(${formatCount(total(counts) + Math.max(0, notRun))})`)}`;
}

/** `redis 7.0.15 standalone at 127.0.0.1:6379 (url)` */
export function describeTarget({ kind, address, engine, version, topology }: TargetDescription): string {
  const server = [engine, version, topology].filter((part) => part !== undefined).join(' ');
  return oneLine(`${server === '' ? '' : `${server} at `}${address} (${kind})`);
}

function verdictLine(finished: RunFinished, explanation: string, paint: Paint): string {
  const { exitCode } = finished;
  const verdict = verdictOfRun(finished);
  const text = `${VERDICT_MARKS[verdict]} ${explanation}`;
  return `${paint(['bold', VERDICT_STYLES[verdict]], text)}${exitCode === 0 ? '' : paint('gray', ` (exit code ${exitCode})`)}`;
}
