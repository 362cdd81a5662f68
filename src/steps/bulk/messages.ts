import type { DeferredValue } from '../../contracts/fields.js';
import { type Hole, Text, writeDigits } from '../../wire/command/hole.js';
import { Body } from './body.js';

/** What messages hold, by their numbers. */
export interface Contents {
  body(index: number): string;
  readonly key?: DeferredValue<string> | undefined;
  /** Expressions make them, which may give something else when they are evaluated again. */
  readonly varies: boolean;
}

interface Content {
  readonly body: string;
  readonly key: string | null;
}

/** The message that is sent next, of which commands are made by holes. */
export class Messages {
  readonly body = new Body();
  key: string | null = null;
  /** On the monotonic clock. */
  sentAt = 0;
  #current = -1;
  /** Of those in flight: a node of a cluster may send one on. */
  readonly #kept = new Map<number, Content>();

  constructor(
    private readonly contents: Contents,
    /** Milliseconds since the epoch, to a microsecond, of a time on the monotonic clock. */
    private readonly wallTime: (at: number) => number,
  ) {}

  /** Raises what evaluating an expression raises. */
  take(index: number): void {
    if (index === this.#current) return;
    const { body, key } = this.#kept.get(index) ?? this.#make(index);
    this.body.set(body);
    this.key = key;
    this.#current = index;
  }

  /** Of one in flight. */
  keyOf(index: number): string | null {
    return this.contents.varies ? (this.#kept.get(index)?.key ?? null) : this.key;
  }

  /** Nothing more is to be done with it. */
  forget(index: number): void {
    if (this.contents.varies) this.#kept.delete(index);
  }

  /** As JSON. */
  readonly keyHole: Hole = new Text((index) => {
    this.take(index);
    return JSON.stringify(this.key);
  });

  readonly timeHole: Hole = new Timestamp(() => this.wallTime(this.sentAt));

  readonly bodyHole: Hole = new BodyHole(this);

  #make(index: number): Content {
    const { varies, key } = this.contents;
    const content = { body: this.contents.body(index), key: key?.evaluate({ index }) ?? null };
    if (varies) this.#kept.set(index, content);
    return content;
  }
}

class BodyHole implements Hole {
  readonly isFixed = false;

  constructor(private readonly messages: Messages) {}

  get length(): number {
    return this.messages.body.length;
  }

  draw(index: number): void {
    this.messages.take(index);
  }

  write(target: Buffer, at: number): void {
    const { bytes, length } = this.messages.body;
    bytes.copy(target, at, 0, length);
  }
}

const [WHOLE_DIGITS, DIGITS, DOT] = [13, 3, 46];

/** Milliseconds since the epoch, which have thirteen digits until 2286, and three digits behind the dot. */
class Timestamp implements Hole {
  readonly isFixed = true;
  readonly length = WHOLE_DIGITS + 1 + DIGITS;
  #microseconds = 0;

  constructor(private readonly wallTime: () => number) {}

  draw(): void {
    this.#microseconds = Math.round(this.wallTime() * 1_000);
  }

  write(target: Buffer, at: number): void {
    const whole = Math.floor(this.#microseconds / 1_000);
    writeDigits(target, at, whole, WHOLE_DIGITS);
    target[at + WHOLE_DIGITS] = DOT;
    writeDigits(target, at + WHOLE_DIGITS + 1, this.#microseconds - whole * 1_000, DIGITS);
  }
}
