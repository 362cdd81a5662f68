import type { DeliveryListener, MessageSource } from '../contracts/redis.js';
import { Expected, viewOf } from './expected.js';

/** A source with the bytes of its messages up to the length of their payload. */
interface Known extends MessageSource {
  readonly head: Expected;
}

const [CR, LF, ZERO] = [13, 10, 48];
/** `>3`, `>4`: what pushes of messages begin with, by how many parts they have. */
const [PUSH, THREE, FOUR] = [62, 51, 52];
/** Taken at once of what completes a message that came in pieces, before its length is known. */
const STEP = 256;
const INCOMPLETE = -1;

/**
 * Takes messages out of what the server sends to a subscriber, in chunks that are cut anywhere, and makes no values of
 * them: clients that do are several times slower than servers send. Everything else is passed on.
 */
export class MessageReader {
  onMessage: DeliveryListener = () => {};
  /** Replies and pushes that are no messages, for whoever understands them. */
  onOther: (bytes: Buffer) => void = () => {};
  #source: Known | undefined;
  readonly #sources = new Map<string, Known>();
  /** The beginning of what came in part. */
  #held = Buffer.alloc(0);
  #length = 0;
  /** How long it will be; 0 while nobody knows. */
  #needed = 0;
  /** Nothing of this chunk was delivered yet. */
  #isFirst = true;

  read(chunk: Buffer, length: number): void {
    let at = 0;
    this.#isFirst = true;
    while (this.#length > 0) {
      const before = this.#length;
      const taken = Math.min(length - at, Math.max(this.#needed - before, STEP));
      this.#hold(chunk, at, at + taken);
      const end = this.#readAll(this.#held, 0, this.#length);
      if (end === 0) {
        at += taken;
        if (at === length) return;
      } else {
        at += end - before;
        this.#length = 0;
      }
    }
    at = this.#readAll(chunk, at, length);
    this.#hold(chunk, at, length);
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#held.length) {
      const grown = Buffer.allocUnsafe(Math.max(2 * length, this.#needed));
      this.#held.copy(grown, 0, 0, this.#length);
      this.#held = grown;
    }
    chunk.copy(this.#held, this.#length, start, end);
    this.#length = length;
  }

  /** Gives the end of the last that is complete. */
  #readAll(bytes: Buffer, start: number, end: number): number {
    let at = start;
    this.#needed = 0;
    while (at < end) {
      const next = this.#readOne(bytes, at, end);
      if (next === INCOMPLETE) break;
      at = next;
    }
    return at;
  }

  #readOne(bytes: Buffer, start: number, end: number): number {
    let source = this.#source;
    if (!source?.head.standsAt(viewOf(bytes), start, end)) {
      const headEnd = endOfHead(bytes, start, end);
      if (headEnd === INCOMPLETE) return INCOMPLETE;
      if (headEnd === start) return this.#passOn(bytes, start, end);
      source = this.#sourceOf(bytes, start, headEnd);
    }
    let at = start + source.head.length;
    let size = 0;
    for (; at < end && bytes[at] !== CR; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) return this.#passOn(bytes, start, end);
      size = size * 10 + digit;
    }
    const payload = at + 2;
    const next = payload + size + 2;
    if (next <= end) {
      this.onMessage(source, bytes, payload, payload + size, this.#isFirst);
      this.#isFirst = false;
      return next;
    }
    if (at < end) this.#needed = next - start;
    return INCOMPLETE;
  }

  #sourceOf(bytes: Buffer, start: number, end: number): Known {
    const head = bytes.toString('latin1', start, end);
    let source = this.#sources.get(head);
    if (!source) {
      source = knownBy(Buffer.from(head, 'latin1'));
      this.#sources.set(head, source);
    }
    this.#source = source;
    return source;
  }

  #passOn(bytes: Buffer, start: number, end: number): number {
    const next = endOfReply(bytes, start, end);
    if (next !== INCOMPLETE) this.onOther(Buffer.from(bytes.subarray(start, next)));
    return next;
  }
}

/** Where the length of a message's payload begins; the start itself of what is no message. */
function endOfHead(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== PUSH) return start;
  if (end - start < 4) return INCOMPLETE;
  const parts = bytes[start + 1] === THREE ? 3 : bytes[start + 1] === FOUR ? 4 : 0;
  if (parts === 0 || bytes[start + 2] !== CR) return start;
  let at = start + 4;
  for (let part = 1; part < parts; part++) {
    const next = endOfReply(bytes, at, end);
    if (next === INCOMPLETE) return INCOMPLETE;
    // The first part is what kind of push it is.
    if (part === 1 && !/^\$\d\r\n[ps]?message\r\n$/.test(bytes.toString('latin1', at, next))) return start;
    at = next;
  }
  return at < end ? at + 1 : INCOMPLETE;
}

/** `>4 $8 pmessage $2 n* $4 news $`, with a line's end for each space. */
function knownBy(head: Buffer): Known {
  const names: string[] = [];
  for (let at = 4; at < head.length - 1; ) {
    const next = endOfReply(head, at, head.length);
    names.push(head.toString('utf8', head.indexOf(LF, at) + 1, next - 2));
    at = next;
  }
  const [, first = '', second] = names;
  return { head: new Expected(head), channel: second ?? first, pattern: second === undefined ? null : first };
}

/** https://redis.io/docs/latest/develop/reference/protocol-spec/ */
function endOfReply(bytes: Buffer, start: number, end: number): number {
  let at = start;
  for (let missing = 1; missing > 0; missing--) {
    const line = bytes.indexOf(LF, at);
    if (line < 0 || line >= end) return INCOMPLETE;
    const type = String.fromCharCode(bytes[at]!);
    const count = '+-:_#,('.includes(type) ? 0 : Number(bytes.toString('latin1', at + 1, line));
    // What is no reply is passed on with all that follows it.
    if (!(count >= -1 && '+-:_#,($!=*~>%|'.includes(type))) return end;
    at = line + 1;
    if (count === -1) continue;
    if ('$!='.includes(type)) at += count + 2;
    else if ('*~>'.includes(type)) missing += count;
    else if (type === '%') missing += 2 * count;
    else if (type === '|') missing += 2 * count + 1;
    if (at > end) return INCOMPLETE;
  }
  return at;
}
