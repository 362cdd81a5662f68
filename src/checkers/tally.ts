import type { CheckedEvent, MessageNames, Selection } from '../contracts/checker.js';
import { words } from '../history/columns.js';
import { Histogram } from '../history/histogram.js';
import { Findings } from './findings.js';
import { Lives } from './lives.js';
import {
  ACKNOWLEDGED,
  AFFECTED,
  ARRIVED,
  ATTEMPTED,
  BURIED,
  COMPLETED,
  DELIVERED,
  DEPARTED,
  DISCARDED,
  ELSEWHERE,
  HANDLED,
  MAYBE_BACK,
  MAYBE_GONE,
  PLACES,
  PURGED,
  UNCERTAIN,
  UNSURE,
} from './marks.js';
import { Readers } from './readers.js';
import type { Role } from './selection.js';

/** One reading of the selected events, in columns by message: 5 M events must not become objects. */
export class Tally {
  /** The bits of marks.ts. */
  readonly marks: Uint16Array;
  readonly deliveries: Uint32Array;
  /** Handler runs that ended well. */
  readonly runs: Uint32Array;
  readonly effects = words();
  /** Effects whose outcome is not known. */
  readonly unsureEffects = words();
  readonly latency = new Histogram();
  readonly lives: Lives;
  /** Deliveries whose reply was lost. */
  lostReplies = 0;

  readonly #openPushes: Uint8Array;
  readonly #findings = new Findings();
  readonly #looks = this.#findings.looks;
  readonly #readers: Readers;
  readonly #targets = new Set<string>();
  /** Consumers said more of messages than that they got them. */
  #handling = false;
  #complete: boolean | undefined;

  constructor(
    private readonly selection: Selection,
    names: MessageNames,
  ) {
    const { messages } = names;
    this.marks = new Uint16Array(messages);
    this.deliveries = new Uint32Array(messages);
    this.runs = new Uint32Array(messages);
    this.lives = new Lives(names);
    this.#readers = new Readers(names);
    this.#openPushes = new Uint8Array(messages);
    if (selection.queue !== undefined) this.#targets.add(selection.queue);
  }

  see(event: CheckedEvent, role: Role | null): void {
    this.lives.begin(event.time);
    if (event.operation === 'look') this.#looks.see(event);
    if (role === null) return;
    const { message } = event;
    if (message >= 0) this.lives.see(event);
    switch (role) {
      case 'push':
        this.#targets.add(event.target);
        if (this.selection.queue === undefined) this.#readers.pushed(event);
        this.#looks.disturb(event.target);
        if (message >= 0) this.#push(event);
        return;
      case 'consume':
        this.#looks.disturb(event.target);
        if (message >= 0) this.#consume(event);
        else if (event.operation === 'deliver') this.lostReplies++;
        return;
      case 'arrival':
        if (event.to !== undefined) this.#looks.disturb(event.to);
        if (message >= 0) this.#mark(event, ARRIVED, ARRIVED | MAYBE_GONE);
        return;
      case 'departure':
      case 'letter':
        if (message >= 0) this.#letter(event, role);
        return;
      case 'place':
        if (message >= 0) this.#findings.see(event);
        return;
      case 'reader':
        this.#readers.see(event);
    }
  }

  #push({ phase, message, time }: CheckedEvent): void {
    if (phase === 'invoke') {
      this.marks[message]! |= ATTEMPTED;
      this.#openPushes[message]!++;
      this.lives.pushed(message, time);
      return;
    }
    if (this.#openPushes[message]! > 0) this.#openPushes[message]!--;
    if (phase === 'ok') this.marks[message]! |= ATTEMPTED | ACKNOWLEDGED;
    if (phase === 'info') this.marks[message]! |= ATTEMPTED | UNSURE;
  }

