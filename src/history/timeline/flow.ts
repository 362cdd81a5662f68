import type { HistoryOperation } from '../../contracts/history.js';
import { type Frame, KINDS } from '../frames.js';
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

/** What is done at an event of the messages `[first, end)`, in its bucket; `at` is the number of its target's lane. */
type Handle = (event: SkimmedEvent, first: number, end: number, bucket: number, at: number) => void;
type Handles = Readonly<Partial<Record<HistoryOperation, Handle>>>;

const each =
  (handle: (event: SkimmedEvent, message: number, bucket: number, at: number) => void): Handle =>
  (event, first, end, bucket, at) => {
    for (let message = first; message < end; message++) handle(event, message, bucket, at);
  };

/**
 * Follows every message from place to place, and counts in the lanes what moves. In columns: there may be millions. With
 * few calls: of most runs this is cold code, in which they cost more than all else.
 */
export class Flow {
  readonly marks: Uint8Array;
  /** A message was buried, retried or delivered again. */
  isMarked = false;
  readonly #places: Uint8Array;
  readonly #lanesOf: Uint8Array;
  readonly #readyAt: Float64Array;
  readonly #beganAt: Float64Array;
  readonly #lanes: Lane[] = [];
  /** -1: there is no lane for it. */
  readonly #numbers = new Map<string, number>();
  /** The same by the number of a frame, of its target. */
  readonly #numbersOf: (number | undefined)[] = [];
  /**
   * What is done when an operation begins, and when it is done. By tables: where one function does it all, it is compiled
   * anew for each operation that comes for the first time.
   */
  readonly #begun: Handles = {
    look: (_event, _first, _end, _bucket, at) => this.#lanes[at]?.lookBegan(),
    push: (event, first, end) => this.#begin(event, first, end),
  };
  readonly #ended: Handles = {
    look: ({ time }, _first, _end, bucket, at) => this.#lanes[at]?.lookEnded(time, bucket),
    push: (_event, first, end, bucket, at) => this.#push(first, end, bucket, at),
    deliver: (event, first, end, bucket, at) => this.#deliver(event, first, end, bucket, at),
    complete: (event, first, end, bucket, at) => this.#complete(event, first, end, bucket, at),
    crash: each((_event, message, bucket) => {
      if ((this.marks[message]! & LEASED) === 0) this.#move(message, GONE, bucket, -1);
    }),
    retry: each((event, message, bucket, at) => {
      this.#mark(message, RETRIED);
      this.#putBack(event, message, bucket, at);
    }),
    redrive: each((event, message, bucket, at) => this.#putBack(event, message, bucket, at)),
    deadLetter: each((event, message, bucket, at) => this.#bury(event, message, bucket, at)),
    discard: each((_event, message, bucket) => this.#move(message, GONE, bucket, -1)),
    purge: each((_event, message, bucket) => this.#move(message, GONE, bucket, -1)),
    queued: each((_event, _message, _bucket, at) => this.#lanes[at]?.depth.find()),
    dead: each((_event, _message, _bucket, at) => this.#lanes[at]?.depth.find()),
    inFlight: each((_event, _message, _bucket, at) => this.#lanes[at]?.inFlight.find()),
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
      if (lane && this.marks[message]! & READY && readyAt > lane.emptyAt) lane.waited(readyAt, this.scale.buckets);
    }
    return this.#lanes;
  }

  /** So many events, alike but for their messages, which follow each other. */
  see(event: SkimmedEvent, count: number): void {
    const { frame, message, time } = event;
    const handle = this.#handles[frame.kind];
    if (handle === undefined) return;
    const at = this.#numbersOf[frame.number] ?? this.#numberOf(frame);
    handle(event, message, message + count, this.scale.bucketOf(time), at);
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

  #deliver({ time, attempt, notBefore }: SkimmedEvent, first: number, end: number, bucket: number, at: number): void {
    const { marks } = this;
    const readyAt = this.#readyAt;
    const lane = this.#lanes[at];
    // A subscriber takes nothing away.
    const isTaken = attempt > 0;
    if (lane) {
      lane.delivered[bucket]! += end - first;
      if (isTaken) lane.isCounted = true;
    }
    const isLeased = !Number.isNaN(notBefore);
    for (let message = first; message < end; message++) {
      const mark = marks[message]!;
      if (lane && mark & READY) lane.lagged(time - readyAt[message]!, bucket);
      // Where some are completed, nobody asks.
      if (lane && mark & PUSHED && lane.untilCompleted.count === 0)
        lane.untilDelivered.add(bucket, time - this.#beganAt[message]!);
      if (!isTaken) continue;
      this.#move(message, IN_HAND, bucket, at);
      marks[message] = isLeased ? mark | LEASED : mark & ~LEASED;
      if (mark & READY) readyAt[message] = isLeased ? notBefore : time;
      if (attempt > 1) this.#mark(message, REDELIVERED);
    }
  }

  #push(first: number, end: number, bucket: number, at: number): void {
    const lane = this.#lanes[at];
    const [places, lanesOf] = [this.#places, this.#lanesOf];
    let moved = 0;
    for (let message = first; message < end; message++) {
      // Its delivery may have been recorded before.
      if (places[message] !== NOWHERE) continue;
      places[message] = lane ? WAITING : GONE;
      lanesOf[message] = at;
      moved++;
    }
    if (!lane) return;
    lane.pushed[bucket]! += end - first;
    lane.depth.change(moved, bucket);
  }

  #complete({ time }: SkimmedEvent, first: number, end: number, bucket: number, at: number): void {
    const lane = this.#lanes[at];
    if (lane) lane.completed[bucket]! += end - first;
    for (let message = first; message < end; message++) {
      if (lane && this.marks[message]! & PUSHED) lane.untilCompleted.add(bucket, time - this.#beganAt[message]!);
      this.#move(message, GONE, bucket, -1);
    }
  }

  #putBack({ time, notBefore }: SkimmedEvent, message: number, bucket: number, at: number): void {
    this.#readyAt[message] = Number.isNaN(notBefore) ? time : notBefore;
    this.marks[message]! |= READY;
    this.#move(message, WAITING, bucket, at);
  }

  #bury({ frame: { to = '' } }: SkimmedEvent, message: number, bucket: number, at: number): void {
    this.#mark(message, BURIED);
    const lane = this.#lanes[at];
    if (lane) lane.deadLettered[bucket]!++;
    this.#move(message, DEAD, bucket, this.#laneNumber(to));
  }

  #mark(message: number, mark: number): void {
    this.marks[message]! |= mark;
    this.isMarked = true;
  }

  /** To a place in a lane; where there is none it is gone. */
  #move(message: number, place: number, bucket: number, at: number): void {
    const before = this.#places[message]!;
    const from = this.#lanes[this.#lanesOf[message]!];
    if (from && before !== NOWHERE && before !== GONE) {
      if (before === WAITING && this.marks[message]! & READY) from.waited(this.#readyAt[message]!, bucket);
      (before === IN_HAND ? from.inFlight : from.depth).change(-1, bucket);
    }
    const to = at < 0 ? undefined : this.#lanes[at];
    this.#places[message] = to ? place : GONE;
    if (!to) return;
    this.#lanesOf[message] = at;
    (place === IN_HAND ? to.inFlight : to.depth).change(1, bucket);
    if (place === DEAD) to.isCounted = true;
  }

  #numberOf({ number, target }: Frame): number {
    const at = this.#laneNumber(target);
    // A list with holes would be slow.
    while (this.#numbersOf.length <= number) this.#numbersOf.push(undefined);
    this.#numbersOf[number] = at;
    return at;
  }

  /** -1 where there is no room for one more. */
  #laneNumber(target: string): number {
    const known = this.#numbers.get(target);
    if (known !== undefined) return known;
    const isRoom = this.#lanes.length < MOST_LANES && target !== '';
    const number = isRoom ? this.#lanes.push(new Lane(target, this.scale)) - 1 : -1;
    this.#numbers.set(target, number);
    return number;
  }
}
