import type { Reply } from '../../contracts/redis.js';
import { decodeValue, encodeValue } from '../value.js';

/** Bytes on the server, exactly; text where they are UTF-8. */
export type Payload = string | Uint8Array;

/** The payload that a bulk reply stands for. */
export function payloadOf(reply: Reply | undefined): Payload {
  if (typeof reply === 'string') return reply;
  if (typeof reply === 'object' && reply !== null && 'base64' in reply) {
    return Buffer.from(String(reply.base64), 'base64');
  }
  throw new TypeError(`expected the bytes of a message, got ${JSON.stringify(reply)}`);
}

/** JSON where it parses as JSON, otherwise the text; bytes that aren't UTF-8 as `{ base64 }`. */
export function bodyValue(payload: Payload): unknown {
  return typeof payload === 'string' ? decodeValue(payload) : { base64: Buffer.from(payload).toString('base64') };
}

/** A string as it is, so that other programs read what was written; anything else as JSON. */
export const encodeBody = (value: unknown): string => (typeof value === 'string' ? value : encodeValue(value));

type Header = Readonly<Record<string, unknown>>;

/** One line `<mark> <header as JSON>` before bytes that stay as they are. */
export function frame(mark: string, header: Header, rest: Payload): Payload {
  const line = frameLine(mark, header);
  return typeof rest === 'string' ? line + rest : Buffer.concat([Buffer.from(line), rest]);
}

export const frameLine = (mark: string, header: Header): string => `${mark} ${JSON.stringify(header)}\n`;

/** The two parts of a frame; undefined for what is none. */
export function unframe(
  mark: string,
  payload: Payload,
): { readonly header: Header; readonly rest: Payload } | undefined {
  const text = typeof payload === 'string';
  const end = text ? payload.indexOf('\n') : payload.indexOf(0x0a);
  if (end < 0) return undefined;
  const line = text ? payload.slice(0, end) : Buffer.from(payload.subarray(0, end)).toString();
  if (!line.startsWith(`${mark} {`)) return undefined;
  const header = parseHeader(line.slice(mark.length + 1));
  return header && { header, rest: text ? payload.slice(end + 1) : payload.subarray(end + 1) };
}

function parseHeader(json: string): Header | undefined {
  try {
    return JSON.parse(json) as Header; // it begins with a brace
  } catch {
    return undefined;
  }
}
