import { type Column, words } from './columns.js';

const FIRST_REACH = 64;
/** Producers beyond these are names made for each message (`1700000000000-3`), which a table each would not serve. */
const MOST_TABLES = 4_096;
/** A table reaches at most this many times as far as it holds messages. */
const SPARSEST = 8;
const ZERO = 48;
const MOST_DIGITS = 9;
const MOST_SEQUENCES = 10 ** MOST_DIGITS;

interface Table {
  /** The id up to the sequence. */
  readonly prefix: string;
  /** By sequence, raised by one, so that 0 is none. */
  readonly numbers: Column;
  held: number;
}

/**
 * Numbers messages from 0 in the order in which they are first named. Most ids are `<producer>-<sequence>`, which take
 * two cells of typed arrays: 5 million of them as a Map of strings take 600 MB.
 */
export class Messages {
  readonly #tables: Table[] = [];
  readonly #tablesByPrefix = new Map<string, number>();
  readonly #others = new Map<string, number>();
  readonly #texts: string[] = [];
  /** Of each message its table, raised by one; 0 where it has none. */
  readonly #origins = words();
  /** Of each message its sequence within its table, or the place of its text. */
  readonly #places = words();
  #last = -1;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** -1 for an empty id. */
  numberOf(id: string): number {
    if (id === '') return -1;
    const digits = digitsOf(id);
    const index = digits === 0 ? -1 : this.#tableOf(id, id.length - digits);
    const table = this.#tables[index];
    if (!table) return this.#other(id);
    const sequence = numberAt(id, id.length - digits);
    const known = table.numbers.get(sequence);
    if (known > 0) return known - 1;
    // The sequence may have been beyond the table's reach when it was first seen.
    const before = this.#others.size > 0 ? this.#others.get(id) : undefined;
    if (before !== undefined) return before;
    return isInReach(sequence, table) ? this.#enter(index, sequence) : this.#other(id);
  }

  /** The same for ids of one producer by their sequence, mostly without a text. */
  numbersOf(producer: string): (sequence: number) => number {
    const prefix = `${producer}-`;
    const index = this.#tableOf(prefix, prefix.length);
    const table = this.#tables[index];
    return (sequence) => {
      if (table && sequence < MOST_SEQUENCES) {
        const known = table.numbers.get(sequence);
        if (known > 0) return known - 1;
        // Among the others there may be one of this table, which it did not reach then.
        if (this.#others.size === 0 && isInReach(sequence, table)) return this.#enter(index, sequence);
      }
      return this.numberOf(`${prefix}${sequence}`);
    };
  }

  /** -1 for an id that nobody named. */
  find(id: string): number {
    const digits = digitsOf(id);
    const index = digits === 0 ? undefined : this.#tablesByPrefix.get(id.slice(0, id.length - digits));
    const known = index === undefined ? 0 : this.#tables[index]!.numbers.get(numberAt(id, id.length - digits));
    return known > 0 ? known - 1 : (this.#others.get(id) ?? -1);
  }

  idOf(message: number): string {
    if (message < 0 || message >= this.#count) return '';
    const table = this.#tables[this.#origins.get(message) - 1];
    const place = this.#places.get(message);
    return table ? `${table.prefix}${place}` : this.#texts[place]!;
  }

  #enter(index: number, sequence: number): number {
    const table = this.#tables[index]!;
    const number = this.#add(index, sequence);
    table.numbers.set(sequence, number + 1);
    table.held++;
    return number;
  }

  #other(id: string): number {
    let number = this.#others.get(id);
    if (number === undefined) {
      number = this.#add(-1, this.#texts.push(id) - 1);
      this.#others.set(id, number);
    }
    return number;
  }

  #add(table: number, place: number): number {
    const number = this.#count++;
    this.#origins.set(number, table + 1);
    this.#places.set(number, place);
    return number;
  }

  /** The table of what stands before the sequence, or -1. A producer's messages mostly come one after the other. */
  #tableOf(id: string, end: number): number {
    const last = this.#tables[this.#last]?.prefix;
    if (last !== undefined && last.length === end && id.startsWith(last)) return this.#last;
    const prefix = id.slice(0, end);
    let table = this.#tablesByPrefix.get(prefix);
    if (table === undefined) {
      if (this.#tables.length >= MOST_TABLES) return -1;
      table = this.#tables.push({ prefix, numbers: words(), held: 0 }) - 1;
      this.#tablesByPrefix.set(prefix, table);
    }
    this.#last = table;
    return table;
  }
}

const isInReach = (sequence: number, { held }: Table): boolean => sequence < Math.max(FIRST_REACH, held * SPARSEST);

/** How many digits at the end are a sequence: after a dash, without a leading zero, few enough of them. Else 0. */
function digitsOf(id: string): number {
  let at = id.length;
  while (at > 0 && isDigit(id.charCodeAt(at - 1))) at--;
  const digits = id.length - at;
  if (digits === 0 || digits > MOST_DIGITS || id[at - 1] !== '-') return 0;
  return digits > 1 && id.charCodeAt(at) === ZERO ? 0 : digits;
}

const isDigit = (code: number): boolean => code >= ZERO && code < ZERO + 10;

function numberAt(id: string, start: number): number {
  let number = 0;
  for (let at = start; at < id.length; at++) number = number * 10 + id.charCodeAt(at) - ZERO;
  return number;
}
