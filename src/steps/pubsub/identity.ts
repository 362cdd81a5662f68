import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Payload } from '../queue/payload.js';

const LONGEST_TEXT = 64;

/** Names a message without an envelope by its content: short text as it is, anything else by its hash. */
export function identityOf(payload: Payload): string {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload);
  if (bytes.length <= LONGEST_TEXT && isUtf8(bytes)) return bytes.toString();
  return `sha1:${createHash('sha1').update(bytes).digest('hex')}`;
}
