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
