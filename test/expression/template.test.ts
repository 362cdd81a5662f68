import { describe, expect, test } from 'vitest';
import { ExpressionError } from '../../src/errors.js';
import {
  bareSource,
  compileTemplate,
  renderValue,
  splitTemplate,
  type TemplatePart,
} from '../../src/expression/template.js';
import { names, scope } from './scope.js';

/** The parts, an expression as `[source]`; checks that each offset points at its source. */
const split = (text: string): readonly (string | [string])[] | undefined =>
  splitTemplate(text)?.map((part: TemplatePart) => {
    if (typeof part === 'string') return part;
    expect(text.slice(part.offset, part.offset + part.source.length)).toBe(part.source);
    return [part.source];
  });

const SPLITS: readonly (readonly [text: string, parts: readonly (string | [string])[] | undefined])[] = [
  ['', undefined],
  ['plain $ {{ }} text', undefined],
  ['${{ vars.n }}', [['vars.n']]],
  ['${{vars.n}}', [['vars.n']]],
  [' a ${{ vars.n }}-${{ vars.text }} b', [' a ', ['vars.n'], '-', ['vars.text'], ' b']],
  ['${{ a }}${{ b }}', [['a'], ['b']]],
  ['${{ "}}" }}', [['"}}"']]],
  ['${{ \'}}\' + "\\"}}" }}', [['\'}}\' + "\\"}}"']]],
  ['${{ """a"}}""" }}', [['"""a"}}"""']]],
  ['${{ {"a": {"b": 1}} }}', [['{"a": {"b": 1}}']]],
  ['${{ {"a": {"b": 1}}}}', [['{"a": {"b": 1}}']]],
  ["${{ 1 // it's }}", [["1 // it's"]]],
  ["${{ 1 // it's\n + 2 }}", [["1 // it's\n + 2"]]],
  ['${{ }}', [['']]],
  ['a }} b ${{ 1 }}', ['a }} b ', ['1']]],
  ['$${{ vars.n }}', ['${{ vars.n }}']],
  ['a $${{ b }} ${{ c }}', ['a ${{ b }} ', ['c']]],
  ['$$${{ a }}', ['$${{ a }}']],
  ['${{ a }}$${{ b', [['a'], '${{ b']],
];

describe('splits', () => {
  for (const [text, parts] of SPLITS) {
    test(text, () => expect(split(text)).toEqual(parts));
  }
});

describe('values', () => {
  const ROWS: readonly (readonly [text: string, value: unknown])[] = [
    ['${{ vars.n }}', 5],
    [' ${{ vars.list }}\n', [1, 2, 3]],
    ['${{ null }}', null],
    ['${{ vars.n }}s', '5s'],
    ['user:${{ vars.n }}:${{ vars.text }}', 'user:5:ada'],
    ['${{ vars.list }}${{ steps.work.value }}|${{ vars.yes }}', '[1,2,3]|true'],
    ['id ${{ vars.big }} of ${{ {"big": vars.big} }}', 'id 9007199254740993 of {"big":9007199254740993}'],
    ['$${{ vars.n }} is ${{ vars.n }}', '${{ vars.n }} is 5'],
    ['$${{', '${{'],
  ];
  for (const [text, value] of ROWS) {
    test(text, () => expect(compileTemplate(text, { names })?.evaluate(scope)).toEqual(value));
  }
  test('no template', () => expect(compileTemplate('plain', { names })).toBeUndefined());
});

test('what a template tells of itself', () => {
  const whole = compileTemplate(' ${{ vars.n }} ', { names });
  expect(whole?.whole).toBe(true);
  const mixed = compileTemplate('${{ vars.n }}-${{ vars.text }}', { names });
  expect(mixed?.whole).toBe(false);
  expect(mixed?.expressions.map(({ expression, offset }) => [expression.source, offset])).toEqual([
    ['vars.n', 4],
    ['vars.text', 18],
  ]);
});

/** The error that `run` raises, as `message | the part of the text that it points at | next`. */
function errorOf(text: string, run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    expect(error.source).toBe(text);
    const part = text.slice(error.offset, error.offset + error.length);
    return [error.message, part, ...(error.details.next ? [error.details.next] : [])].join(' | ');
  }
  throw new Error(`${text} raised nothing`);
}

describe('errors point into the text', () => {
  const ROWS: readonly (readonly [text: string, error: string])[] = [
    [
      'a ${{ vars.n',
      'the `${{` that begins here is never closed | ${{ | close it with `}}`, or write `$${{` for the text `${{`',
    ],
    [
      '${{ {"a": 1 }}',
      'the `${{` that begins here is never closed | ${{ | close it with `}}`, or write `$${{` for the text `${{`',
    ],
    ['a ${{ "b }}', 'the string that begins here is never closed | " | close it with "'],
    ['a ${{ }}', 'the expression is empty | '],
    ['a ${{ 1 + }}', 'the expression ends where a value is due | '],
    ['a ${{ b }}', 'unknown name "b" | b | in scope here: vars, steps, case, random'],
    ['a ${{ 1 }} ${{ vars.n / 0 }}', 'division by zero | vars.n / 0'],
    ['${{ vars.x }}', 'vars has no key "x" | x | it has n, half, text, yes, list, counts, big, small, "odd key"'],
  ];
  for (const [text, error] of ROWS) {
    test(text, () => expect(errorOf(text, () => compileTemplate(text, { names })?.evaluate(scope))).toBe(error));
  }
});

describe('bare expressions', () => {
  const ROWS: readonly (readonly [text: string, source: string, offset: number])[] = [
    ['vars.n > 1', 'vars.n > 1', 0],
    ['  vars.n ', 'vars.n', 2],
    ['${{ vars.n }}', 'vars.n', 4],
    [' ${{vars.n}} ', 'vars.n', 4],
    ['', '', 0],
  ];
  for (const [text, source, offset] of ROWS) test(text, () => expect(bareSource(text)).toEqual({ source, offset }));

  const ERROR = 'this field is an expression by itself | ${{ | write it without ${{ }}';
  for (const text of ['${{ vars.n }} > 1', '1 < ${{ vars.n }}', '${{ a }}${{ b }}', '$${{ a }}']) {
    test(text, () => expect(errorOf(text, () => bareSource(text))).toBe(ERROR));
  }
});

describe('rendered values', () => {
  const ROWS: readonly (readonly [value: unknown, text: string])[] = [
    ['a "b"', 'a "b"'],
    [null, ''],
    [undefined, ''],
    [1.5, '1.5'],
    [-0, '0'],
    [true, 'true'],
    [2n ** 60n, '1152921504606846976'],
    [[1, 'a', null, [2n ** 60n]], '[1,"a",null,[1152921504606846976]]'],
    [{ a: { b: 'c' }, 'odd key': undefined }, '{"a":{"b":"c"}}'],
  ];
  for (const [value, text] of ROWS) test(text, () => expect(renderValue(value)).toBe(text));
});
