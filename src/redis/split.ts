import { isUtf8 } from 'node:buffer';
import { ExpressionError, ScenarioError } from '../errors.js';
import { closingBraces } from '../expression/scan.js';

export interface SplitArgument {
  /** Bytes when escapes made something that is no UTF-8. */
  readonly text: string | Uint8Array;
  /** Where it stands in the command, quotes included. */
  readonly start: number;
  readonly end: number;
}

const SPACE = /[\s\0]/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
/**
 * Splits a command as redis-cli does (`sdssplitargs`): spaces divide, "double quotes" know \n \r \t \b \a \xHH,
 * 'single quotes' know \' alone. An expression is kept whole wherever it stands.
 */
export function splitCommand(text: string): SplitArgument[] {
  const found: SplitArgument[] = [];
  let position = 0;
  for (;;) {
    while (position < text.length && SPACE.test(text[position]!)) position++;
    if (position >= text.length) return found;
    const argument = readArgument(text, position);
    found.push(argument);
    position = argument.end;
  }
}

function readArgument(text: string, start: number): SplitArgument {
  const argument = new ArgumentBuilder();
  let position = start;
  while (position < text.length && !SPACE.test(text[position]!)) {
    const character = text[position]!;
    const expression = expressionAt(text, position);
    if (expression !== '') {
      argument.addExpression(expression);
      position += expression.length;
    } else if (character === '"' || character === "'") {
      position = readQuoted(text, position, argument);
    } else {
      argument.add(character);
      position++;
    }
  }
  return { text: argument.finish(start), start, end: position };
}

/** Returns the position after the closing quote. */
function readQuoted(text: string, open: number, argument: ArgumentBuilder): number {
  const quote = text[open]!;
  let position = open + 1;
  while (position < text.length) {
    const rest = text.slice(position, position + 4);
    const expression = expressionAt(text, position);
    if (expression !== '') {
      argument.addExpression(expression);
      position += expression.length;
    } else if (rest[0] === quote) {
      const next = text[position + 1];
      if (next === undefined || SPACE.test(next)) return position + 1;
      throw new ScenarioError(`unbalanced quotes: ${next} follows the closing ${quote} at character ${position + 1}`, {
        next: `put a space after the closing quote, or write a ${quote} inside as \\${quote}`,
      });
    } else if (quote === '"' && /^\\x[0-9a-f]{2}/i.test(rest)) {
      argument.addByte(Number.parseInt(rest.slice(2), 16));
      position += 4;
    } else if (rest[0] === '\\' && rest.length > 1 && (quote === '"' || rest[1] === "'")) {
      argument.add((quote === '"' && ESCAPES[rest[1]!]) || rest[1]!);
      position += 2;
    } else {
      argument.add(rest[0]!);
      position++;
    }
  }
  throw new ScenarioError(`unbalanced quotes: the ${quote} at character ${open + 1} is never closed`, {
    next: `close it, or write a ${quote} that stands for itself inside the other kind of quotes`,
  });
}

/** The expression that begins here; else `''`. */
function expressionAt(text: string, start: number): string {
  if (!text.startsWith('${{', start)) return '';
  try {
    return text.slice(start, closingBraces(text, start) + 2);
  } catch (error) {
    // One that never ends runs to the end of the text: whoever compiles it says what is wrong.
    if (error instanceof ExpressionError) return text.slice(start);
    throw error;
  }
}

/** Collects text, and bytes only once an escape asks for one. */
class ArgumentBuilder {
  #text = '';
  #bytes: Buffer[] | null = null;
  #hasExpression = false;

  add(text: string): void {
    this.#text += text;
  }

  addExpression(text: string): void {
    this.#hasExpression = true;
    this.add(text);
  }

  addByte(byte: number): void {
    this.#bytes ??= [];
    this.#bytes.push(Buffer.from(this.#text), Buffer.of(byte));
    this.#text = '';
  }

  finish(start: number): string | Uint8Array {
    if (!this.#bytes) return this.#text;
    const bytes = Buffer.concat([...this.#bytes, Buffer.from(this.#text)]);
    if (isUtf8(bytes)) return bytes.toString();
    if (!this.#hasExpression) return bytes;
    throw new ScenarioError(
      `the argument at character ${start + 1} mixes an expression with bytes that are not UTF-8`,
      {
        next: 'build the argument from one of the two alone',
      },
    );
  }
}
