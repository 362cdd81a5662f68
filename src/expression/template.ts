import { ExpressionError } from '../errors.js';
import { compileExpression, type Expression } from './expression.js';
import { checkLength } from './frame.js';
import { errorAt, guarded } from './problem.js';
import { closingBraces } from './scan.js';
import { toJson } from './values.js';

/** Literal text, or an expression with the offset of its source within the text. */
export type TemplatePart = string | { readonly source: string; readonly offset: number };

/** A text with expressions in it. Errors count their offset from the start of the text. */
export interface Template {
  readonly expressions: readonly { readonly expression: Expression; readonly offset: number }[];
  /** Nothing but one expression, surrounding blanks apart: its value keeps its type. */
  readonly whole: boolean;
  /** A string, unless the template is `whole`. Raises an ExpressionError. */
  evaluate(scope: Readonly<Record<string, unknown>>): unknown;
}

/**
 * Splits a text at `${{ … }}`; a `}}` in a string of the expression or of its own braces does not end it. `$${{` stands
 * for the text `${{`. Undefined when there is neither. Raises an ExpressionError for one that never closes.
 */
export function splitTemplate(text: string): readonly TemplatePart[] | undefined {
  let open = text.indexOf('${{');
  if (open < 0) return undefined;
  const parts: TemplatePart[] = [];
  let literal = '';
  let position = 0;
  for (; open >= 0; open = text.indexOf('${{', position)) {
    literal += text.slice(position, open);
    if (open > position && text[open - 1] === '$') {
      // Of `$${{` the first dollar is there already.
      literal += '{{';
      position = open + 3;
      continue;
    }
    const close = closingBraces(text, open);
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(trimmed(text.slice(open + 3, close), open + 3));
    position = close + 2;
  }
  literal += text.slice(position);
  if (literal !== '') parts.push(literal);
  return parts;
}

type Scope = Readonly<Record<string, unknown>>;

/** Undefined when there is no expression in the text, nor a `$${{`. Raises an ExpressionError. */
export function compileTemplate(text: string, options: { readonly names: readonly string[] }): Template | undefined {
  const split = splitTemplate(text);
  if (!split) return undefined;
  const parts = split.map((part) => (typeof part === 'string' ? part : placed(text, part, options)));
  const expressions = parts.filter((part) => typeof part !== 'string');
  const [only] = expressions;
  if (only && isWhole(split)) return { expressions, whole: true, evaluate: only.evaluate };
  return {
    expressions,
    whole: false,
    evaluate: (scope) =>
      guarded(text, () => {
        const texts = parts.map((part) => (typeof part === 'string' ? part : renderValue(part.evaluate(scope))));
        checkLength(texts.reduce((length, one) => length + one.length, 0));
        return texts.join('');
      }),
  };
}

const isWhole = (parts: readonly TemplatePart[]): boolean =>
  parts.filter((part) => typeof part !== 'string' || part.trim() !== '').length === 1;

/** An expression of a text, whose errors count from the start of the text. */
function placed(
  text: string,
  { source, offset }: Exclude<TemplatePart, string>,
  options: { readonly names: readonly string[] },
) {
  const within = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new ExpressionError(error.message, text, offset + error.offset, error.length, error.details);
    }
  };
  const expression = within(() => compileExpression(source, options));
  return { expression, offset, evaluate: (scope: Scope): unknown => within(() => expression.evaluate(scope)) };
}

/** Strings as they are, null as nothing, numbers and booleans as JSON writes them, lists and maps as JSON. */
export function renderValue(value: unknown): string {
  if (typeof value === 'object' && value !== null) return toJson(value);
  return value === null || value === undefined ? '' : String(value);
}

/**
 * The source of a field that is an expression by itself (`if`, `when`), blanks around it left out, with its offset.
 * One `${{ }}` around the whole is taken off; around a part it raises an ExpressionError.
 */
export function bareSource(text: string): { source: string; offset: number } {
  const parts = splitTemplate(text);
  if (!parts) return trimmed(text, 0);
  const [only] = parts.filter((part) => typeof part !== 'string');
  if (only && isWhole(parts)) return only;
  const start = text.indexOf('${{');
  const place = { source: text, start, end: start + 3 };
  throw errorAt(place, 'this field is an expression by itself', 'write it without ${{ }}');
}

/** A part of a text without the blanks around it. */
function trimmed(text: string, offset: number): { source: string; offset: number } {
  return { source: text.trim(), offset: offset + text.length - text.trimStart().length };
}
