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
    await this.subscriber.catchUp();
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
    const source = this.#source(`${pattern ?? ''}\n${channel}`);
    this.received++;
    if (envelope) this.#countGap(source.sequences, envelope);
    this.context.history.record({
      phase: 'ok',
      operation: 'deliver',
      target: this.context.namespace.reply(channel),
      message: envelope?.id ?? source.identities.nameOf(body),
      time: this.context.clock.now(),
      process: this.#process,
      attempt: 0,
      actor: this.actor,
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
