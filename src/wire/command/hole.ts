/** What varies within a command. It is drawn for an operation, by its number, and then written. */
export interface Hole {
  /** It is as long for every operation. */
  readonly isFixed: boolean;
  /** In bytes, of what was drawn last. */
  readonly length: number;
  draw(operation: number): void;
  write(target: Buffer, at: number): void;
}

const ZERO = 48;
/** Above it, division is several times as slow. */
const LARGEST_INTEGER = 0x7fffffff;

/** A whole number from 0, below 2^53, in decimal digits; with a width, zeros stand in front. */
export class Digits implements Hole {
  readonly isFixed: boolean;
  length: number;
  #number = 0;

  constructor(
    private readonly numberAt: (operation: number) => number,
    width?: number,
  ) {
    this.isFixed = width !== undefined;
    this.length = width ?? 0;
  }

  draw(operation: number): void {
    this.#number = this.numberAt(operation);
    if (!this.isFixed) this.length = countDigits(this.#number);
  }

  write(target: Buffer, at: number): void {
    writeDigits(target, at, this.#number, this.length);
  }
}

/** A text that is made anew for each operation. */
export class Text implements Hole {
  readonly isFixed = false;
  length = 0;
  #text = '';

  constructor(private readonly textAt: (operation: number) => string) {}

  draw(operation: number): void {
    this.#text = this.textAt(operation);
    this.length = Buffer.byteLength(this.#text);
  }

  write(target: Buffer, at: number): void {
    target.write(this.#text, at);
  }
}

/** Bytes of no meaning, as many as asked for. */
export class Filler implements Hole {
  readonly isFixed = false;
  length = 0;

  constructor(private readonly lengthAt: (operation: number) => number) {}

  draw(operation: number): void {
    this.length = this.lengthAt(operation);
  }

  write(target: Buffer, at: number): void {
    target.fill(FILLER, at, at + this.length);
  }
}

const FILLER = 120;

/** A body of this size, in letters. */
export const fillerText = (size: number): string => String.fromCharCode(FILLER).repeat(size);

export function countDigits(number: number): number {
  let count = 1;
  for (let limit = 10; number >= limit; limit *= 10) count++;
  return count;
}

export function writeDigits(target: Buffer, at: number, number: number, length: number): void {
  let to = at + length - 1;
  let rest = number;
  for (; rest > LARGEST_INTEGER && to >= at; to--) {
    const quotient = Math.floor(rest / 10);
    target[to] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  for (let small = rest | 0; to >= at; to--) {
    const quotient = (small / 10) | 0;
    target[to] = ZERO + (small - quotient * 10);
    small = quotient;
  }
}
