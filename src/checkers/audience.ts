import type { CheckedEvent } from '../contracts/checker.js';
import { compileGlob } from '../format/glob.js';
import type { PublishedChannel } from './publications.js';

/** A channel or a pattern that a subscriber listens to. */
export interface Subscription {
  readonly name: string;
  /** When the server first confirmed it. */
  readonly since: number;
  covers(channel: PublishedChannel): boolean;
}

/** A connection that broke. */
export interface Break {
  /** Deliveries that came before it was noticed. */
  readonly deliveries: number;
  /** When the connection that broke was known to hear everything. */
  readonly heardFrom: number;
  /** When every subscription was confirmed again; infinite if none was. */
  until: number;
}

/** One subscriber, and what was recorded of it. */
export class Subscriber {
  readonly subscriptions: Subscription[] = [];
  readonly breaks: Break[] = [];
  /** It has read all that the server had for it at this time. */
  caughtUpAt = Number.NEGATIVE_INFINITY;
  /** Deliveries in order, as columns. */
  readonly messages: number[] = [];
  readonly channels: number[] = [];
  readonly #by: string[] = [];
  readonly #numbers = new Map<string, number>();
  #confirmedAt = 0;

  readonly name: string;

  constructor(
    readonly step: string,
    actor: string,
  ) {
    this.name = `${step}/${actor}`;
  }

  see(event: CheckedEvent, channel: number): void {
    const { operation, phase, time, since = time } = event;
    if (phase !== 'ok') return;
    if (operation === 'subscribe') this.#subscribed(event);
    if (operation === 'disconnect') {
      const heardFrom = this.#confirmedAt;
      this.breaks.push({ deliveries: this.messages.length, heardFrom, until: Number.POSITIVE_INFINITY });
    }
    if (operation === 'caughtUp') this.caughtUpAt = Math.max(this.caughtUpAt, since);
    if (operation === 'deliver') {
      this.messages.push(event.message);
      this.channels.push(channel);
      this.#by.push(event.to ?? event.target);
    }
  }

  /** The number of the subscription by which a delivery came; -1 for none that was confirmed. */
  subscriptionOf(delivery: number): number {
    return this.#numbers.get(this.#by[delivery]!) ?? -1;
  }

  #subscribed({ target: name, time, pattern = false, shard }: CheckedEvent): void {
    this.#confirmedAt = time;
    const broken = this.breaks.at(-1);
    if (broken) broken.until = time;
    if (this.#numbers.has(name)) return;
    const matches = pattern ? compileGlob(name) : (channel: string) => channel === name;
    const covers = (channel: PublishedChannel) => channel.shard === (shard === true) && matches(channel.name);
    this.#numbers.set(name, this.subscriptions.push({ name, since: time, covers }) - 1);
  }
}

/** The subscribers of a history, each by its process. */
export class Audience {
  readonly #subscribers = new Map<number, Subscriber>();
  readonly steps = new Set<string>();

  see(event: CheckedEvent, channel: number): void {
    this.steps.add(event.step);
    let subscriber = this.#subscribers.get(event.process);
    if (!subscriber) {
      subscriber = new Subscriber(event.step, event.actor);
      this.#subscribers.set(event.process, subscriber);
    }
    subscriber.see(event, channel);
  }

  /** Those that were ever subscribed: in the order of these steps, and in each by number, not by who was first. */
  subscribers(steps: readonly string[] = [...this.steps]): readonly Subscriber[] {
    return [...this.#subscribers.values()]
      .filter(({ subscriptions }) => subscriptions.length > 0)
      .sort(
        (one, other) =>
          steps.indexOf(one.step) - steps.indexOf(other.step) ||
          one.name.length - other.name.length ||
          (one.name < other.name ? -1 : 1),
      );
  }
}
