import { beforeAll, describe, expect, test, vi } from 'vitest';
import { ExpressionError } from '../../src/errors.js';
import { compileExpression, prepareExpressions } from '../../src/expression/expression.js';
import { compileTemplate } from '../../src/expression/template.js';

beforeAll(() => prepareExpressions(['matches']));

const numbers = Array.from({ length: 100_000 }, (_, index) => index);
const vars = {
  numbers,
  objects: numbers.map((id) => ({ id })),
  wide: Object.fromEntries(numbers.map((index) => [`k${index}`, index])),
  long: 'ab'.repeat(500_000),
  part: `${'ab'.repeat(25_000)}b${'ab'.repeat(25_000)}`,
  big: 2n ** 64n,
};

function messageOf(source: string): string {
  try {
    compileExpression(source, { names: ['vars'] }).evaluate({ vars });
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
  return 'none';
}

describe('what is too large to compile', () => {
  const ROWS: readonly (readonly [title: string, source: string, message: string])[] = [
    ['characters', `1${' '.repeat(10_000)}`, 'the expression is longer than 10,000 characters'],
    ['parts', `1${'+1'.repeat(1_500)}`, 'the expression has more than 2,000 parts'],
    ['parentheses', `${'('.repeat(150)}1${')'.repeat(150)}`, 'the expression is nested more than 100 deep'],
    ['accesses', `vars${'.a'.repeat(150)}`, 'the expression is nested more than 100 deep'],
    ['items', `[${'1,'.repeat(1_100)}]`, 'a list has more than 1,000 items'],
    ['arguments', `size(${'1,'.repeat(17)}1)`, 'a function gets more than 16 arguments'],
  ];
  for (const [title, source, message] of ROWS) test(title, () => expect(messageOf(source)).toBe(message));

  test('negations, by the stack or by their count', () => {
    expect(messageOf(`${'!'.repeat(9_990)}true`)).toMatch(/nested too deeply|more than 2,000 parts/);
  });
});

describe('what takes too long', () => {
  const STEPS = 'the expression takes too many steps';
  const TEXT = 'the text would be longer than 10,000,000 characters';
  const ROWS: readonly (readonly [source: string, message: string])[] = [
    ['vars.numbers.all(x, vars.numbers.all(y, x + y >= 0))', STEPS],
    ['vars.numbers.map(x, vars.numbers.map(y, "id-" + string(y)))', STEPS],
    // Errors that `exists` and `||` do without cost as well.
    ['vars.numbers.exists(x, vars.numbers.exists(y, y.missing))', STEPS],
    ['vars.numbers.map(x, vars.numbers.map(y, 1 / 0 > 1 || true))', STEPS],
    ['vars.numbers.exists(x, vars.wide.missing == 1)', STEPS],
    // No `||` makes up for the limit itself.
    ['vars.numbers.all(x, vars.numbers.all(y, true)) || true', STEPS],
    // Work that is one step of the syntax, and many of the machine.
    ['vars.numbers.all(x, vars.objects == vars.objects + [])', STEPS],
    ['vars.numbers.all(x, size(vars.wide) > 0)', STEPS],
    ['vars.numbers.all(x, -1 in vars.numbers || true)', STEPS],
    ['vars.numbers.map(x, vars.numbers + vars.numbers)', STEPS],
    ['vars.numbers.all(x, vars.long.size() > 0)', STEPS],
    ['vars.numbers.all(x, vars.long.trim() == vars.long.lowerAscii())', STEPS],
    ['vars.numbers.map(x, vars.long.split(""))', STEPS],
    ['vars.long.contains(vars.part)', STEPS],
    ['vars.long.matches("(?:a|b|ab|ba|aa|bb)*[ab]*a[ab]{300}(?:[cd]|$)")', STEPS],
    ['vars.numbers.map(x, "a".matches("(a?){900}" + string(x)))', STEPS],
    ['vars.long.replace("a", vars.long)', TEXT],
    ['[vars.long].map(x, [x,x,x,x].join()).map(x, [x,x,x,x].join())', TEXT],
    ['[vars.long].map(x, x+x+x+x).map(x, x+x+x+x)', TEXT],
    [`[vars.big]${'.map(x, x * x)'.repeat(50)}`, 'the result is too large for a number'],
  ];
  for (const [source, message] of ROWS) test(source, () => expect(messageOf(source)).toBe(message));
});

describe('what is large, and still fine', () => {
  const ROWS: readonly string[] = [
    `${'!'.repeat(1_900)}true`,
    `1${' + 1'.repeat(990)} > 0`,
    'vars.objects.filter(o, o.id % 2 == 0).map(o, o.id).sum() > 0',
    'vars.objects.all(o, o.id >= 0 && ("k" + string(o.id)) in vars.wide)',
    'vars.numbers.map(x, "id-" + string(x)).all(id, id.matches("^id-[0-9]+$"))',
    'vars.objects == json(toJson(vars.objects))',
    'size(vars.long.split("b")) == 500001',
  ];
  for (const source of ROWS) test(source.slice(0, 60), () => expect(messageOf(source)).toBe('none'));
});

test('a value that is nested too deeply', () => {
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
  const expression = compileExpression('toJson(vars)', { names: ['vars'] });
  expect(() => expression.evaluate({ vars: deep })).toThrow('the expression or a value in it is nested too deeply');
  const template = compileTemplate('text ${{ vars }}', { names: ['vars'] });
  expect(() => template?.evaluate({ vars: deep })).toThrow('the expression or a value in it is nested too deeply');
});

test('a text that its expressions make too long', () => {
  const template = compileTemplate('${{ vars }}'.repeat(11), { names: ['vars'] });
  expect(() => template?.evaluate({ vars: vars.long })).toThrow('the text would be longer than 10,000,000 characters');
});

test('a pattern is refused when its engine was not loaded', async () => {
  vi.resetModules();
  const fresh = await import('../../src/expression/expression.js');
  const compile = () => fresh.compileExpression('"a".matches("a")', { names: [] });
  expect(compile).toThrow('matches() was not prepared: call prepareExpressions() first');
  await fresh.prepareExpressions(['size(x)']);
  expect(compile).toThrow();
  await fresh.prepareExpressions(['size(x)', 'x.matches("a")']);
  expect(compile().evaluate({})).toBe(true);
});
