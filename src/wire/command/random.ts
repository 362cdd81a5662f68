/**
 * From 0, below 1; depends on the seed, the stream and the number alone, so that an operation is the same whichever
 * connection it goes to, and whenever: two rounds of murmur3's finalizer.
 */
export function fractionAt(seed: number, stream: number, number: number): number {
  const high = scramble(seed ^ Math.imul(stream + 1, 0x9e3779b1), number);
  const low = scramble(high ^ 0x5bd1e995, number);
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}

function scramble(seed: number, number: number): number {
  let value = Math.imul((number | 0) ^ seed, 0x85ebca6b) ^ ((number / 2 ** 32) | 0);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  value = Math.imul(value ^ (value >>> 16) ^ seed, 0x27d4eb2f);
  return value ^ (value >>> 15);
}
