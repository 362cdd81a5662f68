import type { HistoryOperation } from '../../contracts/history.js';
import { KINDS } from '../codec.js';
import type { SkimmedEvent } from '../reader.js';
import { Lane } from './lane.js';
import type { Scale } from './scale.js';

/** Queues, channels and streams beyond these have no series. */
const MOST_LANES = 20;

/** Where a message is. */
const NOWHERE = 0;
const WAITING = 1;
const IN_HAND = 2;
const DEAD = 3;
const GONE = 4;

/** What became of a message, as far as it makes it worth a look. */
export const BURIED = 1;
export const RETRIED = 2;
export const REDELIVERED = 4;
/** Nobody else gets it unless its lease ends or it is put back. */
const LEASED = 8;
const PUSHED = 16;
/** Since when it could be delivered is known. */
const READY = 32;

/** What is done at an event of the messages `[first, end)`, in its bucket. */
type Handle = (event: SkimmedEvent, first: number, end: number, bucket: number) => void;
type Handles = Readonly<Partial<Record<HistoryOperation, Handle>>>;

const each =
  (handle: (event: SkimmedEvent, message: number, bucket: number) => void): Handle =>
  (event, first, end, bucket) => {
    for (let message = first; message < end; message++) handle(event, message, bucket);
  };

