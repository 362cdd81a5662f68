import type { Argument } from '../../contracts/redis.js';

const SLOTS = 16_384;

/** https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model */
export function slotOf(key: Argument): number {
  const bytes =
    key instanceof Uint8Array ? Buffer.from(key.buffer, key.byteOffset, key.byteLength) : Buffer.from(`${key}`);
  const open = bytes.indexOf('{');
  const close = open < 0 ? -1 : bytes.indexOf('}', open + 1);
  return crc16(close > open + 1 ? bytes.subarray(open + 1, close) : bytes) % SLOTS;
}

/** The slot of all keys that a pattern can match; undefined when they may be in several. */
export function slotOfPattern(pattern: string): number | undefined {
  const [before, tag] = /^[^{]*\{([^}]+)\}/.exec(pattern) ?? [];
  return before === undefined || /[*?[\\]/.test(before) ? undefined : slotOf(`{${tag}}`);
}

/** CRC16 as XMODEM has it: polynomial 1021, nothing reflected. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >> 8) ^ byte]!;
  return crc;
}

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});
