import type { Envelope } from '../../contracts/message.js';
import type { Hole } from '../../wire/command/hole.js';
import { frame, type Payload, unframe } from './payload.js';

/** What every stored envelope begins with. */
export const MARK = 'redrill:message';

/** An envelope as it is stored. */
export interface StoredEnvelope extends Envelope {
  readonly redriveCount: number;
}

/** What lies in a queue. */
export interface StoredMessage {
  /** Null for a body that was stored alone. */
  readonly envelope: StoredEnvelope | null;
  readonly body: Payload;
}

/** The stored form: a line of JSON, then the body, byte for byte. */
export function encodeMessage(envelope: StoredEnvelope, body: Payload): Payload {
  const { id, sequence, key, enqueuedAt, deliverAt, redriveCount } = envelope;
  return frame(MARK, { id, sequence, key, enqueuedAt, deliverAt, redriveCount }, body);
}

/** The same of many messages, whose ids are `<producer>-<own>`: what stands before their bodies. */
export function envelopeParts(producer: string, own: Hole, sequence: Hole, key: Hole | null, time: Hole) {
  const begin = `${MARK} {"id":${JSON.stringify(`${producer}-`).slice(0, -1)}`;
  const times = [',"enqueuedAt":', time, ',"deliverAt":', time, ',"redriveCount":0}\n'];
  return [begin, own, '","sequence":', sequence, ',"key":', key ?? 'null', ...times];
}

/** Reads what lies in a queue, whoever put it there. */
export function decodeMessage(payload: Payload): StoredMessage {
  const framed = unframe(MARK, payload);
  const envelope = framed && readEnvelope(framed.header);
  return envelope ? { envelope, body: framed.rest } : { envelope: null, body: payload };
}

function readEnvelope(header: Readonly<Record<string, unknown>>): StoredEnvelope | undefined {
  const { id, sequence, key, enqueuedAt, deliverAt, redriveCount } = header;
  if (typeof id !== 'string' || typeof sequence !== 'number') return undefined;
  if (typeof enqueuedAt !== 'number' || typeof deliverAt !== 'number' || typeof redriveCount !== 'number')
    return undefined;
  return { id, sequence, key: typeof key === 'string' ? key : null, enqueuedAt, deliverAt, redriveCount };
}
