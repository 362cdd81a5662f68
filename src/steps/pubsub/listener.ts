import type { Delivery, Subscriber } from '../../contracts/redis.js';
import type { StepContext } from '../../contracts/step.js';
import { decodeMessage } from '../queue/envelope.js';
import { identityOf } from './identity.js';

export type Reads = 'normal' | 'paused' | { readonly rate: number };

export interface Subscription {
  readonly kind: 'channels' | 'patterns' | 'shardChannels';
  readonly names: readonly string[];
}

/** One subscriber and what it has received. */
export class Listener implements AsyncDisposable {
  received = 0;
  disconnects = 0;
  /** Messages missing between received ones. */
  gaps = 0;
  /** The last sequence number by subscription, channel and publisher. */
  readonly #sequences = new Map<string, number>();
  readonly #process: number;
  readonly #stopped = new AbortController();
  /** Read from the socket, but not due yet. */
  readonly #waiting: Delivery[] = [];
  #nextMs = 0;

  private constructor(
    private readonly actor: string,
    private readonly subscriber: Subscriber,
    private readonly context: StepContext,
  ) {
    this.#process = context.history.newProcess();
    subscriber.onDisconnect(() => this.disconnects++);
  }

  /** Ready once the server has confirmed every subscription. */
  static async open(
    actor: string,
    { kind, names }: Subscription,
    reads: Reads,
    context: StepContext,
  ): Promise<Listener> {
    const subscriber = await context.connections.subscriber(`${context.stepName}:${actor}`);
    const listener = new Listener(actor, subscriber, context);
    subscriber.onDelivery((delivery) => {
      if (typeof reads === 'string') listener.#receive(delivery);
      else if (listener.#waiting.push(delivery) === 1) void listener.#readSlowly(1_000 / reads.rate);
    });
    await subscriber.subscribe(
      kind,
      names.map((name) => context.namespace.channel(name)),
    );
    if (reads === 'paused') subscriber.pause();
    return listener;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.subscriber[Symbol.asyncDispose]();
  }

  /** What one read of the socket brought is taken at the rate; meanwhile the rest stays with the server. */
  async #readSlowly(intervalMs: number): Promise<void> {
    const { clock } = this.context;
    this.subscriber.pause();
    this.#nextMs = Math.max(this.#nextMs, clock.now());
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const early = this.#nextMs - clock.now();
      if (early > 0) await clock.sleep(early, this.#stopped.signal).catch(() => {});
      if (this.#stopped.signal.aborted) return;
      this.#waiting.shift();
      this.#receive(next);
      this.#nextMs += intervalMs;
    }
    this.subscriber.resume();
  }

  #receive({ channel, pattern, payload }: Delivery): void {
    const { envelope, body } = decodeMessage(payload);
    this.received++;
    if (envelope) this.#countGap(`${pattern ?? ''}\n${channel}\n${publisherOf(envelope.id)}`, envelope.sequence);
    this.context.history.record({
      phase: 'ok',
      operation: 'deliver',
      target: this.context.namespace.reply(channel),
      message: envelope?.id ?? identityOf(body),
      time: this.context.clock.now(),
      process: this.#process,
      attempt: 0,
      actor: this.actor,
    });
  }

  #countGap(source: string, sequence: number): void {
    const last = this.#sequences.get(source);
    if (last !== undefined && sequence > last + 1) this.gaps += sequence - last - 1;
    this.#sequences.set(source, Math.max(sequence, last ?? 0));
  }
}

/** An id is `<producer>-<sequence>`. */
const publisherOf = (id: string): string => id.slice(0, id.lastIndexOf('-'));
