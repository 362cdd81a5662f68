import { beforeAll, describe, expect, test } from 'vitest';
import { compileExpression, prepareExpressions } from '../../src/expression/expression.js';
import { FUNCTIONS } from '../../src/expression/functions.js';
import { names, scope } from './scope.js';

beforeAll(() => prepareExpressions(['matches']));

const evaluate = (source: string): unknown => compileExpression(source, { names }).evaluate(scope);

const TABLE: Readonly<Record<string, readonly (readonly [source: string, value: unknown])[]>> = {
  size: [
    ['size("ada")', 3],
    ['size("é😀")', 2],
    ['size([1, 2])', 2],
    ['size({"a": 1})', 1],
    ['vars.text.size()', 3],
    ['vars.list.size() == 3', true],
  ],
  string: [
    ['string("a")', 'a'],
    ['string(2.5)', '2.5'],
    ['string(true)', 'true'],
  ],
  int: [
    ['int(2.9)', 2],
    ['int(-2.9)', -2],
    ['int(-0.5)', 0],
    ['int("42")', 42],
    ['int("-7")', -7],
    ['int("+7")', 7],
  ],
  double: [
    ['double(2)', 2],
    ['double("2.5")', 2.5],
    ['double("1e3")', 1000],
    ['double("-.5")', -0.5],
  ],
  bool: [
    ['bool("true")', true],
    ['bool("false")', false],
    ['bool(vars.yes)', true],
  ],
  json: [
    ['json("{\\"a\\": [1, null]}")', { a: [1, null] }],
    ['json("[2]")[0]', 2],
  ],
  toJson: [
    ['toJson({"a": [1, "x", null]})', '{"a":[1,"x",null]}'],
    ['toJson("a")', '"a"'],
    ['json(toJson(vars.list)) == vars.list', true],
  ],
  ms: [
    ['ms("2s")', 2000],
    ['ms("1m30s")', 90000],
    ['ms("250ms") + 1', 251],
  ],
  bytes: [['bytes("1KiB")', 1024]],
  contains: [['vars.text.contains("da")', true]],
  startsWith: [['vars.text.startsWith("ad")', true]],
  endsWith: [['vars.text.endsWith("ad")', false]],
  matches: [
    ['vars.text.matches("^a.a$")', true],
    ['vars.text.matches("d")', true],
    ['vars.text.matches("D")', false],
    ['matches(vars.text, "(?i)D")', true],
    ['"é1".matches(r"\\p{L}\\d")', true],
    ['["a1", "b"].filter(x, x.matches("^[a-z]" + "[0-9]$"))', ['a1']],
  ],
  lowerAscii: [['"AbÉ".lowerAscii()', 'abÉ']],
  upperAscii: [['"abé".upperAscii()', 'ABé']],
  trim: [['" a ".trim()', 'a']],
  indexOf: [
    ['"😀abc".indexOf("b")', 2],
    ['"abc".indexOf("x")', -1],
  ],
  lastIndexOf: [['"abab".lastIndexOf("ab")', 2]],
  substring: [
    ['"😀abc".substring(2)', 'bc'],
    ['"😀abc".substring(0, 2)', '😀a'],
    ['"abc".substring(3)', ''],
  ],
  split: [
    ['"a,b,,c".split(",")', ['a', 'b', '', 'c']],
    ['"a😀".split("")', ['a', '😀']],
  ],
  join: [
    ['["a", "b"].join()', 'ab'],
    ['["a", "b"].join("-")', 'a-b'],
    ['[].join("-")', ''],
  ],
  replace: [
    ['"a-b-c".replace("-", "+")', 'a+b+c'],
    ['"abc".replace("b", "$&$1")', 'a$&$1c'],
  ],
  min: [
    ['min(2, 1.5)', 1.5],
    ['min([3, 1, 2])', 1],
  ],
  max: [
    ['max(2, vars.n)', 5],
    ['vars.list.max()', 3],
  ],
  sum: [
    ['sum(vars.list)', 6],
    ['sum([])', 0],
    ['vars.list.map(x, x / 2).sum()', 3],
  ],
  abs: [
    ['abs(-2.5)', 2.5],
    ['abs(2)', 2],
  ],
  floor: [['floor(-2.5)', -3]],
  ceil: [
    ['ceil(2.1)', 3],
    ['ceil(-0.5)', 0],
  ],
  round: [
    ['round(2.5)', 3],
    ['round(-2.5)', -3],
    ['round(2.4)', 2],
  ],
  keys: [['keys({"b": 1, "a": 2})', ['b', 'a']]],
  values: [['values({"b": 1, "a": 2})', [1, 2]]],
};

for (const [name, rows] of Object.entries(TABLE)) {
  describe(name, () => {
    for (const [source, value] of rows) test(source, () => expect(evaluate(source)).toEqual(value));
  });
}

test('every function has a test', () => {
  expect(Object.keys(TABLE).sort()).toEqual([...FUNCTIONS.keys()].sort());
});

test('a function of literals gives a new list each time', () => {
  const expression = compileExpression('"a,b".split(",")', { names: [] });
  expect(expression.evaluate({})).not.toBe(expression.evaluate({}));
});
