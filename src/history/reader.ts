import type { CheckedEvent } from '../contracts/checker.js';
import type { Bytes, Strings } from './bytes.js';
import { HAS, KINDS, NEXT, NEXT_BODY } from './codec.js';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Reads events in the order in which they were written, from the beginning of a chunk. */
export function eventReader(strings: Strings): (bytes: Bytes) => CheckedEvent {
  let last: CheckedEvent | undefined;
  return (bytes) => {
    if (!last || bytes.peek() < NEXT_BODY) last = readEvent(bytes, strings);
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
  if (bytes.readByte() === NEXT) return;
  event.hash = bytes.readVarint();
  if (event.body !== undefined) event.body = bytes.readText();
}

/** Who wants to know what happened, without an object for each event. */
export interface Onlooker {
  /** So many events that are alike but for their messages, which follow each other from that of `event` on. */
  see(event: SkimmedEvent, count: number): void;
  /** Whether all is to be told of a message, to `take`. */
  isChosen(message: number): boolean;
  take(event: CheckedEvent): void;
}

/** Reads a record and those after it that refer to it, of so many at most; gives how many. */
export function runReader(strings: Strings, onlooker: Onlooker): (bytes: Bytes, rows: number) => number {
  const skim = skimmer(strings);
  return (bytes, rows) => {
    const start = bytes.position;
    const event = skim(bytes);
    let count = 1;
    while (count < rows && bytes.peek() >= NEXT_BODY) count += skipNext(bytes, event.hasBody, rows - count);
    onlooker.see(event, count);
    const end = bytes.position;
    let whole: Writable<CheckedEvent> | undefined;
    for (let message = event.message; message < event.message + count; message++) {
      if (!onlooker.isChosen(message)) continue;
      if (!whole) {
        bytes.position = start;
        whole = readEvent(bytes, strings);
      }
      while (whole.message < message) readNext(bytes, whole);
      onlooker.take({ ...whole });
    }
    bytes.position = end;
    return count;
  };
}

/** How many of those that stand here refer to the record before them, of so many at most; one does. */
function skipNext(bytes: Bytes, hasBody: boolean, most: number): number {
  if (bytes.peek() === NEXT) return bytes.takesAll(NEXT, most);
  bytes.readByte();
  bytes.readVarint();
  if (hasBody) bytes.skipText();
  return 1;
}

/** Reads what `writeEvent` wrote. */
function readEvent(bytes: Bytes, strings: Strings): Writable<CheckedEvent> {
  const { phase, operation } = KINDS[bytes.readByte()]!;
  const fields = bytes.readVarint();
  const event: Writable<CheckedEvent> = {
    phase,
    operation,
    target: strings.text(bytes.readVarint()),
    message: bytes.readVarint() - 1,
    time: bytes.readDouble(),
    process: bytes.readVarint(),
    attempt: bytes.readVarint(),
    actor: strings.text(bytes.readVarint()),
    step: strings.text(bytes.readVarint()),
  };
  if (fields === 0) return event;
  if (fields & HAS.since) event.since = bytes.readDouble();
  if (fields & HAS.notBefore) event.notBefore = bytes.readDouble();
  if (fields & HAS.entryId) event.entryId = bytes.readText();
  if (fields & HAS.connection) event.connection = bytes.readVarint();
  if (fields & HAS.key) event.key = bytes.readText();
  if (fields & HAS.to) event.to = strings.text(bytes.readVarint());
  if (fields & HAS.fault) event.fault = strings.text(bytes.readVarint());
  if (fields & HAS.hash) event.hash = bytes.readVarint();
  if (fields & HAS.body) event.body = bytes.readText();
  if (fields & (HAS.identity | HAS.content)) event.namedBy = fields & HAS.identity ? 'identity' : 'content';
  if (fields & (HAS.pattern | HAS.exact)) event.pattern = (fields & HAS.pattern) !== 0;
  if (fields & HAS.shard) event.shard = true;
  return event;
}

/**
 * What of an event takes no text of its own. What it has not is NaN or empty, since a field that is undefined at first
 * makes all code anew that was compiled for it.
 */
export type SkimmedEvent = Required<
  Pick<
    CheckedEvent,
    'phase' | 'operation' | 'target' | 'message' | 'time' | 'attempt' | 'actor' | 'step' | 'notBefore' | 'to' | 'fault'
  >
> & {
  /** Its place among KINDS. */
  readonly kind: number;
  readonly hasBody: boolean;
};

/** The same, into one and the same event: a million objects take longer than all that they say. */
function skimmer(strings: Strings): (bytes: Bytes) => SkimmedEvent {
  const event: Writable<SkimmedEvent> = {
    kind: 0,
    phase: 'invoke',
    operation: 'push',
    target: '',
    message: -1,
    time: 0,
    attempt: 0,
    actor: '',
    step: '',
    notBefore: Number.NaN,
    to: '',
    fault: '',
    hasBody: false,
  };
  return (bytes) => {
    event.kind = bytes.readByte();
    const fields = bytes.readVarint();
    const { phase, operation } = KINDS[event.kind]!;
    event.phase = phase;
    event.operation = operation;
    event.target = strings.text(bytes.readVarint());
    event.message = bytes.readVarint() - 1;
    event.time = bytes.readDouble();
    bytes.readVarint(); // process
    event.attempt = bytes.readVarint();
    event.actor = strings.text(bytes.readVarint());
    event.step = strings.text(bytes.readVarint());
    event.notBefore = Number.NaN;
    event.to = event.fault = '';
    event.hasBody = (fields & HAS.body) !== 0;
    if (fields === 0) return event;
    if (fields & HAS.since) bytes.position += 8;
    if (fields & HAS.notBefore) event.notBefore = bytes.readDouble();
    if (fields & HAS.entryId) bytes.skipText();
    if (fields & HAS.connection) bytes.readVarint();
    if (fields & HAS.key) bytes.skipText();
    if (fields & HAS.to) event.to = strings.text(bytes.readVarint());
    if (fields & HAS.fault) event.fault = strings.text(bytes.readVarint());
    if (fields & HAS.hash) bytes.readVarint();
    if (event.hasBody) bytes.skipText();
    return event;
  };
}
