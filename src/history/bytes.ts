/** The longest varint of a number below 2^32. */
export const LONGEST_VARINT = 5;

/** Writes and reads numbers and texts one after the other. The caller sees to it that they fit. */
export class Bytes {
  readonly #view: DataView;
  position = 0;

  constructor(readonly buffer: Buffer) {
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  writeByte(value: number): void {
    this.buffer[this.position++] = value;
  }

  readByte(): number {
    return this.buffer[this.position++]!;
  }

  /** The next byte, which is still to be read. */
  peek(): number {
    return this.buffer[this.position]!;
  }

  writeDouble(value: number): void {
    this.#view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  readDouble(): number {
    const value = this.#view.getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  /** A few of them: a call to copy them costs more than that. */
  writeBytes(source: Buffer): void {
    const { buffer } = this;
    let to = this.position;
    for (let at = 0; at < source.length; at++) buffer[to++] = source[at]!;
    this.position = to;
  }

  /** A whole number from 0, below 2^32: seven bits a byte, the lowest first. */
  writeVarint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.buffer[this.position++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.buffer[this.position++] = rest;
  }

  readVarint(): number {
    let byte = this.buffer[this.position++]!;
    if (byte < 128) return byte;
    let value = byte & 127;
    let shift = 7;
    do {
      byte = this.buffer[this.position++]!;
      value |= (byte & 127) << shift;
      shift += 7;
    } while (byte >= 128);
    return value >>> 0;
  }

  /** One byte a character where all are ASCII; UTF-16 otherwise, which keeps unpaired surrogates too. */
  writeText(text: string): void {
    const ascii = Buffer.byteLength(text) === text.length;
    this.writeVarint(text.length * 2 + (ascii ? 0 : 1));
    this.position += this.buffer.write(text, this.position, ascii ? 'latin1' : 'utf16le');
  }

  /** The same of bytes that are ASCII. */
  writeAscii(source: Buffer, length: number): void {
    this.writeVarint(length * 2);
    // Buffer.copy takes half as long again, and a view of a part longer than both.
    this.buffer.set(source.length === length ? source : source.subarray(0, length), this.position);
    this.position += length;
  }

  readText(): string {
    const head = this.readVarint();
    const wide = head % 2 === 1;
    const start = this.position;
    this.position += wide ? head - 1 : head / 2;
    return this.buffer.toString(wide ? 'utf16le' : 'latin1', start, this.position);
  }

  skipText(): void {
    const head = this.readVarint();
    this.position += head % 2 === 1 ? head - 1 : head / 2;
  }

  static sizeOfText(text: string): number {
    return LONGEST_VARINT + text.length * 2;
  }
}
