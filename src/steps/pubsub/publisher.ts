import type { HistoryEvent, HistoryPhase } from '../../contracts/history.js';
import type { Connection, Reply } from '../../contracts/redis.js';
import type { StepContext } from '../../contracts/step.js';
import { OutcomeUnknown, ReplyError } from '../../errors.js';
import { crcOfText } from '../../history/crc.js';
import { encodeMessage } from '../queue/envelope.js';
import { Identities } from '../queue/identities.js';
import type { Payload } from '../queue/payload.js';
import { registryOf } from '../queue/registry.js';
import { findError } from '../replies.js';

export interface Destination {
  readonly command: 'PUBLISH' | 'SPUBLISH';
  /** As the scenario names it. */
  readonly channel: string;
  readonly envelope: 'redrill' | 'none';
}

/** What became of a message: the number of its receivers, a refusal, or that nobody knows. */
export type Published = number | ReplyError | OutcomeUnknown;

interface Message {
  readonly id: string;
  readonly body: string;
  readonly payload: Payload;
}

/** Longer bodies are not kept. */
const KEPT_BODY = 1_024;
/** Of what was given up waiting for. */
const UNKNOWN = new OutcomeUnknown('CONNECTION', 'nobody waited for the reply', true);
const MOST_AT_ONCE = 64;
const TAKEN_FOR_ONE_MORE = 8;

/** One publisher, with a connection of its own. */
export class Publisher implements AsyncDisposable {
  #sequence = 0;
  /** Messages that the server took since it last failed to. */
  #taken = 0;
  #process: number;
  readonly #producer: string;
  readonly #name: string;

  private constructor(
    private readonly actor: string,
    private readonly connection: Connection,
    private readonly destination: Destination,
    private readonly context: StepContext,
  ) {
    this.#process = context.history.newProcess();
    this.#producer = registryOf(context).uniqueName(`${context.stepName}/${actor}`);
    this.#name = context.namespace.channel(destination.channel);
  }

  static async open(actor: string, destination: Destination, context: StepContext): Promise<Publisher> {
    const connection = await context.connections.busy(`${context.stepName}:${actor}`);
    return new Publisher(actor, connection, destination, context);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
  }

  /** How many messages may go at once: more and more as they are taken, so that a few go one by one. */
  get window(): number {
    return Math.min(MOST_AT_ONCE, 1 + Math.floor(this.#taken / TAKEN_FOR_ONE_MORE));
  }

  /** Sends them at once, and gives what became of each. Raises what is neither a refusal nor an unknown outcome. */
  async publish(bodies: readonly string[]): Promise<readonly Published[]> {
    const messages = bodies.map((body) => this.#wrap(body));
    for (const message of messages) this.#recordSending(message);
    try {
      const replies = await this.#send(messages.map(({ payload }) => [this.destination.command, this.#name, payload]));
      return this.#settle(messages, (index) => receiversIn(replies[index]));
    } catch (error) {
      const isOutcome = error instanceof ReplyError || error instanceof OutcomeUnknown;
      const outcomes = this.#settle(messages, () => (isOutcome ? error : UNKNOWN));
      if (!isOutcome) throw error;
      return outcomes;
    }
  }

  async #send(commands: readonly (readonly Payload[])[]): Promise<readonly Reply[]> {
    const options = { signal: this.context.signal };
    const [only = [], ...more] = commands;
    if (more.length > 0) return await this.connection.pipeline(commands, options);
    return [await this.connection.call(only, options)];
  }

  #settle(messages: readonly Message[], outcomeOf: (index: number) => Published): readonly Published[] {
    const outcomes = messages.map(({ id }, index) => {
      const outcome = outcomeOf(index);
      this.#record(phaseOf(outcome), id);
      this.#taken = typeof outcome === 'number' ? this.#taken + 1 : 0;
      return outcome;
    });
    if (outcomes.some((outcome) => phaseOf(outcome) === 'info')) this.#process = this.context.history.newProcess();
    return outcomes;
  }

  #wrap(body: string): Message {
    const { command, channel, envelope: form } = this.destination;
    if (form === 'none') {
      const identities = this.context.caseState(`${command} ${channel}`, () => new Identities());
      return { id: identities.nameOf(body), body, payload: body };
    }
    const sequence = this.#sequence++;
    const id = `${this.#producer}-${sequence}`;
    const now = registryOf(this.context).wallTime();
    const envelope = { id, sequence, key: null, enqueuedAt: now, deliverAt: now, redriveCount: 0 };
    return { id, body, payload: encodeMessage(envelope, body) };
  }

  #recordSending({ id, body }: Message): void {
    this.#record('invoke', id, {
      hash: crcOfText(body),
      ...(body.length <= KEPT_BODY && { body }),
      ...(this.destination.envelope === 'none' && { namedBy: 'content' }),
    });
  }

  #record(phase: HistoryPhase, message: string, more?: Partial<HistoryEvent>): void {
    this.context.history.record({
      phase,
      operation: 'push',
      target: this.destination.channel,
      message,
      time: this.context.clock.now(),
      process: this.#process,
      attempt: 0,
      actor: this.actor,
      connection: this.connection.id,
      ...(this.destination.command === 'SPUBLISH' && { shard: true }),
      ...more,
    });
  }
}

function receiversIn(reply: Reply | undefined): Published {
  const error = findError(reply);
  return error ? new ReplyError(error.code, error.message) : Number(reply);
}

function phaseOf(outcome: Published): 'ok' | 'fail' | 'info' {
  if (typeof outcome === 'number') return 'ok';
  return outcome instanceof OutcomeUnknown && outcome.sent ? 'info' : 'fail';
}
