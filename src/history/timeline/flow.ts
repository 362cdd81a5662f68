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
      if (lane && readyAt > lane.emptyAt) lane.waited(readyAt, Number.POSITIVE_INFINITY);
    }
    return this.#lanes;
  }

  /** When something last happened to a message: one that was lost was there until then. */
  lastAt(message: number): number {
    return this.#lastAt[message]!;
  }

  see(event: SkimmedEvent): void {
    const { operation, phase, message } = event;
    if (operation === 'look') {
      const lane = this.#laneOf(event.target);
      if (phase === 'invoke') lane?.lookBegan();
      if (phase === 'ok') lane?.lookEnded(event.time);
      return;
    }
    if (message < 0) return;
    if (!LOOKS.has(operation)) this.#lastAt[message] = event.time;
    if (Number.isNaN(this.#beganAt[message])) this.#beganAt[message] = event.time;
    if (operation === 'push' && phase === 'invoke') {
      this.marks[message]! |= PUSHED;
      this.#beganAt[message] = event.time;
      this.#readyAt[message] = event.notBefore ?? event.time;
    }
    if (phase === 'ok') this.#happened(event);
  }

  #happened(event: SkimmedEvent): void {
    const { operation, message, target, time, notBefore } = event;
    const lane = this.#laneOf(target);
    switch (operation) {
      case 'push':
        lane?.count('pushed', time);
        // Its delivery may have been recorded before.
        if (this.#places[message] === NOWHERE) this.#move(message, WAITING, target, time);
        return;
      case 'deliver':
        this.#deliver(event, lane);
        return;
      case 'complete':
        lane?.count('completed', time);
        if (this.marks[message]! & PUSHED) lane?.took('completed', time - this.#beganAt[message]!, time);
        this.#move(message, GONE, target, time);
        return;
      case 'crash':
        if ((this.marks[message]! & LEASED) === 0) this.#move(message, GONE, target, time);
        return;
      case 'retry':
      case 'redrive':
        if (operation === 'retry') this.marks[message]! |= RETRIED;
        this.#readyAt[message] = notBefore ?? time;
        this.#move(message, WAITING, target, time);
        return;
      case 'deadLetter':
        this.marks[message]! |= BURIED;
        lane?.count('deadLettered', time);
        this.#move(message, DEAD, event.to ?? '', time);
        return;
      case 'discard':
      case 'purge':
        this.#move(message, GONE, target, time);
        return;
      case 'queued':
      case 'dead':
        lane?.found('depth');
        return;
      case 'inFlight':
        lane?.found('inFlight');
    }
  }

  #deliver({ message, target, time, attempt, notBefore }: SkimmedEvent, lane: Lane | undefined): void {
    lane?.count('delivered', time);
    const readyAt = this.#readyAt[message]!;
    if (!Number.isNaN(readyAt)) lane?.delivered(readyAt, time);
    if (this.marks[message]! & PUSHED) lane?.took('delivered', time - this.#beganAt[message]!, time);
    // A subscriber takes nothing away.
    if (attempt === 0) return;
    if (attempt > 1) this.marks[message]! |= REDELIVERED;
    if (lane) lane.isCounted = true;
    this.#move(message, IN_HAND, target, time);
    this.marks[message]! = notBefore === undefined ? this.marks[message]! & ~LEASED : this.marks[message]! | LEASED;
    if (!Number.isNaN(readyAt)) this.#readyAt[message] = notBefore ?? time;
  }

  #move(message: number, place: number, target: string, time: number): void {
    const before = this.#places[message]!;
    const from = this.#lanes[this.#lanesOf[message]!];
    if (before === WAITING) {
      from?.change('depth', -1, time);
      from?.waited(this.#readyAt[message]!, time);
    } else if (before === DEAD) from?.change('depth', -1, time);
    else if (before === IN_HAND) from?.change('inFlight', -1, time);
    const number = place === GONE ? -1 : this.#numberOf(target);
    const to = number < 0 ? undefined : this.#lanes[number];
    this.#places[message] = to ? place : GONE;
    if (!to) return;
    this.#lanesOf[message] = number;
    to.change(place === IN_HAND ? 'inFlight' : 'depth', 1, time);
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