/** Follows every message from place to place, and counts in the lanes what moves. In columns: there may be millions. */
export class Flow {
  readonly marks: Uint8Array;
  /** A message was buried, retried or delivered again. */
  isMarked = false;
  readonly #places: Uint8Array;
  readonly #lanesOf: Uint8Array;
  readonly #readyAt: Float64Array;
  readonly #beganAt: Float64Array;
  readonly #lanes: Lane[] = [];
  readonly #numbers = new Map<string, number>();
  #last = { target: '', number: -1 };
  /**
   * What is done when an operation begins, and when it is done. By tables: where one function does it all, it is compiled
   * anew for each operation that comes for the first time.
   */
  readonly #begun: Handles = {
    look: ({ target }) => this.#laneOf(target)?.lookBegan(),
    push: (event, first, end) => this.#begin(event, first, end),
  };
  readonly #ended: Handles = {
    look: ({ target, time }, _first, _end, bucket) => this.#laneOf(target)?.lookEnded(time, bucket),
    push: (event, first, end, bucket) => this.#push(event, first, end, bucket),
    deliver: (event, first, end, bucket) => this.#deliver(event, first, end, bucket),
    complete: (event, first, end, bucket) => this.#complete(event, first, end, bucket),
    crash: each(({ target }, message, bucket) => {
      if ((this.marks[message]! & LEASED) === 0) this.#move(message, GONE, target, bucket);
    }),
    retry: each((event, message, bucket) => {
      this.#mark(message, RETRIED);
      this.#putBack(event, message, bucket);
    }),
    redrive: each((event, message, bucket) => this.#putBack(event, message, bucket)),
    deadLetter: each((event, message, bucket) => this.#bury(event, message, bucket)),
    discard: each(({ target }, message, bucket) => this.#move(message, GONE, target, bucket)),
    purge: each(({ target }, message, bucket) => this.#move(message, GONE, target, bucket)),
    queued: each(({ target }) => this.#laneOf(target)?.depth.find()),
    dead: each(({ target }) => this.#laneOf(target)?.depth.find()),
    inFlight: each(({ target }) => this.#laneOf(target)?.inFlight.find()),
  };
  /** The same by what kind of event it is. */
  readonly #handles = KINDS.map(({ phase, operation }) =>
    phase === 'ok' ? this.#ended[operation] : phase === 'invoke' ? this.#begun[operation] : undefined,
  );

  constructor(
    messages: number,
    private readonly scale: Scale,
  ) {
    this.marks = new Uint8Array(messages);
    this.#places = new Uint8Array(messages);
    this.#lanesOf = new Uint8Array(messages);
    this.#readyAt = new Float64Array(messages);
    this.#beganAt = new Float64Array(messages);
  }

  /** After the last event. */
  lanes(): readonly Lane[] {
    // Else nobody is told how long they waited.
    if (!this.#lanes.some(({ isCounted }) => isCounted)) return this.#lanes;
    const places = this.#places;
    for (let message = places.indexOf(WAITING); message >= 0; message = places.indexOf(WAITING, message + 1)) {
      const lane = this.#lanes[this.#lanesOf[message]!];
      const readyAt = this.#readyAt[message]!;
      // What was lost waits for nobody.
      if (lane && this.#isReady(message) && readyAt > lane.emptyAt) lane.waited(readyAt, this.scale.buckets);
    }
    return this.#lanes;
  }

  /** So many events, alike but for their messages, which follow each other. */
  see(event: SkimmedEvent, count: number): void {
    const { kind, message, time } = event;
    this.#handles[kind]?.(event, message, message + count, this.scale.bucketOf(time));
  }

  #begin({ time, notBefore }: SkimmedEvent, first: number, end: number): void {
    const { marks } = this;
    const [beganAt, readyAt] = [this.#beganAt, this.#readyAt];
    const ready = Number.isNaN(notBefore) ? time : notBefore;
    for (let message = first; message < end; message++) {
      marks[message]! |= PUSHED | READY;
      beganAt[message] = time;
      readyAt[message] = ready;
    }
  }

  #deliver(event: SkimmedEvent, first: number, end: number, bucket: number): void {
    const { target, time, attempt, notBefore } = event;
    const lane = this.#laneOf(target);
    // A subscriber takes nothing away.
    const isTaken = attempt > 0;
    if (lane) {
      lane.delivered[bucket]! += end - first;
      if (isTaken) lane.isCounted = true;
    }
    for (let message = first; message < end; message++) {
      const marks = this.marks[message]!;
      const isReady = (marks & READY) !== 0;
      if (lane && isReady) lane.lagged(time - this.#readyAt[message]!, bucket);
      // Where some are completed, nobody asks.
      if (lane && marks & PUSHED && lane.untilCompleted.count === 0)
        lane.untilDelivered.add(bucket, time - this.#beganAt[message]!);
      if (!isTaken) continue;
      this.#move(message, IN_HAND, target, bucket);
      const isLeased = !Number.isNaN(notBefore);
      this.marks[message] = isLeased ? marks | LEASED : marks & ~LEASED;
      if (isReady) this.#readyAt[message] = isLeased ? notBefore : time;
      if (attempt > 1) this.#mark(message, REDELIVERED);
    }
  }

  #push({ target }: SkimmedEvent, first: number, end: number, bucket: number): void {
    const number = this.#numberOf(target);
    const lane = this.#lanes[number];
    const [places, lanesOf] = [this.#places, this.#lanesOf];
    let moved = 0;
    for (let message = first; message < end; message++) {
      // Its delivery may have been recorded before.
      if (places[message] !== NOWHERE) continue;
      places[message] = lane ? WAITING : GONE;
      lanesOf[message] = number;
      moved++;
    }
    if (!lane) return;
    lane.pushed[bucket]! += end - first;
    lane.depth.change(moved, bucket);
  }

  #complete({ target, time }: SkimmedEvent, first: number, end: number, bucket: number): void {
    const lane = this.#laneOf(target);
    if (lane) lane.completed[bucket]! += end - first;
    for (let message = first; message < end; message++) {
      if (lane && this.marks[message]! & PUSHED) lane.untilCompleted.add(bucket, time - this.#beganAt[message]!);
      this.#move(message, GONE, target, bucket);
    }
  }

  #putBack({ target, time, notBefore }: SkimmedEvent, message: number, bucket: number): void {
    this.#readyAt[message] = Number.isNaN(notBefore) ? time : notBefore;
    this.marks[message]! |= READY;
    this.#move(message, WAITING, target, bucket);
  }

  #bury({ target, to }: SkimmedEvent, message: number, bucket: number): void {
    this.#mark(message, BURIED);
    const lane = this.#laneOf(target);
    if (lane) lane.deadLettered[bucket]!++;
    this.#move(message, DEAD, to, bucket);
  }

  #mark(message: number, mark: number): void {
    this.marks[message]! |= mark;
    this.isMarked = true;
  }

  #move(message: number, place: number, target: string, bucket: number): void {
    const before = this.#places[message]!;
    const from = this.#lanes[this.#lanesOf[message]!];
    if (before === WAITING) {
      from?.depth.change(-1, bucket);
      if (this.#isReady(message)) from?.waited(this.#readyAt[message]!, bucket);
    } else if (before === DEAD) from?.depth.change(-1, bucket);
    else if (before === IN_HAND) from?.inFlight.change(-1, bucket);
    const number = place === GONE ? -1 : this.#numberOf(target);
    const to = number < 0 ? undefined : this.#lanes[number];
    this.#places[message] = to ? place : GONE;
    if (!to) return;
    this.#lanesOf[message] = number;
    if (place === IN_HAND) to.inFlight.change(1, bucket);
    else to.depth.change(1, bucket);
    if (place === DEAD) to.isCounted = true;
  }

  #isReady(message: number): boolean {
    return (this.marks[message]! & READY) !== 0;
  }

  #laneOf(target: string): Lane | undefined {
    const number = this.#numberOf(target);
    return number < 0 ? undefined : this.#lanes[number];
  }

  /** -1: there is no lane for it. Events at one target mostly come one after the other. */
  #numberOf(target: string): number {
    if (target === this.#last.target) return this.#last.number;
    let number = this.#numbers.get(target) ?? -1;
    if (number < 0 && this.#lanes.length < MOST_LANES && target !== '') {
      number = this.#lanes.push(new Lane(target, this.scale)) - 1;
      this.#numbers.set(target, number);
    }
    this.#last = { target, number };
    return number;
  }
}
