import { type CheckedEvent, defineChecker, type MessageNames, type Selection } from '../contracts/checker.js';
import { formatDuration } from '../format/quantity.js';
import { plural } from '../format/text.js';
import { Histogram } from '../history/histogram.js';
import { type Failure, Failures, Wrong } from './failures.js';
import { FreeTime } from './free-time.js';
import { ENDS_HANDLING } from './handling.js';
import { selectorOf } from './selection.js';

export interface RetryPolicyOptions extends Selection {
  /** The step whose workers are judged. */
  readonly step: string;
  readonly workers: number;
  /** Handler runs that may fail, the first included. */
  readonly attempts: number;
  readonly maxDeliveries: number;
  /** Milliseconds that the first, second, … retry waits, before jitter; retries beyond these are not checked. */
  readonly delays: readonly number[];
  /** Shares of a delay: by how much the policy changes it, and by how much more it may be missed. */
  readonly jitter: number;
  readonly tolerance: number;
}

/** Idle workers look every 10 to 100 ms, and a busy machine wakes them a little later. */
const WAKE_UP_MS = 500;

export const retryPolicy = defineChecker<RetryPolicyOptions>({
  name: 'retry-policy',
  summary: 'Compares the times and the number of retries with what a step declared.',
  definition: `The *gap* of a retry is the time from the n-th failure of a message in the step (\`handlerFail\`) to its next
delivery, where the message was put back (\`retry\`) in between. What was delivered again because a lease had ended or a
worker had died is no retry. The policy's n-th delay is d; jitter j and tolerance t are shares of it.

- \`early\`: the gap is below d · (1 − j) · (1 − t).
- \`late\`: the gap is above d · (1 + j) · (1 + t), and after that time a worker of the step was free for more than
  ${WAKE_UP_MS} ms before the delivery: idle workers look every 10 to 100 ms. While all workers are busy a retry waits for one of
  them; it is then not the policy that is late, and \`details.gaps\` shows by how much. Retries that another run of the step
  received are not judged as late.
- \`attemptsWrong\`: messages that failed more often than \`attempts\`, or were given up after fewer failures although they
  had been delivered fewer than \`maxDeliveries\` times.

\`checked\` counts the gaps. \`details.gaps\` has for each n the expected delay d and the least, the median and the longest
gap. A message whose outcome is unknown (a reply that was lost) is left out from then on. Redriven messages begin anew.

failed: \`early\`, \`late\` or \`attemptsWrong\` is above 0. unknown: \`checked\` is 0.`,
  start(options, names) {
    const roleOf = selectorOf(options, names);
    const gaps = new Gaps(options, names);
    const failures = new Failures(options, names, gaps.judge);
    return {
      see(event) {
        if (roleOf(event) !== 'consume' || event.message < 0) return;
        gaps.follow(event);
        failures.see(event);
      },
      report() {
        const { checked, early, late } = gaps;
        const { attemptsWrong } = failures;
        const reasons = [
          ...early.reason('retry came too early', 'retries came too early'),
          ...late.reason('retry came too late', 'retries came too late'),
          ...attemptsWrong.reason(
            `message did not have ${plural(options.attempts, 'attempt')}`,
            `messages did not have ${plural(options.attempts, 'attempt')}`,
          ),
        ];
        const failed = reasons.length > 0;
        return {
          verdict: failed ? 'failed' : checked === 0 ? 'unknown' : 'passed',
          reasons: failed || checked > 0 ? reasons : ['no message was retried'],
          counts: { checked, early: early.count, late: late.count, attemptsWrong: attemptsWrong.count },
          examples: { early: early.ids, late: late.ids, attemptsWrong: attemptsWrong.ids },
          details: { gaps: gaps.summary() },
        };
      },
    };
  },
});

/** Judges gaps between failures and the deliveries after them. */
class Gaps {
  checked = 0;
  readonly early: Wrong;
  readonly late: Wrong;
  readonly #free: FreeTime;
  #run: string | undefined;
  /** By the number of the failure, less one. */
  readonly #measured: ({ least: number; count: number; readonly times: Histogram } | undefined)[] = [];

  constructor(
    private readonly options: RetryPolicyOptions,
    private readonly names: MessageNames,
  ) {
    this.early = new Wrong(names);
    this.late = new Wrong(names);
    this.#free = new FreeTime(options.workers);
  }

  /** When workers were free. */
  follow({ step, actor, operation, phase, time }: CheckedEvent): void {
    if (step !== this.options.step) return;
    if (operation === 'deliver' && phase === 'ok') {
      if (runOf(actor) !== this.#run) this.#free.replaceAll(time);
      this.#run = runOf(actor);
      this.#free.take(actor, time);
    } else if (ENDS_HANDLING.has(operation)) this.#free.release(actor, time);
  }

  readonly judge = (message: number, failure: Failure, delivery: CheckedEvent): void => {
    const { delays, jitter, tolerance, step } = this.options;
    const expected = delays[failure.nth - 1];
    if (expected === undefined) return;
    const gap = delivery.time - failure.at;
    const least = expected * (1 - jitter) * (1 - tolerance);
    const most = expected * (1 + jitter) * (1 + tolerance);
    this.#measure(failure.nth, gap);
    const after = `${this.names.idOf(message)} after ${formatDuration(gap)} instead of`;
    if (gap < least) {
      this.early.found(message, `${after} at least ${formatDuration(least)}, at failure ${failure.nth}`);
      return;
    }
    const sameRun = delivery.step === step && runOf(delivery.actor) === runOf(failure.actor);
    if (gap <= most || !sameRun || this.#free.between(failure.at + most, delivery.time) <= WAKE_UP_MS) return;
    this.late.found(message, `${after} at most ${formatDuration(most)}, at failure ${failure.nth}`);
  };

  summary() {
    return [...this.#measured.entries()].flatMap(([at, measured]) => {
      const times = measured?.times.summary();
      if (!measured || !times) return [];
      const { least: min, count } = measured;
      return [{ failure: at + 1, expected: this.options.delays[at], min, p50: times.p50, max: times.max, count }];
    });
  }

  #measure(nth: number, gap: number): void {
    this.checked++;
    const measured = this.#measured[nth - 1] ?? { least: gap, count: 0, times: new Histogram() };
    this.#measured[nth - 1] = measured;
    measured.least = Math.min(measured.least, gap);
    measured.count++;
    measured.times.record(gap);
  }
}

/** `work`, and when the step runs again `work#2`: the name of a worker without its number. */
const runOf = (worker: string): string => worker.slice(0, Math.max(0, worker.lastIndexOf('/')));
