import { formatQuantity } from '../../format/quantity.js';
import { formatCount, oneLine, plural } from '../../format/text.js';
import type { DeadQueue } from '../../steps/dlq/layouts/layout.js';
import type { Redrive } from '../../steps/dlq/redriving.js';
import { jsonLine } from './record.js';

export interface Outcome {
  readonly moved: number;
  readonly planned: number;
  readonly remaining: number;
  readonly failedAgain: number | null;
  readonly stopped: boolean;
  readonly interrupted: boolean;
  /** The command that goes on; null when there is nothing to go on with. */
  readonly resume: string | null;
}

export function renderOutcome(outcome: Outcome, work: Redrive, { key, layout }: DeadQueue, address: string): string {
  const { moved, planned, remaining, failedAgain, interrupted, resume } = outcome;
  const letters = plural(planned, 'dead letter');
  const again = failedAgain ? `, ${formatCount(failedAgain)} of them moved and dead again` : '';
  const lines = [
    `${interrupted ? 'interrupted: ' : ''}moved ${formatCount(moved)} of ${letters} from ${key} (${layout}) at ${address}`,
    `${formatCount(remaining)} left in ${key}${again}`,
    ...homeless(work),
    ...(resume === null ? [] : ['to resume:', `  ${resume}`]),
  ];
  return `${lines.join('\n')}\n`;
}

export function renderPlan(work: Redrive, { key, layout }: DeadQueue, address: string, json: boolean): string {
  const { planned, depth } = work;
  if (json) {
    const to = Object.fromEntries(work.destinations);
    return jsonLine({ queue: key, dryRun: true, planned, depth, homeless: work.homeless, to });
  }
  const lines = [
    `would move ${formatCount(planned)} of ${plural(depth, 'dead letter')} in ${key} (${layout}) at ${address}`,
    ...[...work.destinations].map(([queue, letters]) => `  ${formatCount(letters)} to ${oneLine(queue)}`),
    ...homeless(work),
  ];
  return `${lines.join('\n')}\n`;
}

export function whyStopped({ failedAgain, moved }: Redrive, allowed = ''): string {
  const share = formatQuantity('share', (failedAgain ?? 0) / moved);
  const counts = `${formatCount(failedAgain ?? 0)} of ${formatCount(moved)}`;
  return (
    `stopped: ${counts} moved letters failed again (${share}), more than ${allowed}\n` +
    '  see why with `redrill dlq stats` before you go on'
  );
}

const homeless = ({ homeless: count }: Redrive): readonly string[] =>
  count === 0
    ? []
    : [`${formatCount(count)} cannot go back: nothing tells which queue gave them up (name one with --to QUEUE)`];
