import { crc32 } from 'node:zlib';
import type { HistoryEvent, HistoryPhase } from '../../contracts/history.js';
import type { Connection } from '../../contracts/redis.js';
import type { StepContext } from '../../contracts/step.js';
import { OutcomeUnknown, ReplyError } from '../../errors.js';
import { encodeMessage } from '../queue/envelope.js';
import { Identities } from '../queue/identities.js';
import { registryOf } from '../queue/registry.js';

export interface Destination {
  readonly command: 'PUBLISH' | 'SPUBLISH';
  /** As the scenario names it. */
  readonly channel: string;
  readonly envelope: 'redrill' | 'none';
}

/** Longer bodies are not kept. */
const KEPT_BODY = 1_024;

/** One publisher, with a connection of its own. */
export class Publisher implements AsyncDisposable {
  #sequence = 0;
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
    const connection = await context.connections.dedicated(`${context.stepName}:${actor}`);
    return new Publisher(actor, connection, destination, context);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
  }

  /** Gives the number of receivers. Raises a ReplyError (not published) or an OutcomeUnknown. */
  async publish(body: string): Promise<number> {
    const { payload, id } = this.#wrap(body);
    this.#record('invoke', id, {
      hash: crc32(body),
      ...(body.length <= KEPT_BODY && { body }),
      ...(this.destination.envelope === 'none' && { namedBy: 'content' }),
    });
    try {
      const command = [this.destination.command, this.#name, payload];
      const receivers = await this.connection.call(command, { signal: this.context.signal });
      this.#record('ok', id);
      return Number(receivers);
    } catch (error) {
      const refused = error instanceof ReplyError || (error instanceof OutcomeUnknown && !error.sent);
      this.#record(refused ? 'fail' : 'info', id);
      if (!refused) this.#process = this.context.history.newProcess();
      throw error;
    }
  }

  #wrap(body: string) {
    const { command, channel, envelope: form } = this.destination;
    if (form === 'none') {
      const identities = this.context.caseState(`${command} ${channel}`, () => new Identities());
      return { payload: body, id: identities.nameOf(body) };
    }
    const sequence = this.#sequence++;
    const id = `${this.#producer}-${sequence}`;
    const now = registryOf(this.context).wallTime();
    const envelope = { id, sequence, key: null, enqueuedAt: now, deliverAt: now, redriveCount: 0 };
    return { payload: encodeMessage(envelope, body), id };
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
