import type { Subscriber, Subscription } from './audience.js';
import type { Publications } from './publications.js';

/** late: published before it had subscribed · disconnect: while its connection was broken. */
export type Cause = 'late' | 'disconnect' | 'unknown';

/** Messages of one publisher on one channel that a subscription lost one after the other. */
export interface Gap {
  readonly subscription: string;
  readonly publisher: string;
  readonly channel: string;
  /** The message received before it, and after it; null where there is none. */
  readonly after: string | null;
  readonly before: string | null;
  readonly count: number;
  readonly first: string;
  readonly last: string;
  readonly cause: Cause;
  /** When the first of them was published. */
  readonly at: number;
}

export type Kind = 'lost' | 'unexpected' | 'duplicated' | 'recovered' | 'reordered';

const NONE = -1;

/**
 * What one subscriber was owed and what it got. A *claim* is a publication for one of its subscriptions, so that a
 * message that matches two patterns is claimed twice.
 */
export class Account {
  owed = 0;
  received = 0;
  /** Missing, but it may not have read that far. */
  undecided = 0;
  gapCount = 0;
  readonly gaps: { -readonly [Key in keyof Gap]: Gap[Key] }[] = [];
  readonly counts: Record<Kind, number> = { lost: 0, unexpected: 0, duplicated: 0, recovered: 0, reordered: 0 };
  /** By channel: the subscriptions that cover it. */
  readonly #covering: readonly (readonly number[])[];
  /** By publication: the number of its first claim. */
  readonly #claims: Uint32Array;
  /** By line: the number of its first strand, which is what one subscription hears of the line. */
  readonly #strands: Uint32Array;
  readonly #strandCount: number;
  readonly #breaks: readonly { readonly from: number; readonly until: number }[];

