import {
  AGGREGATE,
  ATTRIBUTE,
  BULK,
  DEEPEST,
  FORM_OF,
  LINE,
  LONGEST_BULK,
  LONGEST_LINE,
  MOST_ELEMENTS,
  NO_FORM,
  PAIRS,
} from './form.js';
import { describeByte, ProtocolError } from './problem.js';
import { Spill } from './spill.js';

/** `push`: out of band, so that it answers no command. */
export type ReplyKind = 'value' | 'null' | 'error' | 'push';

export interface ReplySink {
  /**
   * A reply is complete: `bytes[start, end)`. Of one that came in pieces only `keptBytes` are there; `isWhole` says
   * whether those are all. The bytes are valid during the call alone.
   */
  reply(kind: ReplyKind, bytes: Buffer, start: number, end: number, isWhole: boolean): void;
  /** Each string of bytes, in or out of an aggregate, in one piece; where it is absent, none is put together. */
  readonly bulk?: ((bytes: Buffer, start: number, end: number) => void) | undefined;
}

const CR = 13;
const LF = 10;
const MINUS = 45;
const ZERO = 48;
const [ERROR, BLOB_ERROR, NULL, PUSH] = [45, 33, 95, 62];

const TYPE = 0;
const TEXT = 1;
const TEXT_END = 2;
const LENGTH = 3;
const LENGTH_END = 4;
const BODY = 5;
const BODY_END = 6;
const BODY_LINE_END = 7;

/** Long enough for every error of the server, whose first words matter. */
const KEPT_BYTES = 512;

/** Finds where replies of RESP2 and RESP3 end, in chunks that are cut anywhere. It makes no values. */
export class ReplyReader {
  /** How much is kept of a reply that comes in pieces. */
  keptBytes = KEPT_BYTES;
  #state = TYPE;
  #form = NO_FORM;
  #kind: ReplyKind = 'value';
  /** Of the line that is being read: its length, or the number in it. */
  #number = 0;
  #digits = 0;
  #isNegative = false;
  /** Bytes of the body that are still to come. */
  #left = 0;
  #depth = 0;
  /** Elements that are still to come, by depth. */
  readonly #missing: number[] = [];
  readonly #isAttribute: boolean[] = [];
  #isWithin = false;
  readonly #reply = new Spill();
  readonly #body = new Spill();

  constructor(private readonly sink: ReplySink) {}

