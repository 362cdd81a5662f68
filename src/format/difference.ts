import { plural } from './text.js';
import { cutText, escapeControls, formatKey, formatValue, isMap } from './value.js';

const CONTEXT_LINES = 3;
/** Lines of each side that are compared, from shortly before the first difference on. */
const COMPARED_LINES = 400;
const SHOWN_LINES = 80;
const LINE_LENGTH = 160;

/**
 * Two values line by line, without colours: `-` expected, `+` actual. Undefined for values that are equal, fit on one
 * line or are of different kinds, and for expectations with operators, where lines differ that are as expected.
 */
export async function formatDifference(expected: unknown, actual: unknown): Promise<string | undefined> {
  const expectedLines = linesOf(expected);
  const actualLines = linesOf(actual);
  if (!expectedLines || !actualLines || kindOf(expected) !== kindOf(actual) || hasOperators(expected)) return undefined;
  const window = fromFirstDifference(expectedLines, actualLines);
  if (!window) return undefined;
  const { diffLinesRaw } = await import('@vitest/utils/diff');
  const [lines] = diffLinesRaw(window.expected, window.actual);
  return ['- expected', '+ actual', '', ...render(window.cut ? withoutCutEnd(lines) : lines, window)].join('\n');
}

type Kind = 'text' | 'list' | 'map' | 'other';

function kindOf(value: unknown): Kind {
  if (typeof value === 'string') return 'text';
  if (Array.isArray(value)) return 'list';
  return isMap(value) ? 'map' : 'other';
}

function linesOf(value: unknown): Iterable<string> | undefined {
  switch (kindOf(value)) {
    case 'text':
      return textLines(String(value));
    case 'list':
    case 'map':
      return valueLines(value, '', '');
    case 'other':
      return undefined;
  }
}

function* textLines(text: string): Generator<string> {
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
    yield text.slice(start, end);
    start = end + 1;
  }
  yield text.slice(start);
}

/** One line for each scalar, keys sorted, so that equal parts of two values stand in equal lines. */
function* valueLines(value: unknown, lead: string, indent: string): Generator<string> {
  const inner = `${indent}  `;
  if (Array.isArray(value) && value.length > 0) {
    yield `${lead}[`;
    for (const item of value) yield* valueLines(item, inner, inner);
    yield `${indent}]`;
  } else if (isMap(value) && Object.keys(value).length > 0) {
    yield `${lead}{`;
    for (const key of Object.keys(value).sort()) {
      if (value[key] !== undefined) yield* valueLines(value[key], `${inner}${formatKey(key)}: `, inner);
    }
    yield `${indent}}`;
  } else {
    yield lead + formatValue(value, { maxLength: Number.POSITIVE_INFINITY });
  }
}

function hasOperators(expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return false;
  return Object.entries(expected).some(([key, value]) => key.startsWith('$') || hasOperators(value));
}

interface Window {
  readonly expected: string[];
  readonly actual: string[];
  /** Equal lines above. */
  readonly skipped: number;
  /** More lines follow that were not compared. */
  readonly cut: boolean;
}

/** What is worth comparing, so that values of any size take little time; undefined when nothing is. */
function fromFirstDifference(expectedLines: Iterable<string>, actualLines: Iterable<string>): Window | undefined {
  const left = expectedLines[Symbol.iterator]();
  const right = actualLines[Symbol.iterator]();
  const context: string[] = [];
  let equal = 0;
  let [expected, actual] = [left.next(), right.next()];
  while (!expected.done && !actual.done && expected.value === actual.value) {
    context.push(expected.value);
    if (context.length > CONTEXT_LINES) context.shift();
    equal += 1;
    [expected, actual] = [left.next(), right.next()];
  }
  const expectedRest = [...context, ...take(expected, left)];
  const actualRest = [...context, ...take(actual, right)];
  if (expected.done && actual.done) return undefined;
  if (equal === 0 && expectedRest.length <= 1 && actualRest.length <= 1) return undefined;
  const cut = !left.next().done || !right.next().done;
  return { expected: expectedRest, actual: actualRest, skipped: equal - context.length, cut };
}

function take(first: IteratorResult<string>, rest: Iterator<string>): string[] {
  const taken: string[] = [];
  for (let next = first; !next.done; next = rest.next()) {
    taken.push(next.value);
    if (taken.length === COMPARED_LINES) break;
  }
  return taken;
}

/** `-1` for a line of the expected side alone, `1` of the actual one, `0` of both. */
type DiffLine = { readonly 0: number; readonly 1: string };

/** Without what differs at the end only because the window ends there, a line earlier on one side than on the other. */
function withoutCutEnd(lines: readonly DiffLine[]): readonly DiffLine[] {
  const kept = lines.slice(0, lines.findLastIndex((line) => line[0] === 0) + 1);
  return kept.some((line) => line[0] !== 0) ? kept : lines;
}

function render(lines: readonly DiffLine[], { skipped, cut }: Window): string[] {
  const shown: string[] = [];
  let omitted = skipped;
  for (const [index, line] of lines.entries()) {
    if (shown.length >= SHOWN_LINES) return [...shown, `  … (${plural(lines.length - index, 'more line')})`];
    if (!nearChange(lines, index)) {
      omitted += 1;
      continue;
    }
    if (omitted > 0) shown.push(`  … (${plural(omitted, 'equal line')})`);
    omitted = 0;
    shown.push(`${signOf(line)} ${displayLine(line[1])}`.trimEnd());
  }
  if (cut) shown.push('  … (more lines were not compared)');
  else if (omitted > 0) shown.push(`  … (${plural(omitted, 'equal line')})`);
  return shown;
}

const signOf = (line: DiffLine): string => (line[0] === 0 ? ' ' : line[0] < 0 ? '-' : '+');

const nearChange = (lines: readonly DiffLine[], index: number): boolean =>
  lines.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1).some((line) => line[0] !== 0);

function displayLine(line: string): string {
  // Trailing spaces would be invisible, and are often the difference.
  const text = escapeControls(line).replace(/ +$/, (spaces) => '·'.repeat(spaces.length));
  return text.length <= LINE_LENGTH ? text : `${cutText(text, LINE_LENGTH)}… (${plural(line.length, 'character')})`;
}
