import type { CheckedEvent } from '../contracts/checker.js';

export interface PublishedChannel {
  readonly name: string;
  readonly shard: boolean;
}

/** What one publisher sent to one channel: the server takes it in this order. */
export interface Line {
  /** `<step>/<actor>`. */
  readonly publisher: string;
  readonly channel: number;
}

/** pending: no outcome was recorded, so that the publisher is still at it. */
export type Outcome = 'pending' | 'acknowledged' | 'refused' | 'unknown';

const OUTCOMES: Readonly<Record<CheckedEvent['phase'], Outcome>> = {
  invoke: 'pending',
  ok: 'acknowledged',
  fail: 'refused',
  info: 'unknown',
};

const RANKS: Readonly<Record<Outcome, number>> = { acknowledged: 0, unknown: 1, pending: 1, refused: 2 };

/** Messages of a case on their channels, numbered in the order in which they were sent. */
export class Publications {
  readonly channels: PublishedChannel[] = [];
  readonly lines: Line[] = [];
  readonly #channels = new Map<string, number>();
  readonly #lines = new Map<string, number>();
  readonly #messages: number[] = [];
  readonly #lineOf: number[] = [];
  readonly #outcomes: Outcome[] = [];
  readonly #sentAt: number[] = [];
  readonly #endedAt: number[] = [];
  readonly #selected: boolean[] = [];
  /** By channel. */
  readonly #lastEnds: number[] = [];
  /** Those that are named by their content. */
  readonly #unnamed = new Set<number>();
  /** Which of several with equal content one is taken for. */
  readonly #takenFor = new Map<number, number>();
  /** By message: its last publication; by publication: the one before of the same message, on another channel. */
  readonly #last: Int32Array;
  readonly #earlier: number[] = [];

  constructor(messages: number) {
    this.#last = new Int32Array(messages).fill(-1);
  }

  get size(): number {
    return this.#messages.length;
  }

  /** `selected`: subscribers are owed it. */
  see(event: CheckedEvent, selected: boolean): void {
    const channel = this.channel(event);
    let publication = this.find(event.message, channel);
    if (publication < 0) publication = this.#add(event, channel, selected);
    if (event.namedBy === 'content') this.#unnamed.add(publication);
    // What one publisher knows to be taken stays taken, whatever became of another copy.
    if (this.#outcomes[publication] === 'acknowledged') return;
    this.#outcomes[publication] = OUTCOMES[event.phase];
    this.#endedAt[publication] = event.time;
    if (this.#selected[publication]) this.#lastEnds[channel] = Math.max(this.#lastEnds[channel] ?? 0, event.time);
  }

  /** When the last outcome of a selected message on a channel was known. */
  lastEndOf(channel: number): number {
    return this.#lastEnds[channel] ?? 0;
  }

  /** The number of an event's channel. */
  channel({ target, shard }: Pick<CheckedEvent, 'target' | 'shard'>): number {
    const key = `${shard ? 'shard' : ''}\n${target}`;
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const channel = this.channels.push({ name: target, shard: shard === true }) - 1;
    this.#channels.set(key, channel);
    return channel;
  }

  /** -1 for a message that nobody sent to this channel. */
  find(message: number, channel: number): number {
    let publication = this.#last[message] ?? -1;
    while (publication >= 0 && this.channelOf(publication) !== channel) publication = this.#earlier[publication]!;
    return this.#takenFor.get(publication) ?? publication;
  }

  /**
   * Call it once all is seen. The counter of messages with equal content tells how many a subscriber received, not which:
   * they are those that the server took, then those with an unknown outcome, and only then those that it refused.
   */
  matchContents(idOf: (message: number) => string): void {
    const groups = new Map<string, number[]>();
    for (const publication of this.#unnamed) {
      const content = idOf(this.messageOf(publication)).replace(/-\d+$/, '');
      const key = `${this.channelOf(publication)} ${content}`;
      const group = groups.get(key);
      if (group) group.push(publication);
      else groups.set(key, [publication]);
    }
    for (const group of groups.values()) {
      const rank = (publication: number) => RANKS[this.outcomeOf(publication)];
      const likeliest = group.toSorted((one, other) => rank(one) - rank(other) || one - other);
      for (const [index, publication] of group.entries()) this.#takenFor.set(publication, likeliest[index]!);
    }
  }

  messageOf = (publication: number): number => this.#messages[publication]!;
  lineOf = (publication: number): number => this.#lineOf[publication]!;
  channelOf = (publication: number): number => this.lines[this.#lineOf[publication]!]!.channel;
  outcomeOf = (publication: number): Outcome => this.#outcomes[publication]!;
  isSelected = (publication: number): boolean => this.#selected[publication]!;
  sentAt = (publication: number): number => this.#sentAt[publication]!;
  /** When its outcome was known. */
  endedAt = (publication: number): number => this.#endedAt[publication]!;

  #add(event: CheckedEvent, channel: number, selected: boolean): number {
    const publication = this.#messages.push(event.message) - 1;
    this.#lineOf.push(this.#line(event, channel));
    this.#outcomes.push('pending');
    this.#sentAt.push(event.time);
    this.#endedAt.push(event.time);
    this.#selected.push(selected);
    this.#earlier.push(this.#last[event.message]!);
    this.#last[event.message] = publication;
    return publication;
  }

  #line({ step, actor, connection = 0 }: CheckedEvent, channel: number): number {
    const publisher = `${step}/${actor}`;
    const key = `${publisher}\n${connection}\n${channel}`;
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const line = this.lines.push({ publisher, channel }) - 1;
    this.#lines.set(key, line);
    return line;
  }
}
