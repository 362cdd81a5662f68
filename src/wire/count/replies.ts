import { decodeReply } from '../resp/decode.js';

/** Longer replies are not compared. */
const LONGEST = 32;
const SLOTS = 256;
/** Different replies that are told apart; a table that is half full is still quick. */
const MOST = 100;

/** Counts equal small replies, by their bytes: a hash table without objects. */
export class ReplyCounts {
  /** Replies that were too long, or came after too many different ones. */
  others = 0;
  #known = 0;
  readonly #bytes = Buffer.alloc(SLOTS * LONGEST);
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #counts = new Float64Array(SLOTS);

  note(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    if (length > LONGEST) {
      this.others++;
      return;
    }
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    while (this.#lengths[slot] !== 0) {
      if (this.#holds(slot, bytes, start, length)) {
        this.#counts[slot]!++;
        return;
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (this.#known === MOST) {
      this.others++;
      return;
    }
    this.#known++;
    this.#lengths[slot] = length;
    this.#counts[slot] = 1;
    bytes.copy(this.#bytes, slot * LONGEST, start, end);
  }

  /** By the replies as text: `OK`, `1`, `null`. */
  toObject(): Record<string, number> {
    const counts = new Map<string, number>();
    for (let slot = 0; slot < SLOTS; slot++) {
      const length = this.#lengths[slot]!;
      if (length === 0) continue;
      const reply = decodeReply(this.#bytes.subarray(slot * LONGEST, slot * LONGEST + length));
      const text = typeof reply === 'object' && reply !== null ? JSON.stringify(reply) : String(reply);
      counts.set(text, (counts.get(text) ?? 0) + this.#counts[slot]!);
    }
    return Object.fromEntries(counts);
  }

  #holds(slot: number, bytes: Buffer, start: number, length: number): boolean {
    if (this.#lengths[slot] !== length) return false;
    const from = slot * LONGEST;
    for (let at = 0; at < length; at++) if (this.#bytes[from + at] !== bytes[start + at]) return false;
    return true;
  }
}
