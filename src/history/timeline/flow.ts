import type { HistoryOperation } from '../../contracts/history.js';
import type { SkimmedEvent } from '../codec.js';
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

/** What was seen of where a message lies: nothing happened to it. */
const LOOKS: ReadonlySet<string> = new Set(['queued', 'inFlight', 'dead', 'done']);

/** What is done at an event of a message, in its bucket. */
type Handle = (event: SkimmedEvent, message: number, bucket: number) => void;

/** Of events of one kind, which mostly come one after the other. */
interface Turn {
  readonly phase: string;
  readonly operation: string;
  readonly isLook: boolean;
  readonly handle: Handle | undefined;
}

/** Follows every message from place to place, and counts in the lanes what moves. In columns: there may be millions. */
export class Flow {
  readonly marks: Uint8Array;
  /** A message was buried, retried or delivered again. */
  isMarked = false;
  readonly #places: Uint8Array;
  readonly #lanesOf: Uint8Array;
  readonly #readyAt: Float64Array;
  readonly #beganAt: Float64Array;
  readonly #lastAt: Float64Array;
  readonly #lanes: Lane[] = [];
  readonly #numbers = new Map<string, number>();
  #last = { target: '', number: -1 };
  #turn: Turn = { phase: '', operation: '', isLook: false, handle: undefined };
  /**
   * What is done when an operation begins, and when it is done. By tables: where one function does it all, it is compiled
   * anew for each operation that comes for the first time.
   */
  readonly #begun: ReadonlyMap<string, Handle> = new Map<HistoryOperation, Handle>([
    ['look', ({ target }) => this.#laneOf(target)?.lookBegan()],
    [
      'push',
      ({ time, notBefore }, message) => {
        this.marks[message]! |= PUSHED;
        this.#beganAt[message] = time;
        this.#readyAt[message] = Number.isNaN(notBefore) ? time : notBefore;
      },
    ],
  ]);
  readonly #ended: ReadonlyMap<string, Handle> = new Map<HistoryOperation, Handle>([
    ['look', ({ target, time }, _, bucket) => this.#laneOf(target)?.lookEnded(time, bucket)],
    ['push', (event, message, bucket) => this.#push(event, message, bucket)],
    ['deliver', (event, message, bucket) => this.#deliver(event, message, bucket)],
    ['complete', (event, message, bucket) => this.#complete(event, message, bucket)],
    [
      'crash',
      ({ target }, message, bucket) => {
        if ((this.marks[message]! & LEASED) === 0) this.#move(message, GONE, target, bucket);
      },
    ],
    [
      'retry',
      (event, message, bucket) => {
        this.#mark(message, RETRIED);
        this.#putBack(event, message, bucket);
      },
    ],
    ['redrive', (event, message, bucket) => this.#putBack(event, message, bucket)],
    ['deadLetter', (event, message, bucket) => this.#bury(event, message, bucket)],
    ['discard', ({ target }, message, bucket) => this.#move(message, GONE, target, bucket)],
    ['purge', ({ target }, message, bucket) => this.#move(message, GONE, target, bucket)],
    ['queued', ({ target }) => this.#laneOf(target)?.depth.find()],
    ['dead', ({ target }) => this.#laneOf(target)?.depth.find()],
    ['inFlight', ({ target }) => this.#laneOf(target)?.inFlight.find()],
  ]);

  constructor(
    messages: number,
    private readonly scale: Scale,
  ) {
    this.marks = new Uint8Array(messages);
    this.#places = new Uint8Array(messages);
    this.#lanesOf = new Uint8Array(messages);
    this.#readyAt = new Float64Array(messages).fill(Number.NaN);
    this.#beganAt = new Float64Array(messages).fill(Number.NaN);
    this.#lastAt = new Float64Array(messages).fill(Number.NaN);
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
      if (lane && readyAt > lane.emptyAt) lane.waited(readyAt, this.scale.buckets);
    }
    return this.#lanes;
  }

  /** When something last happened to a message: one that was lost was there until then. */
  lastAt(message: number): number {
    return this.#lastAt[message]!;
  }

  /** So many events, alike but for their messages, which follow each other. */
  see(event: SkimmedEvent, count: number): void {
    const { phase, operation, message: first, time } = event;
    if (phase !== this.#turn.phase || operation !== this.#turn.operation) this.#turn = this.#turnOf(phase, operation);
    const { isLook, handle } = this.#turn;
    const bucket = this.scale.bucketOf(time);
    for (let message = first; message < first + count; message++) {
      if (message >= 0) {
        if (!isLook) this.#lastAt[message] = time;
        if (Number.isNaN(this.#beganAt[message])) this.#beganAt[message] = time;
      }
      handle?.(event, message, bucket);
    }
  }

  #turnOf(phase: string, operation: string): Turn {
    const handles = phase === 'ok' ? this.#ended : phase === 'invoke' ? this.#begun : undefined;
    return { phase, operation, isLook: LOOKS.has(operation), handle: handles?.get(operation) };
  }

  #deliver({ target, time, attempt, notBefore }: SkimmedEvent, message: number, bucket: number): void {
    const lane = this.#laneOf(target);
    const readyAt = this.#readyAt[message]!;
    if (lane) {
      lane.delivered[bucket]!++;
      if (!Number.isNaN(readyAt)) lane.lagged(time - readyAt, bucket);
      if (this.marks[message]! & PUSHED) lane.untilDelivered.add(bucket, time - this.#beganAt[message]!);
    }
    // A subscriber takes nothing away.
    if (attempt === 0) return;
    if (attempt > 1) this.#mark(message, REDELIVERED);
    if (lane) lane.isCounted = true;
    this.#move(message, IN_HAND, target, bucket);
    this.marks[message]! = Number.isNaN(notBefore) ? this.marks[message]! & ~LEASED : this.marks[message]! | LEASED;
    if (!Number.isNaN(readyAt)) this.#readyAt[message] = Number.isNaN(notBefore) ? time : notBefore;
  }

  #push({ target }: SkimmedEvent, message: number, bucket: number): void {
    const lane = this.#laneOf(target);
    if (lane) lane.pushed[bucket]!++;
    // Its delivery may have been recorded before.
    if (this.#places[message] === NOWHERE) this.#move(message, WAITING, target, bucket);
  }

  #complete({ target, time }: SkimmedEvent, message: number, bucket: number): void {
    const lane = this.#laneOf(target);
    if (lane) {
      lane.completed[bucket]!++;
      if (this.marks[message]! & PUSHED) lane.untilCompleted.add(bucket, time - this.#beganAt[message]!);
    }
    this.#move(message, GONE, target, bucket);
  }

  #putBack({ target, time, notBefore }: SkimmedEvent, message: number, bucket: number): void {
    this.#readyAt[message] = Number.isNaN(notBefore) ? time : notBefore;
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
      from?.waited(this.#readyAt[message]!, bucket);
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
