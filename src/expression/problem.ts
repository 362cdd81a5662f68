import { ExpressionError } from '../errors.js';
import { formatKey } from '../format/value.js';

/** A part of a source, by its offsets. */
export interface Place {
  readonly source: string;
  readonly start: number;
  readonly end: number;
}

/** What a value or a function objects to. It knows no place: whoever evaluates the part adds it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    message: string,
    readonly next?: string,
  ) {
    super(message);
  }

  at(place: Place): ExpressionError {
    return errorAt(place, this.message, this.next);
  }
}

export function errorAt({ source, start, end }: Place, message: string, next?: string): ExpressionError {
  return new ExpressionError(message, source, start, end - start, next === undefined ? {} : { next });
}

/** The evaluation was given up. Unlike an ExpressionError, no `||` makes up for it. */
export class StepLimit extends Error {
  override readonly name = 'StepLimit';
}

/** Evaluates a whole source: what stops it wherever it stands becomes an ExpressionError. */
export function guarded<T>(source: string, evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error) {
    const whole = { source, start: 0, end: source.length };
    if (error instanceof Problem) throw error.at(whole);
    if (error instanceof StepLimit) throw errorAt(whole, error.message, 'give it less to go through');
    // The stack ended.
    if (error instanceof RangeError) throw errorAt(whole, 'the expression or a value in it is nested too deeply');
    throw error;
  }
}

const NAMES_SHOWN = 10;

/** `a, b, c and 4 more` */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map(formatKey).join(', ');
  const rest = names.length - NAMES_SHOWN;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}
