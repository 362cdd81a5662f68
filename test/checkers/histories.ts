import { describe, expect, test } from 'vitest';
import type {
  CheckedEvent,
  Checker,
  CheckReport,
  CheckVerdict,
  History,
  Selection,
} from '../../src/contracts/checker.js';
import type { HistoryOperation, HistoryPhase, RecordedEvent } from '../../src/contracts/history.js';

/**
 * Histories written by hand. An event without `.at(…)` happens 1 ms after the one before it; messages are `push-<n>`, the
 * queue is `orders`, its dead-letter queue `orders-dlq`; the steps are `push`, `work`, `letters`, `verify`, `publish`,
 * `subscribe`.
 *
 *     judge(totalQueue, { queue: 'orders' }, push(1), push(1).ok().at(3), deliver(1).by('work/2'), complete(1), looked())
 */
export class Written {
  constructor(readonly event: Partial<RecordedEvent> & Pick<RecordedEvent, 'operation' | 'phase' | 'target'>) {}

  with(change: Partial<RecordedEvent>): Written {
    return new Written({ ...this.event, ...change });
  }

  invoke = (): Written => this.with({ phase: 'invoke' });
  ok = (): Written => this.with({ phase: 'ok' });
  fail = (): Written => this.with({ phase: 'fail' });
  info = (): Written => this.with({ phase: 'info' });

  at = (time: number): Written => this.with({ time });
  since = (since: number): Written => this.with({ since });
  notBefore = (notBefore: number): Written => this.with({ notBefore });
  /** The process follows the actor, unless `as` says it. */
  by = (actor: string): Written => this.with({ actor });
  as = (process: number): Written => this.with({ process });
  /** The number of the delivery. */
  nth = (attempt: number): Written => this.with({ attempt });
  of = (target: string): Written => this.with({ target });
  to = (to: string): Written => this.with({ to });
  in = (step: string): Written => this.with({ step });
  key = (key: string): Written => this.with({ key });
  hash = (hash: number): Written => this.with({ hash });
  fault = (fault: string): Written => this.with({ fault });
  /** A message by its whole id; `''` for a delivery whose reply was lost. */
  id = (message: string): Written => this.with({ message });
}

export type Part = Written | readonly Part[];

export const event = (operation: HistoryOperation, phase: HistoryPhase, step: string, target: string, n?: number) =>
  new Written({
    operation,
    phase,
    target,
    message: n === undefined ? '' : `push-${n}`,
    step,
    actor: step === 'work' ? 'work/1' : step,
  });

/** Sent; `.ok()`, `.fail()` or `.info()`: how it ended. */
export const push = (n: number): Written => event('push', 'invoke', 'push', 'orders', n);
/** Sent and acknowledged. */
export const pushed = (...ns: number[]): Part => ns.map((n) => [push(n), push(n).ok()]);

const consumed = (operation: HistoryOperation) => (n: number) => event(operation, 'ok', 'work', 'orders', n);
export const deliver = consumed('deliver');
export const effect = consumed('effect');
export const complete = consumed('complete');
export const handlerFail = consumed('handlerFail');
export const crash = consumed('crash');
export const retry = consumed('retry');
export const discard = consumed('discard');
export const deadLetter = (n: number): Written => consumed('deadLetter')(n).to('orders-dlq');
/** Delivered and completed. */
export const worked = (...ns: number[]): Part => ns.map((n) => [deliver(n), complete(n)]);

/** The target is the queue that gets it back. */
export const redrive = (n: number): Written => event('redrive', 'ok', 'letters', 'orders', n);
export const purge = (n: number): Written => event('purge', 'ok', 'letters', 'orders-dlq', n);

/** A look begins; `.ok()`: it saw all; `.info()`: it did not. */
export const look = (target = 'orders'): Written => event('look', 'invoke', 'verify', target);
export const queued = (n: number): Written => event('queued', 'ok', 'verify', 'orders', n);
export const inFlight = (n: number): Written => event('inFlight', 'ok', 'verify', 'orders', n);
export const dead = (n: number): Written => event('dead', 'ok', 'verify', 'orders-dlq', n);
/** A complete look, and what it found. */
export const looked = (...found: Part[]): Part => [look(), found, look().ok()];
export const lookedAt = (target: string, ...found: Part[]): Part => [look(target), found, look(target).ok()];

export const publish = (n: number): Written => event('push', 'invoke', 'publish', 'news', n);
export const published = (...ns: number[]): Part => ns.map((n) => [publish(n), publish(n).ok()]);
export const subscribe = (actor = 'subscribe/1'): Written => event('subscribe', 'ok', 'subscribe', 'news').by(actor);
export const receive = (n: number): Written => event('deliver', 'ok', 'subscribe', 'news', n).by('subscribe/1');
export const disconnect = (actor = 'subscribe/1'): Written => event('disconnect', 'ok', 'subscribe', 'news').by(actor);
export const caughtUp = (actor = 'subscribe/1'): Written => event('caughtUp', 'ok', 'subscribe', 'news').by(actor);

export function history(...parts: Part[]): History {
  const numbers = new Map<string, number>();
  const processes = new Map<string, number>();
  const numberOf = (map: Map<string, number>, name: string): number => {
    if (!map.has(name)) map.set(name, map.size);
    return map.get(name)!;
  };
  let now = 0;
  const events = flat(parts).map(({ event: { message = '', ...written } }): CheckedEvent => {
    now = written.time ?? now + 1;
    const actor = written.actor ?? '';
    const filled = { attempt: 0, step: '', actor, process: numberOf(processes, actor) + 1, ...written, time: now };
    return { ...filled, message: message === '' ? -1 : numberOf(numbers, message) };
  });
  const names = [...numbers.keys()];
  return { size: events.length, events: () => events, messages: names.length, idOf: (n) => names[n] ?? '' };
}

/** What a checker says of a history. */
export function judge<Options extends Selection>(
  checker: Checker<Options>,
  options: Options,
  ...parts: Part[]
): CheckReport {
  const written = history(...parts);
  const check = checker.start(options, written);
  for (const one of written.events()) check.see(one);
  return check.report();
}

const flat = (parts: readonly Part[]): Written[] =>
  parts.flatMap((part) => (part instanceof Written ? [part] : flat(part)));

/** The counts that are not 0. */
export const nonZero = (counts: CheckReport['counts']): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));

/** A history, what a checker says of it, the counts that are not 0, and all reasons. */
export type Case = readonly [
  name: string,
  events: readonly Part[],
  verdict: CheckVerdict,
  counts: Readonly<Record<string, number>>,
  reasons?: readonly string[],
];

export function describeVerdicts<Options extends Selection>(
  title: string,
  checker: Checker<Options>,
  options: Options,
  cases: readonly Case[],
): void {
  describe(title, () => {
    for (const [name, events, verdict, counts, reasons] of cases) {
      test(name, () => {
        const report = judge(checker, options, ...events);
        expect({ verdict: report.verdict, counts: nonZero(report.counts) }).toEqual({ verdict, counts });
        if (reasons) expect(report.reasons).toEqual(reasons);
      });
    }
  });
}
