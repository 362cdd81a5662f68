import type { Mismatch } from './result.js';

/** Compares a nested expectation, for operators that hold others (`$not`, `$every`). */
export type Match = (expected: unknown, actual: unknown) => readonly Mismatch[];

/** A `$` operator. Pure: no clock, no I/O. */
export interface Matcher {
  /** With its dollar: `$gt`. */
  readonly name: `$${string}`;
  readonly summary: string;
  /** Examples of the operand, valid by `operand`. */
  readonly examples: readonly unknown[];
  /** JSON Schema of the operand. */
  readonly operand: Readonly<Record<string, unknown>>;
  /** The operand holds expectations: `one` (the operand is one) or `many` (a list of them). */
  readonly nested?: 'one' | 'many';
  /** True where the operand is a number that may be written as a quantity (`{ $lt: 20ms }`). */
  readonly quantity?: boolean;
  /** Judges a missing path too; every other operator fails on one. */
  readonly judgesMissing?: boolean;
  /** Loads what the operator needs; awaited once before it is first used. */
  prepare?(): Promise<void>;
  /** Loads what the matcher needs; awaited before `check` and `mismatch`. */
  prepare?(): Promise<void>;
  /** Why an operand is invalid that `operand` allows: what a schema cannot say, such as a pattern's syntax. */
  check?(operand: unknown): string | undefined;
  /**
   * Undefined when it holds. Otherwise what was expected, in words that follow "expected": `greater than 3`; or where
   * inside the actual value it does not hold, with paths from there on. `actual` is undefined when missing.
   */
  mismatch(operand: unknown, actual: unknown, match: Match): string | readonly Mismatch[] | undefined;
}

export const defineMatcher = (matcher: Matcher): Matcher => matcher;
