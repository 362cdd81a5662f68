/** Keeps the bytes of what comes in pieces, up to a limit; what goes beyond is dropped. */
export class Spill {
  bytes: Buffer = Buffer.alloc(0);
  length = 0;
  isWhole = true;

  append(source: Buffer, start: number, end: number, limit: number): void {
    const taken = Math.min(end - start, limit - this.length);
    if (taken < end - start) this.isWhole = false;
    if (taken <= 0) return;
    if (this.length + taken > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.min(limit, Math.max(1_024, 2 * (this.length + taken))));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    source.copy(this.bytes, this.length, start, start + taken);
    this.length += taken;
  }

  clear(): void {
    this.length = 0;
    this.isWhole = true;
  }
}
