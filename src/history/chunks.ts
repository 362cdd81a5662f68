import { Bytes } from './bytes.js';
import { TemporaryFile } from './temporary-file.js';

const CHUNK_BYTES = 2 ** 20;
const KEPT_BYTES = 64 * CHUNK_BYTES;

interface Chunk {
  rows: number;
  /** How much of it is written. */
  size: number;
  /** Its bytes in memory, or where they are in the temporary file. */
  place: Buffer | number;
}

/**
 * Records of varying size, in chunks that are never copied. Beyond `keptBytes` of memory the oldest go to a temporary
 * file, and are read back one at a time.
 */
export class Chunks implements Disposable {
  readonly #chunks: Chunk[] = [];
  readonly #file = new TemporaryFile();
  #current: Bytes | undefined;
  #rows = 0;
  #keptBytes = 0;
  #spilled = 0;

  constructor(private mostBytes = KEPT_BYTES) {}

  get rows(): number {
    return this.#rows;
  }

  /** Adds a record that takes at most `room` bytes. */
  add(room: number, write: (bytes: Bytes) => void): void {
    const bytes =
      this.#current && this.#current.position + room <= this.#current.buffer.length ? this.#current : this.#begin(room);
    write(bytes);
    const chunk = this.#chunks[this.#chunks.length - 1]!;
    chunk.rows++;
    chunk.size = bytes.position;
    this.#rows++;
  }

  /** The records from `from` up to `until`, which must be there already; more may be added meanwhile. */
  *read<T>(from: number, until: number, read: (bytes: Bytes) => T): Iterable<T> {
    let row = 0;
    for (const chunk of this.#chunks) {
      if (row >= until) return;
      if (row + chunk.rows <= from) {
        row += chunk.rows;
        continue;
      }
      const bytes = this.#bytesOf(chunk);
      for (const end = Math.min(row + chunk.rows, until); row < end; row++) {
        const record = read(bytes);
        if (row >= from) yield record;
      }
    }
  }

  #begin(room: number): Bytes {
    this.#spill();
    // Pages of it that are never written are never there.
    const buffer = Buffer.from(new ArrayBuffer(Math.max(CHUNK_BYTES, room)));
    this.#keptBytes += buffer.length;
    this.#chunks.push({ rows: 0, size: 0, place: buffer });
    this.#current = new Bytes(buffer);
    return this.#current;
  }

  #spill(): void {
    while (this.#keptBytes > this.mostBytes && this.#spilled < this.#chunks.length) {
      const chunk = this.#chunks[this.#spilled]!;
      if (typeof chunk.place === 'number') return;
      const { length } = chunk.place;
      try {
        chunk.place = this.#file.append(chunk.place.subarray(0, chunk.size));
      } catch {
        this.mostBytes = Number.POSITIVE_INFINITY; // a full disk is no reason to lose what happened
        return;
      }
      this.#keptBytes -= length;
      this.#spilled++;
    }
  }

  #bytesOf({ place, size }: Chunk): Bytes {
    if (typeof place !== 'number') return new Bytes(place);
    const buffer = Buffer.allocUnsafeSlow(size);
    this.#file.read(buffer, place);
    return new Bytes(buffer);
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
    this.#chunks.length = 0;
    this.#rows = 0;
    this.#current = undefined;
  }
}
