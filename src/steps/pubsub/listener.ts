import type { HistoryEvent } from '../../contracts/history.js';
import type { MessageSource, Subscriber } from '../../contracts/redis.js';
import type { StepContext } from '../../contracts/step.js';
import { decodeMessage } from '../queue/envelope.js';
import { Identities } from '../queue/identities.js';
import { Headers, type Publisher } from './headers.js';

export type Reads = 'normal' | 'paused' | { readonly rate: number };

export interface Subscription {
  readonly kind: 'channels' | 'patterns' | 'shardChannels';
  readonly names: readonly string[];
}

/** What came from one channel by one subscription. */
interface Source {
  /** The publishers that it showed. */
  readonly headers: Headers;
  /** Names messages without an envelope, by their content. */
  readonly identities: Identities;
}

/** Read from the socket, but not due yet. */
interface Waiting {
  readonly source: MessageSource;
  readonly payload: Buffer;
}

/** One subscriber and what it has received. */
export class Listener implements AsyncDisposable {
  received = 0;
  disconnects = 0;
  /** Messages missing between received ones. */
  gaps = 0;
  readonly #sources = new Map<string, Source>();
  readonly #known = new WeakMap<MessageSource, Source>();
  #lastSource: MessageSource | undefined;
  #last: Source | undefined;
  readonly #process: number;
  readonly #waiting: Waiting[] = [];
  #reading: Promise<void> | undefined;
  #nextMs = 0;
  /** When what is being dealt with came. */
  #arrivedAt = 0;
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
    subscriber.onDelivery((source, bytes, start, end, isFirst) => {
      if (isFirst) this.#arrivedAt = context.clock.now();
      this.#take(source, bytes, start, end);
    });
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

  #take(source: MessageSource, bytes: Buffer, start: number, end: number): void {
    if (typeof this.reads === 'string') this.#receive(source, bytes, start, end);
    else {
      const payload = Buffer.from(bytes.subarray(start, end));
      if (this.#waiting.push({ source, payload }) === 1) this.#reading = this.#readSlowly(1_000 / this.reads.rate);
    }
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
      this.#arrivedAt = clock.now();
      this.#receive(next.source, next.payload, 0, next.payload.length);
      this.#waiting.shift(); // not before, so that what comes meanwhile starts no second reading
      this.#nextMs += intervalMs;
    }
    this.subscriber.resume();
  }

  #receive(from: MessageSource, bytes: Buffer, start: number, end: number): void {
    const source = from === this.#lastSource ? this.#last! : this.#sourceOf(from);
    this.received++;
    const { headers } = source;
    const publisher = headers.read(bytes, start, end);
    if (!publisher) {
      this.#receiveOther(from, source, bytes.subarray(start, end));
      return;
    }
    this.#countGap(publisher, headers.sequence);
    publisher.deliveries.record(headers.sequence, this.#arrivedAt);
  }

  /** What isn't quick to read. */
  #receiveOther(from: MessageSource, { headers, identities }: Source, payload: Buffer): void {
    const { envelope, body } = decodeMessage(payload);
    if (envelope) this.#countGap(headers.publisherOf(envelope), envelope.sequence);
    this.#record({
      ...this.#deliveryFrom(from),
      time: this.#arrivedAt,
      message: envelope?.id ?? identities.nameOf(body),
    });
  }

  #deliveryFrom({ channel, pattern }: MessageSource) {
    const { namespace } = this.context;
    const to = pattern === null ? {} : { to: namespace.reply(pattern) };
    return { operation: 'deliver', target: namespace.reply(channel), ...to } as const;
  }

  #recordSubscriptions(): void {
    const { kind, names } = this.subscription;
    for (const target of new Set(names)) {
      this.#record({ operation: 'subscribe', target, ...(kind === 'patterns' && { pattern: true }) });
    }
  }

  #record(event: Pick<HistoryEvent, 'operation'> & Partial<HistoryEvent>): void {
    this.context.history.record({ ...this.#frame, message: '', time: this.context.clock.now(), ...event });
  }

  /** What all its events have. */
  get #frame(): Omit<HistoryEvent, 'operation' | 'message' | 'time'> {
    return {
      phase: 'ok',
      target: '',
      process: this.#process,
      attempt: 0,
      actor: this.actor,
      connection: this.subscriber.id,
      ...(this.subscription.kind === 'shardChannels' && { shard: true }),
    };
  }

  #sourceOf(from: MessageSource): Source {
    let source = this.#known.get(from);
    if (!source) {
      // A new connection has new objects for the same sources.
      const name = `${from.pattern ?? ''}\n${from.channel}`;
      source = this.#sources.get(name) ?? this.#newSource(from);
      this.#sources.set(name, source);
      this.#known.set(from, source);
    }
    this.#lastSource = from;
    this.#last = source;
    return source;
  }

  #newSource(from: MessageSource): Source {
    const delivery = { ...this.#frame, ...this.#deliveryFrom(from) };
    const headers = new Headers((producer) => this.context.history.series(delivery, producer));
    return { headers, identities: new Identities() };
  }

  #countGap(publisher: Publisher, sequence: number): void {
    if (sequence <= publisher.last) return;
    this.gaps += sequence - publisher.last - 1;
    publisher.last = sequence;
  }
}
