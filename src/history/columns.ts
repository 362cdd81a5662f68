type Cells = Uint8Array | Uint32Array | Float64Array;

const PAGE_BITS = 14;
const PAGE = 2 ** PAGE_BITS;
const LAST_CELL = PAGE - 1;
const FIRST_CAPACITY = 64;

/** Numbers in pages of typed arrays, so that what is long is never copied, and what is short is small. */
export class Column {
  readonly #pages: (Cells | undefined)[] = [];

  constructor(private readonly create: (length: number) => Cells) {}

  set(row: number, value: number): void {
    const cell = row & LAST_CELL;
    let cells = this.#pages[row >>> PAGE_BITS];
    if (cells === undefined || cell >= cells.length) cells = this.#grow(row >>> PAGE_BITS, cell);
    cells[cell] = value;
  }

  /** 0 for a row that was never set. */
  get(row: number): number {
    return this.#pages[row >>> PAGE_BITS]?.[row & LAST_CELL] ?? 0;
  }

  /** The first page begins small and doubles. */
  #grow(page: number, cell: number): Cells {
    const old = this.#pages[page];
    const length = page > 0 ? PAGE : Math.min(PAGE, Math.max(FIRST_CAPACITY, cell + 1, (old?.length ?? 0) * 2));
    const cells = this.create(length);
    if (old) cells.set(old);
    while (this.#pages.length < page) this.#pages.push(undefined);
    this.#pages[page] = cells;
    return cells;
  }
}

export const bytes = () => new Column((length) => new Uint8Array(length));
export const words = () => new Column((length) => new Uint32Array(length));
export const doubles = () => new Column((length) => new Float64Array(length));
