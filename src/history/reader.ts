import type { CheckedEvent } from '../contracts/checker.js';
import type { Bytes } from './bytes.js';
import { NEXT_BODY, readFrame } from './codec.js';
import { type Frame, type Frames, HAS } from './frames.js';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Reads events in the order in which they were written, from the beginning of a chunk. */
export function eventReader(frames: Frames): (bytes: Bytes) => CheckedEvent {
  let last: CheckedEvent | undefined;
  return (bytes) => {
    if (!last || bytes.peek() > NEXT_BODY) last = readEvent(bytes, frames);
    else {
      const event = { ...last };
      readNext(bytes, event);
      last = event;
    }
    return last;
  };
}

/** Makes of an event the one that is told by what it differs in. */
function readNext(bytes: Bytes, event: Writable<CheckedEvent>): void {
  event.message++;
  if (bytes.readByte() === NEXT_BODY) readBody(bytes, event);
}

/** What follows NEXT_BODY. */
function readBody(bytes: Bytes, event: Writable<CheckedEvent>): void {
  event.hash = bytes.readVarint();
  if (event.body !== undefined) event.body = bytes.readText();
}

function skipBody(bytes: Bytes, hasText: boolean): void {
  bytes.readVarint();
  if (hasText) bytes.skipText();
}

/** Who wants to know what happened, without an object for each event. */
export interface Onlooker {
  /** So many events that are alike but for their messages, which follow each other from that of `event` on. */
  see(event: SkimmedEvent, count: number): void;
  /** By message: 1 where all is to be told of it, to `take`. */
  readonly chosen: Uint8Array;
  take(event: CheckedEvent): void;
}

/** Reads a record and those after it that refer to it, of so many at most; gives how many. */
export function runReader(frames: Frames, onlooker: Onlooker): (bytes: Bytes, rows: number) => number {
  const skim = skimmer(frames);
  const { chosen } = onlooker;
  return (bytes, rows) => {
    const start = bytes.position;
    const event = skim(bytes);
    const { message } = event;
    const hasText = (event.frame.fields & HAS.body) !== 0;
    let taken = chosen[message] === 1 ? [{ message, body: 0 }] : undefined;
    // Where the last body stands that is another than the first.
    let body = 0;
    let count = 1;
    for (; count < rows; count++) {
      const next = bytes.peek();
      if (next > NEXT_BODY) break;
      bytes.position++;
      if (next === NEXT_BODY) {
        body = bytes.position;
        skipBody(bytes, hasText);
      }
      if (chosen[message + count] !== 1) continue;
      taken ??= [];
      taken.push({ message: message + count, body });
    }
    onlooker.see(event, count);
    // Elsewhere: events of many forms would spoil what is compiled of this.
    if (taken) take(taken, bytes, start, frames, onlooker);
    return count;
  };
}

/** Tells of messages of the record at `start`, and of those after it. */
function take(
  messages: readonly { readonly message: number; readonly body: number }[],
  bytes: Bytes,
  start: number,
  frames: Frames,
  onlooker: Onlooker,
): void {
  const after = bytes.position;
  bytes.position = start;
  const event = readEvent(bytes, frames);
  for (const { message, body } of messages) {
    bytes.position = body;
    if (body > 0) readBody(bytes, event);
    onlooker.take({ ...event, message });
  }
  bytes.position = after;
}

/** Reads what `writeEvent` wrote. */
function readEvent(bytes: Bytes, frames: Frames): Writable<CheckedEvent> {
  const frame = frames.at(readFrame(bytes));
  const event: Writable<CheckedEvent> = {
    phase: frame.phase,
    operation: frame.operation,
    target: frame.target,
    message: bytes.readVarint() - 1,
    time: bytes.readDouble(),
    process: bytes.readVarint(),
    attempt: bytes.readVarint(),
    actor: frame.actor,
    step: frame.step,
  };
  const { fields } = frame;
  if (fields !== 0) {
    if (fields & HAS.since) event.since = bytes.readDouble();
    if (fields & HAS.notBefore) event.notBefore = bytes.readDouble();
    if (fields & HAS.entryId) event.entryId = bytes.readText();
    if (fields & HAS.connection) event.connection = bytes.readVarint();
    if (fields & HAS.key) event.key = bytes.readText();
    if (fields & HAS.hash) event.hash = bytes.readVarint();
    if (fields & HAS.body) event.body = bytes.readText();
  }
  if (!frame.isSpecial) return event;
  if (frame.to !== undefined) event.to = frame.to;
  if (frame.fault !== undefined) event.fault = frame.fault;
  if (frame.namedBy !== undefined) event.namedBy = frame.namedBy;
  if (frame.pattern !== undefined) event.pattern = frame.pattern;
  if (frame.shard !== undefined) event.shard = frame.shard;
  return event;
}

/** What of an event takes no text of its own. */
export interface SkimmedEvent {
  readonly frame: Frame;
  readonly message: number;
  readonly time: number;
  readonly attempt: number;
  /** NaN where there is none: a field that is undefined at first makes all code anew that was compiled for it. */
  readonly notBefore: number;
}

/** The same, into one and the same event: a million objects take longer than all that they say. */
function skimmer(frames: Frames): (bytes: Bytes) => SkimmedEvent {
  let event: Writable<SkimmedEvent> | undefined;
  return (bytes) => {
    const frame = frames.at(readFrame(bytes));
    event ??= { frame, message: -1, time: 0, attempt: 0, notBefore: Number.NaN };
    event.frame = frame;
    event.message = bytes.readVarint() - 1;
    event.time = bytes.readDouble();
    bytes.readVarint(); // process
    event.attempt = bytes.readVarint();
    event.notBefore = Number.NaN;
    const { fields } = frame;
    if (fields === 0) return event;
    if (fields & HAS.since) bytes.position += 8;
    if (fields & HAS.notBefore) event.notBefore = bytes.readDouble();
    if (fields & HAS.entryId) bytes.skipText();
    if (fields & HAS.connection) bytes.readVarint();
    if (fields & HAS.key) bytes.skipText();
    if (fields & HAS.hash) bytes.readVarint();
    if (fields & HAS.body) bytes.skipText();
    return event;
  };
}
