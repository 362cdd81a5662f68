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

const NAMES_SHOWN = 10;

/** `a, b, c and 4 more` */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map(formatKey).join(', ');
  const rest = names.length - NAMES_SHOWN;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}