  constructor(
    readonly subscriber: Subscriber,
    private readonly publications: Publications,
    private readonly gapLimit: number,
    private readonly idOf: (message: number) => string,
    private readonly found: (kind: Kind, message: number) => void,
  ) {
    const { subscriptions } = subscriber;
    this.#covering = publications.channels.map((channel) =>
      subscriptions.flatMap((subscription, number) => (subscription.covers(channel) ? [number] : [])),
    );
    const width = (channel: number) => this.#covering[channel]!.length;
    this.#claims = startsOf(publications.size, (publication) => width(publications.channelOf(publication)));
    this.#strands = startsOf(publications.lines.length, (line) => width(publications.lines[line]!.channel));
    this.#strandCount = this.#strands.at(-1)!;
    this.#breaks = subscriber.breaks.map(({ deliveries, heardFrom, until }) => ({
      from: Math.max(this.#lastHeard(deliveries), heardFrom),
      until,
    }));
    this.#settle(this.#countDeliveries());
  }

  /** It has read all that the server had for it after the last message that may be for it. */
  get caughtUp(): boolean {
    const { caughtUpAt } = this.subscriber;
    const ends = this.#covering.map((covering, channel) =>
      covering.length > 0 ? this.publications.lastEndOf(channel) : 0,
    );
    return caughtUpAt > Number.NEGATIVE_INFINITY && ends.every((end) => end <= caughtUpAt);
  }

  /** Deliveries of each claim. */
  #countDeliveries(): Uint32Array {
    const { subscriber, publications } = this;
    const counts = new Uint32Array(this.#claims.at(-1)!);
    const firsts = new Int32Array(subscriber.messages.length).fill(NONE);
    for (const [delivery, message] of subscriber.messages.entries()) {
      const channel = subscriber.channels[delivery]!;
      const publication = publications.find(message, channel);
      const place = this.#covering[channel]!.indexOf(subscriber.subscriptionOf(delivery));
      if (publication === NONE || place === NONE || publications.outcomeOf(publication) === 'refused') {
        this.#count('unexpected', message);
      } else if (publications.isSelected(publication)) {
        const claim = this.#claims[publication]! + place;
        if (counts[claim]!++ === 0) {
          this.received++;
          if (publications.outcomeOf(publication) === 'acknowledged') firsts[delivery] = publication;
        } else this.#count('duplicated', message);
      }
    }
    this.#findReordered(firsts);
    return counts;
  }

  /** Looks back from the last delivery: what came before a message that its publisher had sent earlier. */
  #findReordered(firsts: Int32Array): void {
    const { subscriber, publications } = this;
    const earliest = new Int32Array(this.#strandCount).fill(publications.size);
    for (let delivery = firsts.length - 1; delivery >= 0; delivery--) {
      const publication = firsts[delivery]!;
      if (publication === NONE) continue;
      const place = this.#covering[subscriber.channels[delivery]!]!.indexOf(subscriber.subscriptionOf(delivery));
      const strand = this.#strands[publications.lineOf(publication)]! + place;
      if (publication > earliest[strand]!) this.#count('reordered', publications.messageOf(publication));
      else earliest[strand] = publication;
    }
  }

  #settle(counts: Uint32Array): void {
    const { publications } = this;
    const previous = new Int32Array(this.#strandCount).fill(NONE);
    const open = new Map<number, Account['gaps']>();
    for (let publication = 0; publication < publications.size; publication++) {
      if (!publications.isSelected(publication)) continue;
      const acknowledged = publications.outcomeOf(publication) === 'acknowledged';
      const message = publications.messageOf(publication);
      for (const [place, number] of this.#covering[publications.channelOf(publication)]!.entries()) {
        const strand = this.#strands[publications.lineOf(publication)]! + place;
        if (acknowledged) this.owed++;
        if (counts[this.#claims[publication]! + place]! > 0) {
          if (!acknowledged) this.#count('recovered', message);
          for (const gap of open.get(strand) ?? []) gap.before = this.idOf(message);
          open.delete(strand);
          previous[strand] = message;
        } else if (acknowledged && publications.endedAt(publication) > this.subscriber.caughtUpAt) this.undecided++;
        else if (acknowledged) {
          this.#count('lost', message);
          const gaps = open.get(strand) ?? [];
          open.set(strand, gaps);
          this.#extend(gaps, publication, this.subscriber.subscriptions[number]!, previous[strand]!);
        }
      }
    }
  }

  /** Adds a lost publication to the last of these gaps, or begins another. */
  #extend(gaps: Account['gaps'], publication: number, subscription: Subscription, previous: number): void {
    const { publications, idOf } = this;
    const id = idOf(publications.messageOf(publication));
    const cause = this.#causeOf(publication, subscription);
    const current = gaps.at(-1);
    if (current?.cause === cause) {
      current.count++;
      current.last = id;
      return;
    }
    const { publisher, channel } = publications.lines[publications.lineOf(publication)]!;
    const gap = {
      subscription: subscription.name,
      publisher,
      channel: publications.channels[channel]!.name,
      after: previous === NONE ? null : idOf(previous),
      before: null,
      count: 1,
      first: id,
      last: id,
      cause,
      at: publications.sentAt(publication),
    };
    gaps.push(gap);
    if (this.gapCount++ < this.gapLimit) this.gaps.push(gap);
  }

  #causeOf(publication: number, { since }: Subscription): Cause {
    const [sentAt, endedAt] = [this.publications.sentAt(publication), this.publications.endedAt(publication)];
    if (sentAt < since) return 'late';
    return this.#breaks.some(({ from, until }) => endedAt >= from && sentAt <= until) ? 'disconnect' : 'unknown';
  }

  /**
   * When the last message before this delivery had been sent: what was sent after it may have been on its way to a
   * connection that was broken already. The time of the delivery says less, because a paused subscriber reads late.
   */
  #lastHeard(deliveries: number): number {
    const { subscriber, publications } = this;
    for (let delivery = deliveries - 1; delivery >= 0; delivery--) {
      const publication = publications.find(subscriber.messages[delivery]!, subscriber.channels[delivery]!);
      if (publication !== NONE) return publications.sentAt(publication);
    }
    return Number.NEGATIVE_INFINITY;
  }

  #count(kind: Kind, message: number): void {
    this.counts[kind]++;
    this.found(kind, message);
  }
}

/** The number of the first of each, where each has so many; one more than all at the end. */
function startsOf(size: number, widthOf: (index: number) => number): Uint32Array {
  const starts = new Uint32Array(size + 1);
  for (let index = 0; index < size; index++) starts[index + 1] = starts[index]! + widthOf(index);
  return starts;
}