  #consume(event: CheckedEvent): void {
    const { operation, phase, message } = event;
    this.#findings.moved(message);
    if (operation !== 'deliver' && operation !== 'effect') this.#handling = true;
    switch (operation) {
      case 'deliver':
        if (phase === 'ok') this.#deliver(event);
        return;
      case 'effect':
        this.marks[message]! |= AFFECTED;
        if (phase === 'ok') this.effects.set(message, this.effects.get(message) + 1);
        if (phase === 'info') this.unsureEffects.set(message, this.unsureEffects.get(message) + 1);
        return;
      case 'complete':
        this.runs[message]!++;
        this.marks[message]! |= phase === 'ok' ? COMPLETED : HANDLED;
        return;
      case 'retry':
        if (phase === 'info') this.marks[message]! |= MAYBE_BACK;
        return;
      case 'deadLetter':
        this.#mark(event, BURIED, MAYBE_GONE);
        return;
      case 'discard':
        this.#mark(event, DISCARDED, MAYBE_GONE);
    }
  }

  #deliver(event: CheckedEvent): void {
    const { message, time, attempt } = event;
    // Subscribers number no deliveries.
    if (attempt === 0 && this.selection.to) this.#readers.delivered(event);
    if (this.deliveries[message]!++ === 0) {
      const pushedAt = this.lives.pushedAt(message);
      if (pushedAt !== undefined) this.latency.record(time - pushedAt);
    }
    // What may have brought it back did, and whoever got it now answers for it.
    const over = this.marks[message]! & MAYBE_BACK ? MAYBE_BACK | BURIED : 0;
    this.marks[message] = (this.marks[message]! | DELIVERED) & ~over;
  }

  #letter(event: CheckedEvent, role: 'letter' | 'departure'): void {
    const { operation, message } = event;
    if (operation === 'dead') {
      this.#findings.see(event);
      return;
    }
    this.#findings.moved(message);
    if (role === 'departure') this.#mark(event, DEPARTED, MAYBE_GONE);
    else if (operation === 'purge') this.#mark(event, PURGED, MAYBE_GONE);
    else {
      this.#looks.disturb(event.target);
      this.#mark(event, ARRIVED, ARRIVED | MAYBE_BACK);
    }
    if (event.phase !== 'ok' || role === 'departure') return;
    this.#findings.unburied(message);
    this.marks[message]! &= ~(BURIED | (operation === 'redrive' ? DEPARTED : 0));
  }

  #mark({ phase, message }: CheckedEvent, certain: number, uncertain: number): void {
    if (phase === 'ok') this.marks[message]! |= certain;
    if (phase === 'info') this.marks[message]! |= uncertain;
  }

  /** Why nobody knows where everything is; none where everything was seen after the last that happened. */
  doubts(): string[] {
    if (this.#readers.any) return this.#readers.doubts(this.selection.to ?? []);
    return [...this.#targets].flatMap((target) => this.#looks.doubt(target) ?? []);
  }

  /** Deliveries beyond the first; to each subscriber its own. */
  redeliveries(message: number): number {
    const owed = this.#readers.any ? this.#readers.receipts(message) : 1;
    return Math.max(0, this.deliveries[message]! - owed);
  }

  /** The subscribers that were owed a message and never got it; null where there are subscribers, and none was owed it. */
  lacking(message: number): readonly string[] | null {
    return this.#readers.any ? this.#readers.lacking(message) : [];
  }

  /** A message that this queue never had: of another that shares its dead-letter queue. */
  isStranger(message: number): boolean {
    const marks = this.marks[message]!;
    return (marks & (ATTEMPTED | ARRIVED | DELIVERED)) === 0 && this.#findings.placesOf(message) === 0;
  }

  /** Delivered, or found by the last look, and nobody had put it into the queue. */
  isUnexpected(message: number): boolean {
    return (this.marks[message]! & (ATTEMPTED | ARRIVED)) === 0 && !this.isStranger(message);
  }

  /** The queue must account for it: the server took it, as a push or as a dead letter that came in. */
  isOwed(message: number): boolean {
    const marks = this.marks[message]!;
    return (marks & ACKNOWLEDGED) !== 0 || (marks & (ATTEMPTED | ARRIVED)) === ARRIVED;
  }

  /** Pushed, and whether the server took it was never learnt. */
  isUnknown(message: number): boolean {
    const marks = this.marks[message]!;
    if ((marks & ATTEMPTED) === 0 || (marks & ACKNOWLEDGED) !== 0) return false;
    return (marks & UNSURE) !== 0 || this.#openPushes[message]! > 0;
  }

  /** Where a message is after the last event. */
  placesOf(message: number): number {
    this.#complete ??= this.doubts().length === 0;
    const marks = this.marks[message]!;
    const found = this.#findings.placesOf(message);
    const lacking = this.lacking(message);
    let places = found | (lacking === null ? ELSEWHERE : 0);
    const buried = marks & BURIED && !(marks & MAYBE_BACK && found !== 0);
    if (buried || this.#findings.isBuried(message)) places |= PLACES.deadLettered;
    if (marks & DISCARDED) places |= PLACES.discarded;
    if (marks & PURGED) places |= PLACES.purged;
    if (marks & DEPARTED) places = (places & ~PLACES.deadLettered) | ELSEWHERE;
    // Who only reads does not say more than that; what was handled and is nowhere was let go of.
    const plain = !this.#handling && marks & DELIVERED && found === 0 && (lacking ?? []).length === 0;
    const inferred = marks & HANDLED && this.#complete && places === 0;
    if (marks & COMPLETED || plain || inferred) places |= PLACES.completed;
    if (places === 0 && marks & (MAYBE_GONE | MAYBE_BACK | HANDLED)) return UNCERTAIN;
    return places;
  }
}
