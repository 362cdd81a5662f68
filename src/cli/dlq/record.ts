import type { Found } from '../../steps/dlq/layouts/layout.js';
import { encodeValue } from '../../steps/value.js';

/** A dead letter for other programs: its payload is exact, as text or, where it is not UTF-8, as `{ base64 }`. */
export function recordOf({ letter, payload, details }: Found): Readonly<Record<string, unknown>> {
  const { body: _, ...header } = letter;
  const exact = typeof payload === 'string' ? payload : { base64: Buffer.from(payload).toString('base64') };
  return { ...header, payload: exact, details };
}

/** One line of JSON, integers beyond 2^53 included. */
export const jsonLine = (value: Readonly<Record<string, unknown>>): string => `${encodeValue(value)}\n`;
