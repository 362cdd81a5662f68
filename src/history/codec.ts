import type { HistoryEvent } from '../contracts/history.js';
import { Bytes, LONGEST_VARINT } from './bytes.js';
import type { EventFrame, Frame } from './frames.js';

/** Instead of a frame: all is as in the record before it, but of the message after that one's. */
export const NEXT = 0;
/** The same, but the hash is another one, and the body, if it is told: they follow. */
export const NEXT_BODY = 1;
/** The first frame. */
const FIRST = 2;

const MOST_NUMBERS = 3 * 8 + 6 * LONGEST_VARINT;

/** More bytes than the record of an event takes. */
export function roomFor({ entryId, key, body }: EventFrame): number {
  let room = MOST_NUMBERS;
  if (entryId !== undefined) room += Bytes.sizeOfText(entryId);
  if (key !== undefined) room += Bytes.sizeOfText(key);
  if (body !== undefined) room += Bytes.sizeOfText(body);
  return room;
}

/** Writes an event as numbers; `message` is its dense number. */
export function writeEvent(bytes: Bytes, frame: Frame, event: HistoryEvent, message: number): void {
  writeHead(bytes, frame, message, event.time);
  writeRest(bytes, frame, event);
}

export function writeHead(bytes: Bytes, frame: Frame, message: number, time: number): void {
  bytes.writeVarint(frame.number + FIRST);
  bytes.writeVarint(message + 1);
  bytes.writeDouble(time);
}

/** Hash and body are the last, for a series appends them. */
export function writeRest(bytes: Bytes, { fields }: Frame, event: EventFrame): void {
  bytes.writeVarint(event.process);
  bytes.writeVarint(event.attempt);
  if (fields === 0) return;
  if (event.since !== undefined) bytes.writeDouble(event.since);
  if (event.notBefore !== undefined) bytes.writeDouble(event.notBefore);
  if (event.entryId !== undefined) bytes.writeText(event.entryId);
  if (event.connection !== undefined) bytes.writeVarint(event.connection);
  if (event.key !== undefined) bytes.writeText(event.key);
  if (event.hash !== undefined) bytes.writeVarint(event.hash);
  if (event.body !== undefined) bytes.writeText(event.body);
}

export const readFrame = (bytes: Bytes): number => bytes.readVarint() - FIRST;
