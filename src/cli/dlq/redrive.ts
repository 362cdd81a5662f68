import { systemClock } from '../../engine/clock.js';
import { Interrupted } from '../../errors.js';
import { formatCount } from '../../format/text.js';
import { Redrive } from '../../steps/dlq/redriving.js';
import { EXIT } from '../print.js';
import { createFilter } from './filter.js';
import { countFlag, type FilterFlags, type QueueFlags, quantityFlag, shellWord } from './flags.js';
import { jsonLine } from './record.js';
import { type Outcome, renderOutcome, renderPlan, whyStopped } from './redrive-report.js';
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
    // What fails again from now on stays out of this run, and of those that resume it.
    const bounded = { ...flags, failedBefore: flags.failedBefore ?? new Date(startedAt).toISOString() };
    const request = await readRequest(bounded, startedAt);
    const queue = await openDeadQueue(name, flags.backend, server);
    if (!queue) {
      process.stdout.write(flags.json ? jsonLine({ queue: name, moved: 0, remaining: 0 }) : nothingThere(name, server));
      return EXIT.passed;
    }
    const work = new Redrive(queue, request, { clock: systemClock, signal: server.signal });
    await work.survey();
    if (flags.dryRun) {
      process.stdout.write(renderPlan(work, queue, server.address, flags.json ?? false));
      return EXIT.passed;
    }
    const resume = () => resumeCommand(name, bounded, work.moved, server);
    const interrupted = await runToEnd(work, resume);
    const outcome: Outcome = {
      moved: work.moved,
      planned: work.planned,
      remaining: await queue.length(),
      failedAgain: work.failedAgain,
      stopped: work.stopped,
      interrupted: interrupted !== undefined,
      resume: work.moved + work.homeless < work.chosen ? resume() : null,
    };
    if (flags.json) process.stdout.write(jsonLine({ queue: name, ...outcome }));
    else process.stdout.write(renderOutcome(outcome, work, queue, server.address));
    if (work.stopped) process.stderr.write(`redrill: ${whyStopped(work, flags.stopAbove)}\n`);
    return interrupted?.exitCode ?? (work.stopped ? EXIT.failed : EXIT.passed);
  });

const readRequest = async (flags: RedriveFlags, now: number) => ({
  chosen: await createFilter(flags, now),
  to: flags.to,
  max: flags.max === undefined ? Number.POSITIVE_INFINITY : countFlag('max', flags.max, 1),
  rate: quantityFlag('rate', 'rate', flags.rate),
  stopAbove: quantityFlag('stop-above', 'share', flags.stopAbove),
  settleMs: quantityFlag('settle', 'duration', flags.settle),
});

/** Gives what interrupted it. Another error is raised, once it is said how far it came. */
async function runToEnd(work: Redrive, resume: () => string): Promise<Interrupted | undefined> {
  const progress = setInterval(() => {
    if (process.stderr.isTTY)
      process.stderr.write(`moved ${formatCount(work.moved)} of ${formatCount(work.planned)}\n`);
  }, PROGRESS_MS);
  try {
    await work.run();
    return undefined;
  } catch (error) {
    if (error instanceof Interrupted) return error;
    const moved = `moved ${formatCount(work.moved)} of ${formatCount(work.planned)}`;
    if (work.moved > 0) process.stderr.write(`${moved}; to resume:\n  ${resume()}\n`);
    throw error;
  } finally {
    clearInterval(progress);
  }
}

const PROGRESS_MS = 10_000;

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
