import { errorAt } from './problem.js';

/** Finds its way through the text of an expression without parsing it: strings and comments hide what is in them. */

/** The position after the string literal whose quote is at `start`; undefined when it is never closed. */
function endOfString(text: string, start: number): number | undefined {
  const quote = text[start]!;
  const delimiter = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  for (let position = start + delimiter.length; position < text.length; position += 1) {
    if (text.startsWith(delimiter, position)) return position + delimiter.length;
    // A backslash hides what follows it in raw strings too.
    if (text[position] === '\\') position += 1;
    else if (text[position] === '\n' && delimiter.length === 1) return undefined;
  }
  return undefined;
}

/** Where the `}}` stands that closes the `${{` at `open`. Raises an ExpressionError when there is none. */
export function closingBraces(text: string, open: number): number {
  let depth = 0;
  let position = open + 3;
  while (position < text.length) {
    const character = text[position];
    if (character === '"' || character === "'") {
      const end = endOfString(text, position);
      if (end === undefined) {
        const place = { source: text, start: position, end: position + 1 };
        throw errorAt(place, 'the string that begins here is never closed', `close it with ${character}`);
      }
      position = end;
      continue;
    }
    if (text.startsWith('//', position)) {
      position = endOfComment(text, position);
      continue;
    }
    if (character === '{') depth += 1;
    else if (character === '}' && depth > 0) depth -= 1;
    else if (text.startsWith('}}', position)) return position;
    position += 1;
  }
  const place = { source: text, start: open, end: open + 3 };
  throw errorAt(
    place,
    'the `${{` that begins here is never closed',
    'close it with `}}`, or write `$${{` for the text `${{`',
  );
}

/** A comment ends with its line, or with the expression that it is in. */
function endOfComment(text: string, start: number): number {
  let position = start;
  while (position < text.length && text[position] !== '\n' && !text.startsWith('}}', position)) position += 1;
  return position;
}

/**
 * The range with the parentheses that belong to it: the parser counts those around an operand to neither side,
 * so that the product in `(a + b) * c` begins at `a`.
 */
export function balance(
  source: string,
  range: { readonly start: number; readonly end: number },
): { start: number; end: number } {
  let { start, end } = range;
  let open = 0;
  let unopened = 0;
  for (let position = start; position < end; ) {
    const character = source[position];
    if (character === '(') open += 1;
    else if (character === ')' && open > 0) open -= 1;
    else if (character === ')') unopened += 1;
    if (character === '"' || character === "'") position = endOfString(source, position) ?? end;
    else if (source.startsWith('//', position)) position = source.indexOf('\n', position) + 1 || end;
    else position += 1;
  }
  for (; unopened > 0; unopened -= 1) start = source.lastIndexOf('(', start - 1);
  for (; open > 0; open -= 1) end = source.indexOf(')', end) + 1;
  return { start, end };
}
