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
export const KINDS = PHASES.flatMap((phase) => OPERATIONS.map((operation) => ({ phase, operation })));

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
