import { oneLine, plural } from '../../format/text.js';
import { createPaint, type Style } from '../../reporters/paint.js';
import type { DoctorReport, NamedFinding } from './report.schema.js';

type Status = NamedFinding['status'];

const MARKS: Readonly<Record<Status, string>> = { ok: '✓', warning: '!', failed: '✗', unknown: '?' };
const STYLES: Readonly<Record<Status, Style>> = { ok: 'green', warning: 'yellow', failed: 'red', unknown: 'gray' };
const WORDS: Readonly<Record<Exclude<Status, 'ok'>, (count: number) => string>> = {
  failed: (count) => `${count} failed`,
  warning: (count) => plural(count, 'warning'),
  unknown: (count) => `${count} not known`,
};

/** A line for each rung, and below those that are not well why, and what to do. */
export function renderReport({ target, rungs, status }: DoctorReport, color: boolean): string {
  const paint = createPaint(color);
  const width = Math.max(...rungs.map(({ name }) => name.length));
  const indent = ' '.repeat(width + 6);
  const reached = rungs.filter(({ seen }) => seen !== 'not reached');
  const above = rungs.filter(({ seen }) => seen === 'not reached').map(({ name }) => name);
  const lines = reached.flatMap(({ name, status: found, seen, cause, advice }) => [
    `  ${paint(STYLES[found], MARKS[found])} ${name.padEnd(width)}  ${oneLine(seen)}`,
    ...(cause === undefined ? [] : [`${indent}${oneLine(cause)}`]),
    ...(advice === undefined ? [] : [`${indent}${paint('bold', `→ ${oneLine(advice)}`)}`]),
  ]);
  const rest = above.length === 0 ? [] : [paint('gray', `  ○ not reached: ${above.join(', ')}`)];
  const name = target.name === undefined ? '' : `${target.name}: `;
  return `${[`${name}${target.address}`, '', ...lines, ...rest, '', summary(reached, status, paint)].join('\n')}\n`;
}

function summary(
  rungs: readonly NamedFinding[],
  status: DoctorReport['status'],
  paint: ReturnType<typeof createPaint>,
): string {
  const counts = (['failed', 'warning', 'unknown'] as const).flatMap((each) => {
    const count = rungs.filter((rung) => rung.status === each).length;
    return count === 0 ? [] : [WORDS[each](count)];
  });
  return `${paint(STYLES[status], MARKS[status])} ${counts.length === 0 ? 'All is well' : counts.join(', ')}`;
}
