import { crc32 } from 'node:zlib';

/** From here on a call of zlib is worth it, which takes as long as some hundred bytes; and to load it, a millisecond. */
const LONG = 256;
/** For a byte that has so many bytes behind it within a word. */
const TABLES: readonly Uint32Array[] = tables();

/** The CRC-32 of `bytes[0, length)`: that of short texts, of which there are many, four bytes at a time. */
export function crcOf(bytes: Buffer, length: number): number {
  if (length >= LONG) return crc32(bytes.subarray(0, length));
  const [none, one, two, three] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]; // as many as there are
  let crc = -1;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = three[crc & 255]! ^ two[(crc >>> 8) & 255]! ^ one[(crc >>> 16) & 255]! ^ none[crc >>> 24]!;
  }
  for (; at < length; at++) crc = none[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

const SCRATCH = Buffer.alloc(LONG);

/** The CRC-32 of a text as UTF-8, which has three bytes for a unit at most. */
export function crcOfText(text: string): number {
  return 3 * text.length > LONG ? crc32(text) : crcOf(SCRATCH, SCRATCH.write(text));
}

function tables(): Uint32Array[] {
  const first = new Uint32Array(256);
  // The remainder of a byte is the sum of those of its bits: this runs at every start, in code that is cold.
  let crc = 1;
  for (let bit = 128; bit > 0; bit >>= 1) {
    crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    for (let above = 0; above < 256; above += 2 * bit) first[above + bit] = crc ^ first[above]!;
  }
  const all = [first];
  for (let index = 1; index < 4; index++) all.push(all[index - 1]!.map((crc) => first[crc & 255]! ^ (crc >>> 8)));
  return all;
}
