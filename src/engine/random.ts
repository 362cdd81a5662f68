import type { Random } from '../contracts/step.js';

/**
 * Random numbers by sfc32 (Chris Doty-Humphrey's small fast counter generator), seeded through FNV-1a and a final mix,
 * so that `derive` gives unrelated sequences for neighbouring parts.
 */
export function createRandom(seed: string | number): Random {
  return fromHash(String(seed));
}

function fromHash(text: string): Random {
  let step: (() => number) | undefined;
  // Every step is given numbers of its own, and few use them.
  const next = (): number => {
    step ??= sfc32(hash(text, 0), hash(text, 1), hash(text, 2), hash(text, 3));
    return step();
  };
  const integer = (minimum: number, maximum: number): number => minimum + Math.floor(next() * (maximum - minimum + 1));
  return {
    next,
    integer,
    derive: (...parts) => fromHash(`${text}\u0000${parts.join('\u0001')}`),
    uuid: () => {
      const bytes = Array.from({ length: 16 }, () => integer(0, 255));
      bytes[6] = (bytes[6]! & 0x0f) | 0x40;
      bytes[8] = (bytes[8]! & 0x3f) | 0x80;
      const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    },
  };
}

function sfc32(a0: number, b0: number, c0: number, counter0: number): () => number {
  let [a, b, c, counter] = [a0, b0, c0, counter0];
  const step = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) step();
  return () => (step() * 2 ** 21 + (step() >>> 11)) / 2 ** 53;
}

function hash(text: string, salt: number): number {
  let value = 0x811c9dc5 ^ Math.imul(salt + 1, 0x9e3779b1);
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
