/** Operations that were sent and not answered yet, the oldest first: a ring of columns that grows. */
export class InFlight {
  #operations = new Float64Array(64);
  #dues = new Float64Array(64);
  #first = 0;
  length = 0;

  /** `due` is when it was to be sent, which its latency counts from. */
  push(operation: number, due: number): void {
    if (this.length === this.#dues.length) this.#grow();
    const at = (this.#first + this.length) & (this.#dues.length - 1);
    this.#operations[at] = operation;
    this.#dues[at] = due;
    this.length++;
  }

  /** Of the oldest. */
  get operation(): number {
    return this.#operations[this.#first]!;
  }

  get due(): number {
    return this.#dues[this.#first]!;
  }

  dropFirst(): void {
    this.#first = (this.#first + 1) & (this.#dues.length - 1);
    this.length--;
  }

  #grow(): void {
    const size = this.#dues.length;
    const grow = (column: Float64Array) => {
      const grown = new Float64Array(size * 2);
      grown.set(column.subarray(this.#first));
      grown.set(column.subarray(0, this.#first), size - this.#first);
      return grown;
    };
    this.#operations = grow(this.#operations);
    this.#dues = grow(this.#dues);
    this.#first = 0;
  }
}
