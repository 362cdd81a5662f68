import { isUtf8 } from 'node:buffer';
import type { Reply } from '../../contracts/redis.js';
import { AGGREGATE, ATTRIBUTE, BULK, FORM_OF, LINE } from './form.js';
import { ProtocolError } from './problem.js';

/** The reply that these bytes are, all of them, as a ReplyReader delivers it; in the shapes that other connections give. */
export function decodeReply(bytes: Buffer): Reply {
  const decoder = new Decoder(bytes);
  return decoder.reply();
}

/** The code of an error reply, its first word, and the rest. */
export function splitError(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly code: string; readonly message: string } {
  const isBlob = bytes[start] === 33;
  const from = isBlob ? bytes.indexOf('\n', start) + 1 : start + 1;
  const text = bytes.toString('utf8', from, end).replace(/\r?\n?$/, '');
  return errorOf(text);
}

function errorOf(text: string): { readonly code: string; readonly message: string } {
  const [code = '', ...rest] = text.split(' ');
  return { code, message: rest.join(' ') };
}

class Decoder {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  reply(): Reply {
    const type = this.bytes[this.#at++];
    const form = FORM_OF[type ?? 0];
    const line = this.#line();
    if (form === LINE) return scalar(type!, line);
    const count = Number(line);
    if (count < 0) return null;
    if (form === BULK) return this.#bulk(type!, count);
    if (form === AGGREGATE) return Array.from({ length: count }, () => this.reply());
    const pairs = Array.from({ length: count }, (): [string, Reply] => [asKey(this.reply()), this.reply()]);
    // fromEntries makes `__proto__` a key like any other.
    return form === ATTRIBUTE ? this.reply() : Object.fromEntries(pairs);
  }

  #line(): string {
    const end = this.bytes.indexOf('\r\n', this.#at);
    if (end < 0) throw new ProtocolError('a reply that ends within a line');
    const text = this.bytes.toString('utf8', this.#at, end);
    this.#at = end + 2;
    return text;
  }

  #bulk(type: number, length: number): Reply {
    const isVerbatim = type === 61;
    const body = this.bytes.subarray(this.#at + (isVerbatim ? 4 : 0), this.#at + length); // `txt:` and its text
    this.#at += length + 2;
    if (type === 33) return { error: errorOf(body.toString()) };
    return isUtf8(body) ? body.toString() : { base64: body.toString('base64') };
  }
}

function scalar(type: number, text: string): Reply {
  switch (String.fromCharCode(type)) {
    case '+':
      return text;
    case '-':
      return { error: errorOf(text) };
    case '_':
      return null;
    case '#':
      return text === 't';
    default:
      return toNumber(text);
  }
}

/** Whole numbers beyond 2^53 are bigints; JSON has no numbers for `inf`, `-inf` and `nan`. */
function toNumber(digits: string): number | bigint | string {
  const number = Number(digits);
  if (Number.isSafeInteger(number)) return number;
  if (/^[+-]?\d+$/.test(digits)) return BigInt(digits);
  return Number.isFinite(number) ? number : digits;
}

const asKey = (key: Reply): string => (typeof key === 'object' ? JSON.stringify(key) : String(key));
