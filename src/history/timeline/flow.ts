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

/** Follows every message from place to place, and counts in the lanes what moves. In columns: there may be millions. */
export class Flow {
  readonly marks: Uint8Array;
  readonly #places: Uint8Array;
  readonly #lanesOf: Uint8Array;
  readonly #readyAt: Float64Array;
  readonly #beganAt: Float64Array;
  readonly #lastAt: Float64Array;
  readonly #lanes: Lane[] = [];
  readonly #numbers = new Map<string, number>();
  #last = { target: '', number: -1 };

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
    for (let message = 0; message < this.#places.length; message++) {
      if (this.#places[message] !== WAITING) continue;
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

  see(event: SkimmedEvent): void {
    const { operation, phase, message, time } = event;
    if (operation === 'look') {
      this.#look(event);
      return;
    }
    if (message < 0) return;
    if (!LOOKS.has(operation)) this.#lastAt[message] = time;
    if (Number.isNaN(this.#beganAt[message])) this.#beganAt[message] = time;
    if (phase === 'ok') this.#happened(event, this.scale.bucketOf(time));
    else if (operation === 'push' && phase === 'invoke') {
      this.marks[message]! |= PUSHED;
      this.#beganAt[message] = time;
      this.#readyAt[message] = event.notBefore ?? time;
    }
  }

  #look({ phase, target, time }: SkimmedEvent): void {
    const lane = this.#laneOf(target);
    if (phase === 'invoke') lane?.lookBegan();
    if (phase === 'ok') lane?.lookEnded(time, this.scale.bucketOf(time));
  }

  #happened(event: SkimmedEvent, bucket: number): void {
    const { operation, message, target, time, notBefore } = event;
    const lane = this.#laneOf(target);
    switch (operation) {
      case 'push':
        if (lane) lane.pushed[bucket]!++;
        // Its delivery may have been recorded before.
        if (this.#places[message] === NOWHERE) this.#move(message, WAITING, target, bucket);
        return;
      case 'deliver':
        this.#deliver(event, lane, bucket);
        return;
      case 'complete':
        if (lane) {
          lane.completed[bucket]!++;
          if (this.marks[message]! & PUSHED) lane.untilCompleted.add(bucket, time - this.#beganAt[message]!);
        }
        this.#move(message, GONE, target, bucket);
        return;
      case 'crash':
        if ((this.marks[message]! & LEASED) === 0) this.#move(message, GONE, target, bucket);
        return;
      case 'retry':
      case 'redrive':
        if (operation === 'retry') this.marks[message]! |= RETRIED;
        this.#readyAt[message] = notBefore ?? time;
        this.#move(message, WAITING, target, bucket);
        return;
      case 'deadLetter':
        this.marks[message]! |= BURIED;
        if (lane) lane.deadLettered[bucket]!++;
        this.#move(message, DEAD, event.to ?? '', bucket);
        return;
      case 'discard':
      case 'purge':
        this.#move(message, GONE, target, bucket);
        return;
      case 'queued':
      case 'dead':
        if (lane) lane.depth.found++;
        return;
      case 'inFlight':
        if (lane) lane.inFlight.found++;
    }
  }

  #deliver({ message, target, time, attempt, notBefore }: SkimmedEvent, lane: Lane | undefined, bucket: number): void {
    const readyAt = this.#readyAt[message]!;
    if (lane) {
      lane.delivered[bucket]!++;
      if (!Number.isNaN(readyAt)) lane.lagged(time - readyAt, bucket);
      if (this.marks[message]! & PUSHED) lane.untilDelivered.add(bucket, time - this.#beganAt[message]!);
    }
    // A subscriber takes nothing away.
    if (attempt === 0) return;
    if (attempt > 1) this.marks[message]! |= REDELIVERED;
    if (lane) lane.isCounted = true;
    this.#move(message, IN_HAND, target, bucket);
    this.marks[message]! = notBefore === undefined ? this.marks[message]! & ~LEASED : this.marks[message]! | LEASED;
    if (!Number.isNaN(readyAt)) this.#readyAt[message] = notBefore ?? time;
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
