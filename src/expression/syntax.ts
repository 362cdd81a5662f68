import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import type { ExpressionError } from '../errors.js';
import { formatCount } from '../format/text.js';
import { errorAt, guarded, type Place, Problem } from './problem.js';
import { balance } from './scan.js';

/**
 * The library parses; evaluation is ours. Its evaluator knows int64, protobuf types and promises, where the language
 * wants doubles, plain JSON, bounded cost and errors that name keys.
 */
export type Node = ASTNode;

/** Bounds on what a stranger's expression may ask of us. */
const LIMITS = { characters: 10_000, nodes: 2_000, depth: 100, items: 1_000, arguments: 16 } as const;

let environment: Environment | undefined;

const celEnvironment = (): Environment =>
  new Environment({
    limits: {
      maxAstNodes: LIMITS.nodes,
      maxDepth: LIMITS.depth,
      maxListElements: LIMITS.items,
      maxMapEntries: LIMITS.items,
      maxCallArguments: LIMITS.arguments,
    },
  });

/** Parses a CEL expression. Raises an ExpressionError. */
export function parse(source: string): Node {
  const whole = { source, start: 0, end: source.length };
  if (source.trim() === '') throw errorAt(whole, 'the expression is empty');
  if (source.length > LIMITS.characters) {
    throw errorAt(whole, `the expression is longer than ${formatCount(LIMITS.characters)} characters`);
  }
  environment ??= celEnvironment();
  const cel = environment;
  try {
    return guarded(source, () => cel.parse(source).ast);
  } catch (error) {
    throw error instanceof ParseError ? explain(source, error) : error;
  }
}

/** Where a node stands, its parentheses included. */
export const placeOf = (node: Node): Place => ({ source: node.input, ...balance(node.input, node) });

export const textOf = (node: Node): string => {
  const { source, start, end } = placeOf(node);
  return source.slice(start, end);
};

export const errorIn = (node: Node, message: string, next?: string): ExpressionError =>
  errorAt(placeOf(node), message, next);

/** Gives a problem its place; anything else already has one. */
export const locate = (error: unknown, node: Node): unknown =>
  error instanceof Problem ? error.at(placeOf(node)) : error;

const TOO_LARGE: Readonly<Record<string, string>> = {
  maxAstNodes: `the expression has more than ${formatCount(LIMITS.nodes)} parts`,
  maxDepth: `the expression is nested more than ${LIMITS.depth} deep`,
  maxListElements: `a list has more than ${formatCount(LIMITS.items)} items`,
  maxMapEntries: `a map has more than ${formatCount(LIMITS.items)} entries`,
  maxCallArguments: `a function gets more than ${LIMITS.arguments} arguments`,
};

const A_NAME = 'a name';
const EXPECTED: Readonly<Record<string, string>> = {
  IDENTIFIER: A_NAME,
  RPAREN: '")"',
  RBRACKET: '"]"',
  RBRACE: '"}"',
  COLON: '":"',
};

/** How CEL writes what other languages write otherwise. */
const IN_CEL: Readonly<Record<string, string>> = {
  '=': '==',
  '&': '&&',
  '|': '||',
  and: '&&',
  or: '||',
  is: '==',
  not: '!',
  $: 'the name alone',
};

/** The library's error in plain words. */
function explain(source: string, { code, summary, range }: ParseError): ExpressionError {
  const start = Math.min(range?.start ?? 0, source.length);
  const place = { source, start, end: Math.min(Math.max(range?.end ?? start, start + 1), source.length) };
  const word = source.slice(start, place.end);
  const found = word === '' ? 'the end of the expression' : `"${word}"`;
  switch (code) {
    case 'unexpected_token':
      if (word === '') return errorAt(place, 'the expression ends where a value is due');
      return errorAt(place, `expected a value, found ${found}`);
    case 'expected_token': {
      const expected = EXPECTED[/^Expected (\w+)/.exec(summary)?.[1] ?? ''] ?? 'something else';
      return errorAt(place, `expected ${expected}, found ${found}`, expected === A_NAME ? inBrackets(word) : undefined);
    }
    case 'unexpected_character': {
      const before = /\w*$/.exec(source.slice(0, start).trimEnd())?.[0] ?? '';
      const cel = IN_CEL[word] ?? IN_CEL[before];
      return errorAt(place, `unexpected ${found}`, cel && `write ${cel}`);
    }
    case 'unterminated_string':
    case 'unterminated_triple_quoted_string':
      return errorAt({ ...place, end: start + 1 }, 'the string that begins here is never closed');
    case 'newline_in_string':
      return errorAt(place, 'a line break in a string', 'write \\n, or put the string in """ """');
    case 'reserved_identifier':
      return errorAt(place, `${found} is reserved by CEL and cannot be a name`);
    case 'invalid_macro_argument':
      return errorAt(place, `expected a name for the item, found ${found}`, 'write it as in list.all(item, item > 0)');
    case 'limit_exceeded':
      return errorAt(place, TOO_LARGE[/^Exceeded (\w+)/.exec(summary)?.[1] ?? ''] ?? 'the expression is too large');
    case 'invalid_exponent':
      return errorAt(place, `expected the digits of an exponent, found ${found}`);
    case 'invalid_number':
    case 'invalid_integer':
    case 'invalid_hex_integer':
      return errorAt(place, `${found} is not a number`);
    default:
      // What is left are escapes within strings.
      return errorAt(place, `${found} is not an escape that strings know`, 'write \\\\ for a backslash');
  }
}

/** How to write a key that is no name: `list[0]`, `vars["in"]`. */
function inBrackets(key: string): string | undefined {
  if (!/^\w+$/.test(key)) return undefined;
  return /^\d/.test(key) ? `write [${key}]` : `write ["${key}"]`;
}