  /** Raises a ProtocolError, after which nothing more can be read. */
  read(chunk: Buffer, length: number): void {
    let at = 0;
    /** Where in this chunk the bytes of the reply begin, and those of the body. */
    let replyStart = 0;
    let bodyStart = 0;
    while (at < length) {
      switch (this.#state) {
        case TYPE: {
          if (!this.#isWithin) {
            this.#isWithin = true;
            replyStart = at;
          }
          this.#begin(chunk[at]!);
          at++;
          break;
        }
        case TEXT: {
          const start = at;
          while (at < length && chunk[at] !== CR && chunk[at] !== LF) at++;
          this.#number += at - start;
          if (this.#number > LONGEST_LINE) throw new ProtocolError(`a line of more than ${LONGEST_LINE} bytes`);
          if (at === length) break;
          expectByte(chunk[at]!, CR, 'within a line');
          this.#state = TEXT_END;
          at++;
          break;
        }
        case TEXT_END:
          expectByte(chunk[at]!, LF, 'after the carriage return of a line');
          at++;
          if (this.#completes()) replyStart = this.#deliver(chunk, replyStart, at);
          break;
        case LENGTH: {
          const byte = chunk[at]!;
          at++;
          if (byte === CR) this.#state = LENGTH_END;
          else this.#digit(byte);
          break;
        }
        case LENGTH_END:
          expectByte(chunk[at]!, LF, 'after a length');
          at++;
          bodyStart = at;
          if (this.#measured() && this.#completes()) replyStart = this.#deliver(chunk, replyStart, at);
          break;
        case BODY: {
          const taken = Math.min(this.#left, length - at);
          this.#left -= taken;
          at += taken;
          if (this.#left > 0) break;
          if (this.sink.bulk) this.#deliverBody(chunk, bodyStart, at);
          this.#state = BODY_END;
          break;
        }
        case BODY_END:
          expectByte(chunk[at]!, CR, 'after a string of its length');
          this.#state = BODY_LINE_END;
          at++;
          break;
        default:
          expectByte(chunk[at]!, LF, 'after a string of its length');
          at++;
          if (this.#completes()) replyStart = this.#deliver(chunk, replyStart, at);
      }
    }
    if (this.#isWithin) this.#reply.append(chunk, replyStart, length, this.keptBytes);
    if (this.sink.bulk && this.#state === BODY) this.#body.append(chunk, bodyStart, length, LONGEST_BULK);
  }

  #begin(type: number): void {
    const form = FORM_OF[type]!;
    if (form === NO_FORM) throw new ProtocolError(`${describeByte(type)} where a reply begins`);
    this.#form = form;
    if (this.#depth === 0) {
      this.#kind =
        type === ERROR || type === BLOB_ERROR ? 'error' : type === NULL ? 'null' : type === PUSH ? 'push' : 'value';
    } else if (type === PUSH) throw new ProtocolError('a push within a reply');
    this.#number = 0;
    this.#digits = 0;
    this.#isNegative = false;
    this.#state = form === LINE ? TEXT : LENGTH;
  }

  #digit(byte: number): void {
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      this.#number = this.#number * 10 + digit;
      this.#digits++;
      const most = this.#form === BULK ? LONGEST_BULK : MOST_ELEMENTS;
      if (this.#number > most || this.#digits > 10) throw new ProtocolError(`a length of more than ${most}`);
    } else if (byte === MINUS && this.#digits === 0 && !this.#isNegative) this.#isNegative = true;
    else if (byte === 63 && this.#digits === 0) throw new ProtocolError('a streamed reply, which no server sends');
    else throw new ProtocolError(`${describeByte(byte)} in a length`);
  }

  /** The length of a string or the count of an aggregate is known; true where that is all of it. */
  #measured(): boolean {
    if (this.#digits === 0) throw new ProtocolError('a length without digits');
    const form = this.#form;
    if (this.#isNegative) {
      if (this.#number !== 1 || (form !== BULK && form !== AGGREGATE)) {
        throw new ProtocolError(`a length of -${this.#number}`);
      }
      if (this.#depth === 0) this.#kind = 'null';
      return true;
    }
    if (form === BULK) {
      this.#left = this.#number;
      this.#state = this.#number === 0 ? BODY_END : BODY;
      if (this.#number === 0) this.sink.bulk?.(EMPTY, 0, 0);
      return false;
    }
    const isAttribute = form === ATTRIBUTE;
    this.#state = TYPE;
    if (this.#number === 0) return !isAttribute;
    if (this.#depth === DEEPEST) throw new ProtocolError(`replies nested more than ${DEEPEST} deep`);
    this.#missing[this.#depth] = form === PAIRS || isAttribute ? this.#number * 2 : this.#number;
    this.#isAttribute[this.#depth] = isAttribute;
    this.#depth++;
    return false;
  }

  /** An element is complete; true where the whole reply is with it. */
  #completes(): boolean {
    this.#state = TYPE;
    while (this.#depth > 0) {
      const top = this.#depth - 1;
      const missing = this.#missing[top]! - 1;
      this.#missing[top] = missing;
      if (missing > 0) return false;
      this.#depth = top;
      if (this.#isAttribute[top]) return false;
    }
    return true;
  }

  #deliver(chunk: Buffer, start: number, end: number): number {
    this.#isWithin = false;
    const spill = this.#reply;
    if (spill.length === 0) this.sink.reply(this.#kind, chunk, start, end, true);
    else {
      spill.append(chunk, start, end, this.keptBytes);
      this.sink.reply(this.#kind, spill.bytes, 0, spill.length, spill.isWhole);
      spill.clear();
    }
    return end;
  }

  #deliverBody(chunk: Buffer, start: number, end: number): void {
    const spill = this.#body;
    if (spill.length === 0) this.sink.bulk?.(chunk, start, end);
    else {
      spill.append(chunk, start, end, LONGEST_BULK);
      this.sink.bulk?.(spill.bytes, 0, spill.length);
      spill.clear();
    }
  }
}

const EMPTY = Buffer.alloc(0);

function expectByte(byte: number, expected: number, where: string): void {
  if (byte !== expected) throw new ProtocolError(`${describeByte(byte)} ${where}`);
}
