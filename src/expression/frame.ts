import { Problem, StepLimit } from './problem.js';
import type { StaticKind } from './values.js';

/** How many parts one evaluation may compute; about a second. */
const STEPS = 10_000_000;
/** The longest text that an expression may make. */
const TEXT_LENGTH = 10_000_000;

/** What an error costs that the expression does without: making one takes much longer than other steps. */
export const ERROR_STEPS = 1_000;

/** One evaluation: the names it sees, the variables of its loops, and what it may still cost. */
export class Frame {
  /** Values of loop variables, by slot. */
  readonly locals: unknown[] = [];
  #left = STEPS;

  constructor(readonly scope: Readonly<Record<string, unknown>>) {}

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new StepLimit('the expression takes too many steps');
  }

  /** Pays for a value that an operation reads or makes as a whole. */
  spendOn(value: unknown): void {
    if (typeof value === 'string') this.spend(value.length / 8);
    else if (Array.isArray(value)) this.spend(value.length);
    // Listing the keys of a large map takes about 170 ns a key.
    else if (typeof value === 'object' && value !== null) this.spend(Object.keys(value).length * 4);
  }
}

/** Raises before a text is made that would be too long to keep. */
export function checkLength(length: number): void {
  if (length > TEXT_LENGTH) throw new Problem('the text would be longer than 10,000,000 characters');
}

/** A part of an expression, ready to be evaluated. */
export interface Part {
  readonly kind: StaticKind;
  /** Made of literals alone. */
  readonly literal?: boolean;
  run(frame: Frame): unknown;
}
