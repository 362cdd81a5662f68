type Cells = Uint8Array | Uint32Array | Float64Array;

const FIRST_CAPACITY = 256;

/** Numbers in a typed array that doubles when it is full. */
export class Column {
  #cells: Cells;

  constructor(private readonly create: (length: number) => Cells) {
    this.#cells = create(FIRST_CAPACITY);
  }

  set(row: number, value: number): void {
    if (row >= this.#cells.length) {
      const grown = this.create(Math.max(row + 1, this.#cells.length * 2));
      grown.set(this.#cells);
      this.#cells = grown;
    }
    this.#cells[row] = value;
  }

  /** 0 for a row that was never set. */
  get(row: number): number {
    return this.#cells[row] ?? 0;
  }
}

export const bytes = () => new Column((length) => new Uint8Array(length));
export const words = () => new Column((length) => new Uint32Array(length));
export const doubles = () => new Column((length) => new Float64Array(length));

/** Strings as small numbers, each string kept once. */
export class Strings {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  number(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }

  text(number: number): string {
    return this.#texts[number]!;
  }
}

/** Where a text ends in a number that gives back the same digits: no leading zero, few enough of them. */
const SEQUENCE = /-(0|[1-9]\d{0,8})$/;
const NO_SEQUENCE = 2 ** 32 - 1;

/** Ids that are mostly `<few names>-<number>`, as two numbers; any other text is kept whole. */
export class Ids {
  readonly #names = words();
  readonly #sequences = words();

  constructor(private readonly strings: Strings) {}

  set(row: number, id: string): void {
    const sequence = SEQUENCE.exec(id);
    // Raised by one, so that 0 is absent.
    this.#names.set(row, this.strings.number(sequence ? id.slice(0, sequence.index) : id) + 1);
    this.#sequences.set(row, sequence ? Number(sequence[1]) : NO_SEQUENCE);
  }

  /** Undefined for a row that was never set. */
  get(row: number): string | undefined {
    const number = this.#names.get(row);
    if (number === 0) return undefined;
    const name = this.strings.text(number - 1);
    const sequence = this.#sequences.get(row);
    return sequence === NO_SEQUENCE ? name : `${name}-${sequence}`;
  }
}
