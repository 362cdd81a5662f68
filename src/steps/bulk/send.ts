import type { StepContext } from '../../contracts/step.js';
import { onAbort } from '../../redis/listeners.js';
import { addressOf } from '../../redis/url.js';
import type { Mix } from '../../wire/command/mix.js';
import type { CommandTemplate } from '../../wire/command/template.js';
import type { Journal, RunPlan } from '../../wire/plan.js';
import { Wire } from '../../wire/wire.js';
import { declaredTime } from '../pace.js';
import { raiseFailure } from '../wire-failure.js';

/** From so many messages on the wire is worth its connections; it is several times as fast as other ones. */
const MANY = 1_000;
/** Messages of a producer in flight: so many that the server is never idle, while a crash leaves few unknown. */
const IN_FLIGHT = 256;
/** With a rate: a stall must not hold up what is due. */
const IN_FLIGHT_AT_RATE = 16_384;
/** Of the time that a rate gives them all messages may take twice as much, and a second; the rest is not sent. */
const LATEST_SHARE = 2;
const LATEST_MS = 1_000;
/** As any other command waits for its connection, and for its reply. */
export const WAIT_MS = 10_000;

const LONGEST_DRAIN_MS = 2 ** 31 - 1;

export interface Amount {
  /** Messages of all producers; infinite where only time ends them. */
  readonly total: number;
  readonly rate?: number | undefined;
  readonly forMs?: number | undefined;
}

export const isBulk = ({ total, rate = Infinity, forMs = Infinity }: Amount): boolean =>
  Math.min(total, (rate * forMs) / 1_000) >= MANY;

export interface Bulk extends Amount {
  readonly producers: number;
  /** What is sent, by the message's number. */
  readonly mix: Mix;
  readonly journal: Journal;
  /** What a connection that breaks means. */
  readonly onDisconnect?: RunPlan['onDisconnect'];
  /** How long a reply may take; undefined: as long as the step. */
  readonly replyTimeoutMs: number | undefined;
}

/** To each producer its own command. */
export const oneForEach = (templates: readonly CommandTemplate[]): Mix => ({
  templates,
  pick: (index) => index % templates.length,
});

/**
 * Sends the messages of several producers, each over a connection of its own. Message `index` is always that of producer
 * `index` modulo their number. Resolves when each has an outcome.
 */
export async function sendBulk(bulk: Bulk, context: StepContext): Promise<void> {
  const { producers, mix, journal, total, rate, forMs, onDisconnect, replyTimeoutMs } = bulk;
  const { signal, clock } = context;
  const address = addressOf(context.target);
  using wire = await Wire.open(address, {
    name: `redrill:${context.caseId}:${context.stepName}`,
    clients: producers,
    pipeline: rate === undefined ? IN_FLIGHT : IN_FLIGHT_AT_RATE,
    signal,
    now: () => clock.now(),
  });
  const run = wire.run({
    mix,
    count: total,
    forMs,
    producers: { rate, journal },
    latestMs: LATEST_SHARE * declaredTime(total, { rate, forMs }) + LATEST_MS,
    drainMs: replyTimeoutMs ?? LONGEST_DRAIN_MS,
    replyTimeoutMs,
    patienceMs: WAIT_MS,
    onDisconnect,
  });
  const release = onAbort(signal, () => run.stop());
  try {
    if (signal.aborted) run.stop();
    await run.finished;
  } finally {
    release();
  }
  if (signal.aborted) throw signal.reason;
  raiseFailure(run, address);
}
