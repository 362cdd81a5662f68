import type { PushedBody } from '../contracts/history.js';
import { Bytes, LONGEST_VARINT } from './bytes.js';
import { NEXT, NEXT_BODY, roomFor, writeHead, writeRest } from './codec.js';
import { type EventFrame, type Frame, type Frames, HAS } from './frames.js';

/** What of its body an event of a series holds. */
export type BodyForm = 'none' | 'hash' | 'text';
const BODY_FIELDS: Readonly<Record<BodyForm, number>> = { none: 0, hash: HAS.hash, text: HAS.hash | HAS.body };

/**
 * Events that differ in their messages, times and bodies alone: all else of them is made into bytes once. What arrives
 * or is sent together mostly is of messages that follow each other: then each after the first takes one byte, and its
 * body where that is another one.
 */
export class EventSeries {
  readonly #frame: Frame;
  /** What follows message and time. */
  readonly #rest: Buffer;
  /** Of the last that was written. */
  #row = -1;
  #message = 0;
  #time = 0;
  #body: PushedBody | undefined;
  #revision: number | undefined;

  constructor(
    event: EventFrame,
    step: string,
    frames: Frames,
    private readonly form: BodyForm,
  ) {
    this.#frame = frames.of(event, step, BODY_FIELDS[form]);
    const bytes = new Bytes(Buffer.allocUnsafe(roomFor(event)));
    writeRest(bytes, this.#frame, event);
    this.#rest = Buffer.from(bytes.buffer.subarray(0, bytes.position));
  }

  /** More bytes than one takes. */
  roomFor(body: PushedBody | undefined): number {
    return this.#rest.length + 8 + 4 * LONGEST_VARINT + (this.form === 'text' ? 2 * body!.length : 0);
  }

  /** `row` is its place among all events; the first of a chunk refers to none before it. */
  write(bytes: Bytes, row: number, message: number, time: number, body: PushedBody | undefined): void {
    const follows = row === this.#row + 1 && message === this.#message + 1 && time === this.#time && bytes.position > 0;
    const isSame = body === this.#body && body?.revision === this.#revision;
    this.#row = row;
    this.#message = message;
    this.#time = time;
    this.#body = body;
    this.#revision = body?.revision;
    if (follows) bytes.writeByte(isSame ? NEXT : NEXT_BODY);
    else {
      writeHead(bytes, this.#frame, message, time);
      bytes.writeBytes(this.#rest);
    }
    if (body && !(follows && isSame)) this.#writeBody(bytes, body);
  }

  #writeBody(bytes: Bytes, body: PushedBody): void {
    bytes.writeVarint(body.hash);
    if (this.form !== 'text') return;
    if (body.isAscii) bytes.writeAscii(body.bytes, body.length);
    else bytes.writeText(body.bytes.toString('utf8', 0, body.length));
  }
}
