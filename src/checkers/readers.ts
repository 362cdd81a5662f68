import type { CheckedEvent, MessageNames } from '../contracts/checker.js';
import { compileGlob } from '../format/glob.js';
import { words } from '../history/columns.js';

/** A subscriber's subscription, which is owed every message that was published on what it covers. */
interface Subscription {
  readonly reader: string;
  covers: (channel: Channel) => boolean;
  /** A bit for each message. */
  readonly got: Uint8Array;
}

interface Channel {
  readonly name: string;
  readonly shard: boolean;
}

interface Reader {
  readonly name: string;
  /** By the channel or pattern. */
  readonly subscriptions: Map<string, Subscription>;
  caughtUpAt: number;
}

/** Subscribers: who was owed what, and had read all that was published. */
export class Readers {
  /** By process. */
  readonly #readers = new Map<number, Reader>();
  readonly #steps = new Set<string>();
  readonly #channels: Channel[] = [];
  readonly #numbers = new Map<string, number>();
  /** By message: the number of the channel that it was published on, from 1. */
  readonly #channelOf = words();
  /** By channel: the subscriptions that cover it. */
  readonly #covering: (readonly Subscription[])[] = [];
  readonly #receipts = words();
  #lastPush = Number.NEGATIVE_INFINITY;

  constructor(private readonly names: MessageNames) {}

  /** False: messages were consumed in another way. */
  get any(): boolean {
    return this.#steps.size > 0;
  }

  pushed({ message, time, target, shard }: CheckedEvent): void {
    this.#lastPush = time;
    if (message < 0) return;
    const key = shard ? `\n${target}` : target;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#channels.push({ name: target, shard: shard === true });
      this.#numbers.set(key, number);
    }
    this.#channelOf.set(message, number);
  }

  see(event: CheckedEvent): void {
    const { operation, phase, step, time, since = time, target, pattern, shard } = event;
    this.#steps.add(step);
    const reader = this.#reader(event);
    if (phase !== 'ok') return;
    if (operation === 'caughtUp') reader.caughtUpAt = since;
    if (operation !== 'subscribe') return;
    const matches = pattern ? compileGlob(target) : (name: string) => name === target;
    this.#subscription(reader, target).covers = (channel) =>
      channel.shard === (shard === true) && matches(channel.name);
  }

  /** A message came. It may do so before its subscription was told to be confirmed. */
  delivered(event: CheckedEvent): void {
    const { got } = this.#subscription(this.#reader(event), event.to ?? event.target);
    if (hasBit(got, event.message)) return;
    got[event.message >> 3]! |= 1 << (event.message & 7);
    this.#receipts.set(event.message, this.#receipts.get(event.message) + 1);
  }

  /** By how many subscriptions a message came. */
  receipts(message: number): number {
    return this.#receipts.get(message);
  }

  /** The subscribers that were owed a message and never got it; null if nobody was owed it. After the last event. */
  lacking(message: number): readonly string[] | null {
    const channel = this.#channelOf.get(message);
    if (channel === 0) return null;
    this.#covering[channel] ??= this.#coveringOf(this.#channels[channel - 1]!);
    const covering = this.#covering[channel];
    if (covering.length === 0) return null;
    return covering.filter(({ got }) => !hasBit(got, message)).map(({ reader }) => reader);
  }

  /** Why nobody knows whether all was read. `expected`: the steps that consume. */
  doubts(expected: readonly string[]): string[] {
    const silent = expected.filter((step) => !this.#steps.has(step));
    const behind = [...this.#readers.values()].filter(({ caughtUpAt }) => caughtUpAt < this.#lastPush);
    return [...silent, ...behind.map(({ name }) => name)].map(
      (reader) => `nobody knows whether ${reader} had read all that was published`,
    );
  }

  #reader({ process, actor, step }: CheckedEvent): Reader {
    let reader = this.#readers.get(process);
    if (!reader) {
      reader = { name: `${actor} of ${step}`, subscriptions: new Map(), caughtUpAt: Number.NEGATIVE_INFINITY };
      this.#readers.set(process, reader);
    }
    return reader;
  }

  #subscription({ name, subscriptions }: Reader, target: string): Subscription {
    let subscription = subscriptions.get(target);
    if (!subscription) {
      subscription = { reader: name, covers: () => false, got: new Uint8Array((this.names.messages >> 3) + 1) };
      subscriptions.set(target, subscription);
    }
    return subscription;
  }

  #coveringOf(channel: Channel): readonly Subscription[] {
    const all = [...this.#readers.values()].flatMap(({ subscriptions }) => [...subscriptions.values()]);
    return all.filter((subscription) => subscription.covers(channel));
  }
}

const hasBit = (bits: Uint8Array, at: number): boolean => (bits[at >> 3]! & (1 << (at & 7))) !== 0;
