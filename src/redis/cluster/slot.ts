import type { Argument } from '../../contracts/redis.js';

export const SLOTS = 16_384;

/** https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model */
export function slotOf(key: Argument): number {
  const bytes =
    key instanceof Uint8Array ? Buffer.from(key.buffer, key.byteOffset, key.byteLength) : Buffer.from(`${key}`);
  return slotOfBytes(bytes, 0, bytes.length);
}

/** The slot of the key `bytes[start, end)`. */
export function slotOfBytes(bytes: Uint8Array, start: number, end: number): number {
  const open = indexIn(bytes, OPEN, start, end);
  const close = indexIn(bytes, CLOSE, open + 1, end);
  return (
    (open < end && close < end && close > open + 1 ? crc16(bytes, open + 1, close) : crc16(bytes, start, end)) % SLOTS
  );
}

const [OPEN, CLOSE] = [123, 125];

/** `end` where there is none. */
function indexIn(bytes: Uint8Array, byte: number, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== byte) at++;
  return at;
}

/** The slot of all keys that a pattern can match; undefined when they may be in several. */
export function slotOfPattern(pattern: string): number | undefined {
  const [before, tag] = /^[^{]*\{([^}]+)\}/.exec(pattern) ?? [];
  return before === undefined || /[*?[\\]/.test(before) ? undefined : slotOf(`{${tag}}`);
}

/** CRC16 as XMODEM has it: polynomial 1021, nothing reflected. */
function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let at = start; at < end; at++) crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >> 8) ^ bytes[at]!]!;
  return crc;
}

const TABLE = new Uint16Array(256);
// The remainder of a byte is the sum of those of its bits: this runs at every start, in code that is cold.
for (let bit = 1, crc = 0x1021; bit < 256; bit <<= 1, crc = (crc << 1) ^ (crc & 0x8000 ? 0x11021 : 0)) {
  for (let below = 0; below < bit; below++) TABLE[bit + below] = crc ^ TABLE[below]!;
}
