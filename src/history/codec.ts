import type { CheckedEvent } from '../contracts/checker.js';
import type { HistoryEvent, HistoryOperation, HistoryPhase } from '../contracts/history.js';
import { Bytes, LONGEST_VARINT, type Strings } from './bytes.js';

// Records, not lists, so that the compiler misses none.
const PHASE_NUMBERS: Readonly<Record<HistoryPhase, number>> = { invoke: 0, ok: 1, fail: 2, info: 3 };
const OPERATION_NUMBERS: Readonly<Record<HistoryOperation, number>> = {
  push: 0,
  deliver: 1,
  effect: 2,
  complete: 3,
  handlerFail: 4,
  crash: 5,
  retry: 6,
  deadLetter: 7,
  discard: 8,
  redrive: 9,
  purge: 10,
  subscribe: 11,
  disconnect: 12,
  caughtUp: 13,
  look: 14,
  queued: 15,
  inFlight: 16,
  dead: 17,
  done: 18,
};
export const PHASES = Object.keys(PHASE_NUMBERS) as readonly HistoryPhase[]; // its keys are all phases
export const OPERATIONS = Object.keys(OPERATION_NUMBERS) as readonly HistoryOperation[]; // its keys are all operations

/** Both by a record's first byte. */
const KINDS = PHASES.flatMap((phase) => OPERATIONS.map((operation) => ({ phase, operation })));

/** Instead of a record's first byte: all is as in the record before it, but of the message after that one's. */
export const NEXT = 255;
/** The same, but the hash is another one, and the body, if it is told: they follow. */
export const NEXT_BODY = 254;

/** Which of the fields that few events have follow a record. */
export const HAS = {
  since: 1,
  notBefore: 2,
  entryId: 4,
  hash: 8,
  connection: 16,
  key: 32,
  body: 64,
  to: 128,
  fault: 256,
  identity: 512,
  content: 1_024,
  pattern: 2_048,
  exact: 4_096,
  shard: 8_192,
} as const;

const HEAD_BYTES = 1 + 8 + 7 * LONGEST_VARINT;
const REST_BYTES = 2 * 8 + 4 * LONGEST_VARINT;

/** More bytes than the record of an event takes. */
export function roomFor({ entryId, key, body }: EventFrame): number {
  let room = HEAD_BYTES + REST_BYTES;
  if (entryId !== undefined) room += Bytes.sizeOfText(entryId);
  if (key !== undefined) room += Bytes.sizeOfText(key);
  if (body !== undefined) room += Bytes.sizeOfText(body);
  return room;
}

export function fieldsOf(event: EventFrame): number {
  let fields = 0;
  if (event.since !== undefined) fields |= HAS.since;
  if (event.notBefore !== undefined) fields |= HAS.notBefore;
  if (event.entryId !== undefined) fields |= HAS.entryId;
  if (event.hash !== undefined) fields |= HAS.hash;
  if (event.connection !== undefined) fields |= HAS.connection;
  if (event.key !== undefined) fields |= HAS.key;
  if (event.body !== undefined) fields |= HAS.body;
  if (event.to !== undefined) fields |= HAS.to;
  if (event.fault !== undefined) fields |= HAS.fault;
  if (event.namedBy !== undefined) fields |= event.namedBy === 'identity' ? HAS.identity : HAS.content;
  if (event.pattern !== undefined) fields |= event.pattern ? HAS.pattern : HAS.exact;
  if (event.shard) fields |= HAS.shard;
  return fields;
}

/** An event but for its message and its time. */
export type EventFrame = Omit<HistoryEvent, 'message' | 'time'>;

/** Writes an event as numbers; `message` is its dense number, `step` one of the strings. */
export function writeEvent(bytes: Bytes, event: HistoryEvent, message: number, step: number, strings: Strings): void {
  const fields = fieldsOf(event);
  writeHead(bytes, event, fields, strings);
  bytes.writeVarint(message + 1);
  bytes.writeDouble(event.time);
  writeRest(bytes, event, fields, step, strings);
}

export function writeHead(bytes: Bytes, event: EventFrame, fields: number, strings: Strings): void {
  bytes.writeByte(PHASE_NUMBERS[event.phase] * OPERATIONS.length + OPERATION_NUMBERS[event.operation]);
  bytes.writeVarint(fields);
  bytes.writeVarint(strings.number(event.target));
}

export function writeRest(bytes: Bytes, event: EventFrame, fields: number, step: number, strings: Strings): void {
  bytes.writeVarint(event.process);
  bytes.writeVarint(event.attempt);
  bytes.writeVarint(strings.number(event.actor));
  bytes.writeVarint(step);
  if (fields === 0) return;
  if (event.since !== undefined) bytes.writeDouble(event.since);
  if (event.notBefore !== undefined) bytes.writeDouble(event.notBefore);
  if (event.entryId !== undefined) bytes.writeText(event.entryId);
  if (event.connection !== undefined) bytes.writeVarint(event.connection);
  if (event.key !== undefined) bytes.writeText(event.key);
  if (event.to !== undefined) bytes.writeVarint(strings.number(event.to));
  if (event.fault !== undefined) bytes.writeVarint(strings.number(event.fault));
  // Last, for a series appends them.
  if (event.hash !== undefined) bytes.writeVarint(event.hash);
  if (event.body !== undefined) bytes.writeText(event.body);
}

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
    for (let more = 1; more > 0; count += more) more = skipNext(bytes, event.hasBody, rows - count);
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

/** How many of those that stand here refer to the record before them, of so many at most; 0 only if none does. */
function skipNext(bytes: Bytes, hasBody: boolean, most: number): number {
  const count = bytes.takesAll(NEXT, most);
  if (count > 0 || most === 0 || !bytes.takes(NEXT_BODY)) return count;
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
> & { readonly hasBody: boolean };

/** The same, into one and the same event: a million objects take longer than all that they say. */
function skimmer(strings: Strings): (bytes: Bytes) => SkimmedEvent {
  const event: Writable<SkimmedEvent> = {
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
    const kind = KINDS[bytes.readByte()]!;
    const fields = bytes.readVarint();
    event.phase = kind.phase;
    event.operation = kind.operation;
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
