import { Bytes } from './bytes.js';
import { TemporaryFile } from './temporary-file.js';

const CHUNK_BYTES = 2 ** 20;
/** Of each case; several run at once, and what is read back comes from the page cache mostly. */
const KEPT_BYTES = 16 * CHUNK_BYTES;

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
  #readers = 0;
  /** One that was spilled, to be written again: garbage of this size is collected late. */
  #free: Buffer | undefined;

  constructor(private mostBytes = KEPT_BYTES) {}

  get rows(): number {
    return this.#rows;
  }

  /** Where a record of at most `room` bytes is to be written, which `added` then ends. */
  begin(room: number): Bytes {
    const bytes = this.#current;
    return bytes && bytes.position + room <= bytes.buffer.length ? bytes : this.#extend(room);
  }

  added(bytes: Bytes): void {
    const chunk = this.#chunks[this.#chunks.length - 1]!;
    chunk.rows++;
    chunk.size = bytes.position;
    this.#rows++;
  }

  /** What `read` makes of the records from `from` up to `until`, which must be there already; more may be added meanwhile. */
  *read<T>(from: number, until: number, read: (bytes: Bytes) => T): Iterable<T> {
    for (const { bytes, first, end } of this.#parts(from, until)) {
      for (let row = first; row < end; row++) {
        const record = read(bytes);
        if (row >= from) yield record;
      }
    }
  }

  /** For who reads several records at once: `read` gives how many it has read, of so many at most. */
  scan(read: (bytes: Bytes, rows: number) => number): void {
    for (const { bytes, first, end } of this.#parts(0, this.#rows)) {
      for (let row = first; row < end; ) row += read(bytes, end - row);
    }
  }

  /** Of each chunk the bytes from its beginning, and which rows they are. */
  *#parts(
    from: number,
    until: number,
  ): Iterable<{ readonly bytes: Bytes; readonly first: number; readonly end: number }> {
    let first = 0;
    let spare: Buffer | undefined;
    this.#readers++;
    try {
      for (const { place, size, rows } of this.#chunks) {
        if (first >= until) return;
        if (first + rows > from) {
          const buffer: Buffer = typeof place === 'number' ? this.#load(place, size, spare) : place;
          if (buffer !== place) spare = buffer;
          yield { bytes: new Bytes(buffer), first, end: Math.min(first + rows, until) };
        }
        first += rows;
      }
    } finally {
      this.#readers--;
    }
  }

  #extend(room: number): Bytes {
    this.#spill();
    const free = this.#free && this.#free.length >= room ? this.#free : undefined;
    this.#free = undefined;
    // Pages of it that are never written are never there.
    const buffer = free ?? Buffer.from(new ArrayBuffer(Math.max(CHUNK_BYTES, room)));
    this.#keptBytes += buffer.length;
    this.#chunks.push({ rows: 0, size: 0, place: buffer });
    this.#current = new Bytes(buffer);
    return this.#current;
  }

  /** Moves the oldest to the file. */
  #spill(): void {
    while (this.#keptBytes > this.mostBytes && this.#spilled < this.#chunks.length) {
      const chunk = this.#chunks[this.#spilled]!;
      if (typeof chunk.place === 'number') return;
      const buffer = chunk.place;
      try {
        chunk.place = this.#file.append(buffer.subarray(0, chunk.size));
      } catch {
        this.mostBytes = Number.POSITIVE_INFINITY; // a full disk is no reason to lose what happened
        return;
      }
      this.#keptBytes -= buffer.length;
      this.#spilled++;
      // A reader may be in the midst of it.
      if (this.#readers === 0) this.#free = buffer;
    }
  }

  /** Into the spare buffer, or a new one. */
  #load(offset: number, size: number, spare: Buffer | undefined): Buffer {
    const buffer = spare && spare.length >= size ? spare : Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, size));
    this.#file.read(buffer.subarray(0, size), offset);
    return buffer;
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
    this.#chunks.length = 0;
    this.#rows = 0;
    this.#current = undefined;
  }
}
