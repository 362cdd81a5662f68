import type { HistoryEvent } from '../../contracts/history.js';
import type { Envelope } from '../../contracts/message.js';
import type { Delivery, Subscriber } from '../../contracts/redis.js';
import type { StepContext } from '../../contracts/step.js';
import { decodeMessage } from '../queue/envelope.js';
import { Identities } from '../queue/identities.js';

export type Reads = 'normal' | 'paused' | { readonly rate: number };

export interface Subscription {
  readonly kind: 'channels' | 'patterns' | 'shardChannels';
  readonly names: readonly string[];
}

/** What came from one channel by one subscription. */
interface Source {
  /** The last sequence number of each publisher. */
  readonly sequences: Map<string, number>;
  /** Names messages without an envelope, by their content. */
  readonly identities: Identities;
}

/** One subscriber and what it has received. */
export class Listener implements AsyncDisposable {
  received = 0;
  disconnects = 0;
  /** Messages missing between received ones. */
  gaps = 0;
  readonly #sources = new Map<string, Source>();
  readonly #process: number;
  /** Read from the socket, but not due yet. */
  readonly #waiting: Delivery[] = [];
  #reading: Promise<void> | undefined;
  #nextMs = 0;
  /** Aborted while it reads as fast as it can, whatever its `reads` says. */
  #unhurried = new AbortController();
  #catchingUp: Promise<void> = Promise.resolve();

  private constructor(
    private readonly actor: string,
    private readonly subscription: Subscription,
    private readonly reads: Reads,
    private readonly subscriber: Subscriber,
    private readonly context: StepContext,
  ) {
    this.#process = context.history.newProcess();
    subscriber.onDelivery((delivery) => this.#take(delivery));
    subscriber.onDisconnect(() => {
      this.disconnects++;
      this.#record({ operation: 'disconnect' });
    });
    subscriber.onReconnect(() => this.#recordSubscriptions());
  }

  /** Ready once the server has confirmed every subscription. */
  static async open(actor: string, subscription: Subscription, reads: Reads, context: StepContext): Promise<Listener> {
    const { kind, names } = subscription;
    const subscriber = await context.connections.subscriber(`${context.stepName}:${actor}`);
    const listener = new Listener(actor, subscription, reads, subscriber, context);
    await subscriber.subscribe(
      kind,
      names.map((name) => context.namespace.channel(name)),
    );
    listener.#recordSubscriptions();
    if (reads === 'paused') subscriber.pause();
    return listener;
  }

  /** Reads all that the server has for it, a paused or slow subscriber too, and records whether that is certain. */
  catchUp(): Promise<void> {
    this.#catchingUp = this.#catchingUp.then(() => this.#catchUp());
    return this.#catchingUp;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.catchUp();
    await this.subscriber[Symbol.asyncDispose]();
  }

  async #catchUp(): Promise<void> {
    const since = this.context.clock.now();
    this.#unhurried.abort();
    await this.#reading;
    if (this.reads === 'paused') this.subscriber.resume();
    const certain = await this.subscriber.catchUp();
    this.#record({ phase: certain ? 'ok' : 'info', operation: 'caughtUp', since });
    if (this.reads === 'paused') this.subscriber.pause();
    this.#unhurried = new AbortController();
  }

  #take(delivery: Delivery): void {
    if (typeof this.reads === 'string') this.#receive(delivery);
    else if (this.#waiting.push(delivery) === 1) this.#reading = this.#readSlowly(1_000 / this.reads.rate);
  }

  /** What one read of the socket brought is taken at the rate; meanwhile the rest stays with the server. */
  async #readSlowly(intervalMs: number): Promise<void> {
    const { clock } = this.context;
    this.subscriber.pause();
    this.#nextMs = Math.max(this.#nextMs, clock.now());
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const early = this.#nextMs - clock.now();
      const { signal } = this.#unhurried;
      if (early > 0 && !signal.aborted) await clock.sleep(early, signal).catch(() => {});
      this.#receive(next);
      this.#waiting.shift(); // not before, so that what comes meanwhile starts no second reading
      this.#nextMs += intervalMs;
    }
    this.subscriber.resume();
  }

  #receive({ channel, pattern, payload }: Delivery): void {
    const { envelope, body } = decodeMessage(payload);
    const source = this.#source(`${pattern ?? ''}\n${channel}`);
    this.received++;
    if (envelope) this.#countGap(source.sequences, envelope);
    this.#record({
      operation: 'deliver',
      target: this.context.namespace.reply(channel),
      ...(pattern !== null && { to: this.context.namespace.reply(pattern) }),
      message: envelope?.id ?? source.identities.nameOf(body),
    });
  }

  #recordSubscriptions(): void {
    const { kind, names } = this.subscription;
    for (const target of new Set(names)) {
      this.#record({ operation: 'subscribe', target, ...(kind === 'patterns' && { pattern: true }) });
    }
  }

  #record(event: Pick<HistoryEvent, 'operation'> & Partial<HistoryEvent>): void {
    this.context.history.record({
      phase: 'ok',
      target: '',
      message: '',
      time: this.context.clock.now(),
      process: this.#process,
      attempt: 0,
      actor: this.actor,
      connection: this.subscriber.id,
      ...(this.subscription.kind === 'shardChannels' && { shard: true }),
      ...event,
    });
  }

  #source(name: string): Source {
    let source = this.#sources.get(name);
    if (!source) {
      source = { sequences: new Map(), identities: new Identities() };
      this.#sources.set(name, source);
    }
    return source;
  }

  #countGap(sequences: Map<string, number>, { id, sequence }: Envelope): void {
    const publisher = id.slice(0, id.lastIndexOf('-')); // an id is `<producer>-<sequence>`
    const last = sequences.get(publisher) ?? sequence - 1;
    if (sequence > last) this.gaps += sequence - last - 1;
    sequences.set(publisher, Math.max(sequence, last));
  }
}
