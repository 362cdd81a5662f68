import { systemClock } from '../../engine/clock.js';
import { Interrupted } from '../../errors.js';
import { formatQuantity } from '../../format/quantity.js';
import { formatCount, plural } from '../../format/text.js';
import type { DeadQueue } from '../../steps/dlq/layouts/layout.js';
import { Redrive } from '../../steps/dlq/redriving.js';
import { EXIT } from '../print.js';
import { createFilter } from './filter.js';
import { countFlag, type FilterFlags, type QueueFlags, quantityFlag, shellWord } from './flags.js';
import { jsonLine } from './record.js';
import { nothingThere, onServer, openDeadQueue, type Server, serverTime } from './server.js';

interface RedriveFlags extends QueueFlags, FilterFlags {
  readonly to?: string;
  readonly rate?: string;
  readonly max?: string;
  readonly stopAbove?: string;
  readonly settle: string;
  readonly dryRun?: boolean;
}

export const redrive = (name: string, flags: RedriveFlags): Promise<number> =>
  onServer(flags, async (server) => {
    const startedAt = await serverTime(server);
    const failedBefore = flags.failedBefore ?? new Date(startedAt).toISOString();
    const request = {
      chosen: await createFilter({ ...flags, failedBefore }, startedAt),
      to: flags.to,
      max: flags.max === undefined ? Number.POSITIVE_INFINITY : countFlag('max', flags.max, 1),
      rate: quantityFlag('rate', 'rate', flags.rate),
      stopAbove: quantityFlag('stop-above', 'share', flags.stopAbove),
      settleMs: quantityFlag('settle', 'duration', flags.settle),
    };
    const queue = await openDeadQueue(name, flags.backend, server);
    if (!queue) {
      process.stdout.write(flags.json ? jsonLine({ queue: name, moved: 0, remaining: 0 }) : nothingThere(name, server));
      return EXIT.passed;
    }
    const work = new Redrive(queue, request, { clock: systemClock, signal: server.signal });
    await work.survey();
    if (flags.dryRun) return printPlan(work, queue, flags, server);
    const resume = () => resumeCommand(name, { ...flags, failedBefore }, work.moved, server);
    let interrupted: Interrupted | undefined;
    try {
      await work.run();
    } catch (error) {
      if (!(error instanceof Interrupted)) {
        process.stderr.write(
          `moved ${formatCount(work.moved)} of ${formatCount(work.planned)}; to resume:\n  ${resume()}\n`,
        );
        throw error;
      }
      interrupted = error;
    }
    const outcome = {
      queue: name,
      moved: work.moved,
      planned: work.planned,
      remaining: await queue.length(),
      failedAgain: work.failedAgain,
      stopped: work.stopped,
      interrupted: interrupted !== undefined,
    };
    const isDone = work.moved >= work.chosen - work.homeless;
    if (flags.json) process.stdout.write(jsonLine({ ...outcome, resume: isDone ? null : resume() }));
    else
      process.stdout.write(
        `${report(work, outcome, queue, server.address)}${isDone ? '' : `to resume:\n  ${resume()}\n`}`,
      );
    if (work.stopped) process.stderr.write(`redrill: ${whyStopped(work, flags.stopAbove)}\n`);
    return interrupted?.exitCode ?? (work.stopped ? EXIT.failed : EXIT.passed);
  });

interface Outcome {
  readonly remaining: number;
  readonly interrupted: boolean;
}

function report(
  work: Redrive,
  { remaining, interrupted }: Outcome,
  { key, layout }: DeadQueue,
  address: string,
): string {
  const lines = [
    `${interrupted ? 'interrupted: ' : ''}moved ${formatCount(work.moved)} of ${plural(work.planned, 'dead letter')} from ${key} (${layout}) at ${address}`,
    `${formatCount(remaining)} left in ${key}${work.failedAgain ? `, ${formatCount(work.failedAgain)} of them moved and dead again` : ''}`,
  ];
  if (work.homeless > 0) lines.push(homeless(work));
  return `${lines.join('\n')}\n`;
}

const homeless = (work: Redrive): string =>
  `${formatCount(work.homeless)} stay: nothing tells which queue gave them up (name one with --to QUEUE)`;

function whyStopped({ failedAgain, moved }: Redrive, allowed = ''): string {
  const share = formatQuantity('share', (failedAgain ?? 0) / moved);
  return `stopped: ${formatCount(failedAgain ?? 0)} of ${formatCount(moved)} moved letters failed again (${share}), more than ${allowed}\n  see why with \`redrill dlq stats\` before you go on`;
}

function printPlan(work: Redrive, { key, layout }: DeadQueue, { json }: RedriveFlags, { address }: Server): number {
  const { planned, depth } = work;
  if (json) {
    const to = Object.fromEntries(work.destinations);
    process.stdout.write(jsonLine({ queue: key, dryRun: true, planned, depth, homeless: work.homeless, to }));
    return EXIT.passed;
  }
  process.stdout.write(
    `would move ${formatCount(planned)} of ${plural(depth, 'dead letter')} in ${key} (${layout}) at ${address}\n`,
  );
  for (const [queue, letters] of work.destinations) process.stdout.write(`  ${formatCount(letters)} to ${queue}\n`);
  if (work.homeless > 0) process.stdout.write(`${homeless(work)}\n`);
  return EXIT.passed;
}

/** The command that goes on where this one ended: what failed again since the first one began stays out of it. */
function resumeCommand(name: string, flags: RedriveFlags, moved: number, { redact }: Server): string {
  const words = ['redrill', 'dlq', 'redrive', name];
  const add = (option: string, value: string | undefined) => {
    if (value !== undefined) words.push(`--${option}`, value);
  };
  add('url', flags.url && redact(flags.url));
  add('target', flags.target);
  add('backend', flags.backend === 'auto' ? undefined : flags.backend);
  add('reason', flags.reason);
  add('class', flags.class);
  add('older-than', flags.olderThan);
  add('newer-than', flags.newerThan);
  add('where', flags.where);
  add('to', flags.to);
  add('rate', flags.rate);
  // What was asked for in all, or once more as much when that was moved.
  add('max', flags.max && String(Number(flags.max) - moved || flags.max));
  add('stop-above', flags.stopAbove);
  add('settle', flags.stopAbove && flags.settle);
  add('failed-before', flags.failedBefore);
  return words.map(shellWord).join(' ');
}
