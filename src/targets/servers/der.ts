/** The part of ASN.1's distinguished encoding rules (ITU-T X.690) that a certificate needs. */

function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...size), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => element(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Uint8Array => element(0x31, ...parts);
export const boolean = (value: boolean): Uint8Array => element(0x01, Uint8Array.of(value ? 0xff : 0));
export const octets = (bytes: Uint8Array): Uint8Array => element(0x04, bytes);
export const text = (value: string): Uint8Array => element(0x0c, Buffer.from(value));
export const bits = (bytes: Uint8Array, unused = 0): Uint8Array => element(0x03, Uint8Array.of(unused), bytes);

/** Not negative, big-endian: without leading zeros but for the one that keeps the sign bit clear. */
export function integer(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return element(0x02, ...(digits[0]! >= 0x80 ? [Uint8Array.of(0)] : []), digits);
}

/** UTCTime, which certificates use until 2049. */
export const time = (date: Date): Uint8Array =>
  element(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));

export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Uint8Array.of(first * 40 + second, ...rest.flatMap(base128)));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

/** `[n]` around an element. */
export const explicit = (tag: number, content: Uint8Array): Uint8Array => element(0xa0 | tag, content);
/** `[n]` in place of the tag of a primitive element. */
export const implicit = (tag: number, content: Uint8Array): Uint8Array => element(0x80 | tag, content);
