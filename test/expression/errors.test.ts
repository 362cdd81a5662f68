import { beforeAll, describe, expect, test } from 'vitest';
import { ExpressionError } from '../../src/errors.js';
import { compileExpression, prepareExpressions } from '../../src/expression/expression.js';
import { names, scope } from './scope.js';

beforeAll(() => prepareExpressions(['matches']));

/** The error that `run` raises, as `message | the part that it points at | next`. */
function errorOf(source: string, run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    expect(error.source).toBe(source);
    const part = source.slice(error.offset, error.offset + error.length);
    return [error.message, part, ...(error.details.next ? [error.details.next] : [])].join(' | ');
  }
  throw new Error(`${source} raised nothing`);
}

type Row = readonly [source: string, error: string];

/** Found by the text alone. */
const WHEN_COMPILED: Readonly<Record<string, readonly Row[]>> = {
  syntax: [
    ['', 'the expression is empty | '],
    ['   ', 'the expression is empty |    '],
    ['1 +', 'the expression ends where a value is due | '],
    ['vars.n > ', 'the expression ends where a value is due | '],
    ['(vars.n', 'expected ")", found the end of the expression | '],
    ['vars.n)', 'unexpected ")" | )'],
    ['[1, 2', 'expected "]", found the end of the expression | '],
    ['{"a": 1', 'expected "}", found the end of the expression | '],
    ['{"a" 1}', 'expected ":", found "1" | 1'],
    ['vars.', 'expected a name, found the end of the expression | '],
    ['vars.list.0', 'expected a name, found "0" | 0 | write [0]'],
    ['vars.in', 'expected a name, found "in" | in | write ["in"]'],
    ['vars..n', 'expected a name, found "." | .'],
    ['vars.?n', 'expected a name, found "?" | ?'],
    ['true ? 1', 'expected ":", found the end of the expression | '],
    ['"abc', 'the string that begins here is never closed | "'],
    ["vars.text == 'a", "the string that begins here is never closed | '"],
    ['"""abc', 'the string that begins here is never closed | "'],
    ['"a\nb"', 'a line break in a string | \n | write \\n, or put the string in """ """'],
    ['"\\q"', '"\\q" is not an escape that strings know | \\q | write \\\\ for a backslash'],
    ['"\\u12"', '"\\u12" is not an escape that strings know | \\u12 | write \\\\ for a backslash'],
    ['vars.n = 5', 'unexpected "=" | = | write =='],
    ['vars.yes and true', 'unexpected "and" | and | write &&'],
    ['not vars.yes', 'unexpected "vars" | vars | write !'],
    ['vars.n is 5', 'unexpected "is" | is | write =='],
    ['vars.yes & true', 'unexpected "&" | & | write &&'],
    ['1 2', 'unexpected "2" | 2'],
    ['vars.n; 1', 'unexpected ";" | ;'],
    ['@', 'unexpected "@" | @'],
    ['${{ vars.n }}', 'unexpected "$" | $ | write the name alone'],
    ['é', 'unexpected "é" | é'],
    ['1.5e', 'expected the digits of an exponent, found the end of the expression | '],
    ['0x', '"0x" is not a number | 0x'],
    ['99999999999999999999u', '"99999999999999999999u" is not a number | 99999999999999999999u'],
    ['namespace', '"namespace" is reserved by CEL and cannot be a name | namespace'],
    ['if', '"if" is reserved by CEL and cannot be a name | if'],
    ['vars.list.map(1, 2)', 'expected a name for the item, found "1" | 1 | write it as in list.all(item, item > 0)'],
    [
      'vars.list.all(vars.n, true)',
      'expected a name for the item, found "n" | n | write it as in list.all(item, item > 0)',
    ],
    ['f(,)', 'expected a value, found "," | ,'],
    ['vars.list[]', 'expected a value, found "]" | ]'],
    ['b"abc"', 'bytes are not supported | b"abc" | write a string without the b'],
  ],
  names: [
    ['step.work', 'unknown name "step" | step | did you mean "steps"?'],
    ['foo', 'unknown name "foo" | foo | in scope here: vars, steps, case, random'],
    ['x + vars.list.map(x, x)[0]', 'unknown name "x" | x | in scope here: vars, steps, case, random'],
    ['random', '"random" is not a value | random | write random.int(from, to) or random.uuid()'],
    ['random.x', '"random" is not a value | random | write random.int(from, to) or random.uuid()'],
    ['size', 'unknown name "size" | size | in scope here: vars, steps, case, random'],
  ],
  'operators and kinds': [
    [
      '"a" + 1',
      '"+" takes two numbers, two strings or two lists, not a string and a number | "a" + 1 | convert one of them: string(…) or double(…)',
    ],
    ['1 + null', '"+" takes two numbers, two strings or two lists, not a number and null | 1 + null'],
    [
      '1 - "a"',
      '"-" takes two numbers, not a number and a string | 1 - "a" | convert one of them: string(…) or double(…)',
    ],
    ['[1] + 1', '"+" takes two numbers, two strings or two lists, not a list and a number | [1] + 1'],
    ['{} + {}', '"+" takes two numbers, two strings or two lists, not a map and a map | {} + {}'],
    [
      '"a" < 1',
      '"<" compares two numbers or two strings, not a string and a number | "a" < 1 | convert one of them: string(…) or double(…)',
    ],
    ['true < false', '"<" compares two numbers or two strings, not a boolean and a boolean | true < false'],
    ['null > 1', '">" compares two numbers or two strings, not null and a number | null > 1'],
    ['!5', '"!" takes a boolean, not a number | !5'],
    ['-"a"', '"-" takes a number, not a string | -"a"'],
    ['1 && true', '"&&" takes two booleans, not a number | 1'],
    ['true || "a"', '"||" takes two booleans, not a string | "a"'],
    ['1 ? 2 : 3', 'the condition before "?" must be a boolean, not a number | 1'],
    ['"a" in "abc"', '"in" looks in a list or a map, not in a string | "a" in "abc" | write text.contains(part)'],
    ['1 in 2', '"in" looks in a list or a map, not in a number | 1 in 2'],
    ['1.5.x', '1.5 is a number and has no keys | x'],
    ['[1].x', '[1] is a list and has no keys | x | take an item: [1][0]'],
    ['"abc"[0]', '"abc" is a string and has no keys | 0 | take a part: "abc".substring(from, to)'],
    ['"abc".x', '"abc" is a string and has no keys | x | take a part: "abc".substring(from, to)'],
    ['true[0]', 'true is a boolean and has no keys | 0'],
    ['null.x', 'null is null and has no keys | x'],
    ['5.map(x, x)', 'map() goes through a list or a map, not a number | 5'],
    ['"abc".all(c, true)', 'all() goes through a list or a map, not a string | "abc"'],
    ['[1].filter(x, 5)', 'filter() takes a condition, not a number | 5'],
    ['[1].map(x, "a", x)', 'map() takes a condition, not a string | "a"'],
    ['has(vars)', 'has() asks for a key of a map | has(vars) | write has(owner.key), or "key" in owner'],
    [
      'has(vars.list[0])',
      'has() asks for a key of a map | has(vars.list[0]) | write has(owner.key), or "key" in owner',
    ],
    ['has("a".b)', '"a" is a string and has no keys | b | take a part: "a".substring(from, to)'],
    ['has(vars.n, 1)', 'has() asks for a key of a map | has(vars.n, 1) | write has(owner.key), or "key" in owner'],
    ['[1].exists(x)', 'exists() takes (item, condition) | [1].exists(x)'],
    ['[1].map(x)', 'map() takes (item, value) or (item, condition, value) | [1].map(x)'],
    ['[1].all()', 'all() takes (item, condition) | [1].all()'],
    ['[1].filter(x, true, false)', 'filter() takes (item, condition) | [1].filter(x, true, false)'],
  ],
  functions: [
    ['siz(vars.list)', 'there is no function "siz" | siz(vars.list) | did you mean "size"?'],
    ['len(vars.list)', 'there is no function "len" | len(vars.list) | write size(…)'],
    ['vars.text.toLowerCase()', 'there is no function "toLowerCase" | vars.text.toLowerCase() | write lowerAscii()'],
    ['every(vars.list)', 'there is no function "every" | every(vars.list) | write list.all(item, …)'],
    ['foo(1)', 'there is no function "foo" | foo(1)'],
    ['vars.foo()', 'there is no function "foo" | vars.foo()'],
    ['duration("2s")', 'there is no function "duration" | duration("2s") | write ms("2s"), which gives milliseconds'],
    ['size(5)', 'size() does not take (number) | size(5) | it takes (string) or (list) or (map)'],
    ['size()', 'size() does not take () | size() | it takes (string) or (list) or (map)'],
    ['size([1], 2)', 'size() does not take (list, number) | size([1], 2) | it takes (string) or (list) or (map)'],
    [
      '"abc".substring("a")',
      'substring() does not take (string, string) | "abc".substring("a") | it takes (string, number) or (string, number, number)',
    ],
    ['["a"].join(1)', 'join() does not take (list, number) | ["a"].join(1) | it takes (list) or (list, string)'],
    ['"abc".contains(1)', 'contains() does not take (string, number) | "abc".contains(1) | it takes (string, string)'],
    [
      'contains(vars.list, 1)',
      'contains() does not take (any, number) | contains(vars.list, 1) | it takes (string, string)',
    ],
    ['ms(5)', 'ms() does not take (number) | ms(5) | it takes (string)'],
    ['ms("2 s")', 'ms() cannot read "2 s" | ms("2 s") | write it like 250ms, 2s or 1m30s'],
    ['ms("2")', 'ms() cannot read "2" | ms("2") | write it like 250ms, 2s or 1m30s'],
    ['bytes("1k")', 'bytes() cannot read "1k" | bytes("1k") | write it like 64B, 1KiB or 32MiB'],
    ['int("a")', 'int() cannot read "a" as a whole number | int("a")'],
    ['int("1.5")', 'int() cannot read "1.5" as a whole number | int("1.5")'],
    ['int("")', 'int() cannot read "" as a whole number | int("")'],
    ['int(null)', 'int() does not take (null) | int(null) | it takes (number) or (string)'],
    ['double("x")', 'double() cannot read "x" as a number | double("x")'],
    ['double("Infinity")', 'double() cannot read "Infinity" as a number | double("Infinity")'],
    ['bool("yes")', 'bool() reads "true" and "false", not "yes" | bool("yes")'],
    ['string([1])', 'string() does not take (list) | string([1]) | it takes (string) or (number) or (boolean)'],
    ['json("{")', 'json() cannot read "{" as JSON | json("{")'],
    ['"abc".substring(1.5)', 'substring() takes whole numbers, not 1.5 | "abc".substring(1.5)'],
    [
      '"abc".substring(2, 1)',
      'substring() from 2 to 1 is not within the 3 characters of the text | "abc".substring(2, 1)',
    ],
    ['"abc".substring(9)', 'substring() from 9 to 3 is not within the 3 characters of the text | "abc".substring(9)'],
    ['[1].join()', 'join() takes a list of strings; item 0 is a number | [1].join()'],
    ['"abc".replace("", "x")', 'replace() looks for an empty text | "abc".replace("", "x")'],
    ['min([])', 'min() of an empty list | min([])'],
    ['max(["a"])', 'max() takes a list of numbers; item 0 is a string | max(["a"])'],
    ['sum([1, null])', 'sum() takes a list of numbers; item 1 is null | sum([1, null])'],
    ['vars.text.matches("(a")', '"(a" is not a pattern: missing closing ): `(a` | vars.text.matches("(a")'],
    [
      'vars.text.matches("a(?=b)")',
      '"a(?=b)" is not a pattern: invalid or unsupported Perl syntax: `(?=` | vars.text.matches("a(?=b)")',
    ],
    [
      'vars.text.matches("\\\\1")',
      '"\\\\1" is not a pattern: invalid escape sequence: `\\1` | vars.text.matches("\\\\1")',
    ],
    [
      'random.int(1)',
      'there is no random.int() with 1 argument | random.int(1) | write random.int(from, to) or random.uuid()',
    ],
    [
      'random.next()',
      'there is no random.next() with 0 arguments | random.next() | write random.int(from, to) or random.uuid()',
    ],
    [
      'random.uuid(1)',
      'there is no random.uuid() with 1 argument | random.uuid(1) | write random.int(from, to) or random.uuid()',
    ],
  ],
};

/** Found by the values. */
const WHEN_EVALUATED: Readonly<Record<string, readonly Row[]>> = {
  'missing keys': [
    [
      'steps.work.complete',
      'steps.work has no key "complete" | complete | did you mean "completed"? it has completed, delivered, value, latency',
    ],
    ['steps.wrok.completed', 'steps has no key "wrok" | wrok | did you mean "work"? it has work'],
    [
      'steps.work["complete"]',
      'steps.work has no key "complete" | "complete" | did you mean "completed"? it has completed, delivered, value, latency',
    ],
    [
      'vars.constructor',
      'vars has no key "constructor" | constructor | it has n, half, text, yes, list, counts, big, small, "odd key"',
    ],
    [
      'vars.__proto__',
      'vars has no key "__proto__" | __proto__ | it has n, half, text, yes, list, counts, big, small, "odd key"',
    ],
    ['{}.a', '{} has no key "a" | a | it is empty'],
    ['steps.work.latency.p50', 'steps.work.latency has no key "p50" | p50 | it has p99'],
    [
      '{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9, "j": 10, "k": 11, "l l": 12}.nothing',
      '{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h… has no key "nothing" | nothing | it has a, b, c, d, e, f, g, h, i, j and 2 more',
    ],
    ['vars[""]', 'vars has no key "" | "" | it has n, half, text, yes, list, counts, big, small, "odd key"'],
    [
      'vars.list.filter(x, vars.lst)',
      'vars has no key "lst" | lst | did you mean "list"? it has n, half, text, yes, list, counts, big, small, "odd key"',
    ],
    [
      '(vars.n > 3 ? vars : case).x',
      '(vars.n > 3 ? vars : case) has no key "x" | x | it has n, half, text, yes, list, counts, big, small, "odd key"',
    ],
  ],
  'owners without keys': [
    ['steps.work.value.x', 'steps.work.value is null and has no keys | x'],
    ['vars.n.x', 'vars.n is a number and has no keys | x'],
    ['vars.text.x', 'vars.text is a string and has no keys | x | take a part: vars.text.substring(from, to)'],
    ['vars.list.x', 'vars.list is a list and has no keys | x | take an item: vars.list[0]'],
    ['vars.text[0]', 'vars.text is a string and has no keys | 0 | take a part: vars.text.substring(from, to)'],
  ],
  indexes: [
    ['vars.list[3]', 'vars.list has 3 items, none at index 3 | vars.list[3] | the first is at 0'],
    ['vars.list[-1]', 'vars.list has 3 items, none at index -1 | vars.list[-1] | the first is at 0'],
    ['vars.list[0.5]', 'the index of a list is a whole number, not 0.5 | vars.list[0.5]'],
    ['vars.list["a"]', 'vars.list is a list: its index is a number, not a string | vars.list["a"]'],
    ['vars.list[null]', 'vars.list is a list: its index is a number, not null | vars.list[null]'],
    ['[1][1]', '[1] has 1 item, none at index 1 | [1][1] | the first is at 0'],
    ['[][0]', '[] has 0 items, none at index 0 | [][0]'],
    ['vars[null]', 'a key is a string, not null | vars[null]'],
    ['vars[vars.list]', 'a key is a string, not a list | vars[vars.list]'],
    ['{vars.list: 1}', 'a key is a string, not a list | {vars.list: 1}'],
  ],
  values: [
    ['message.body', '"message" has no value here | message'],
    ['vars.n / 0', 'division by zero | vars.n / 0'],
    ['vars.n % (vars.n - 5)', 'division by zero | vars.n % (vars.n - 5)'],
    ['vars.n * 1e308', 'the result is too large for a number | vars.n * 1e308'],
    [
      'vars.text + vars.n',
      '"+" takes two numbers, two strings or two lists, not a string and a number | vars.text + vars.n | convert one of them: string(…) or double(…)',
    ],
    [
      'vars.n + steps.work.value',
      '"+" takes two numbers, two strings or two lists, not a number and null | vars.n + steps.work.value',
    ],
    [
      'vars.text > vars.n',
      '">" compares two numbers or two strings, not a string and a number | vars.text > vars.n | convert one of them: string(…) or double(…)',
    ],
    [
      'vars.yes < vars.yes',
      '"<" compares two numbers or two strings, not a boolean and a boolean | vars.yes < vars.yes',
    ],
    ['vars.n && true', '"&&" takes two booleans, not a number | vars.n'],
    ['true && vars.n', '"&&" takes two booleans, not a number | vars.n'],
    [
      'vars.missing && vars.n',
      'vars has no key "missing" | missing | it has n, half, text, yes, list, counts, big, small, "odd key"',
    ],
    ['!vars.n', '"!" takes a boolean, not a number | !vars.n'],
    ['-vars.text', '"-" takes a number, not a string | -vars.text'],
    ['vars.n ? 1 : 2', 'the condition before "?" must be a boolean, not a number | vars.n'],
    ['1 in vars.text', '"in" looks in a list or a map, not in a string | 1 in vars.text | write text.contains(part)'],
    ['null in vars', 'a key is a string, not null | null in vars'],
    ['vars.n.map(x, x)', 'map() goes through a list or a map, not a number | vars.n'],
    ['vars.list.filter(x, x)', 'filter() takes a condition, not a number | x'],
    ['vars.list.all(x, x)', 'all() takes a condition, not a number | x'],
    ['vars.list.all(x, x.y)', 'x is a number and has no keys | y'],
    ['vars.list.map(x, 1 / (x - 2))', 'division by zero | 1 / (x - 2)'],
  ],
  functions: [
    ['size(vars.n)', 'size() does not take (number) | size(vars.n) | it takes (string) or (list) or (map)'],
    ['ms(vars.text)', 'ms() cannot read "ada" | ms(vars.text) | write it like 250ms, 2s or 1m30s'],
    ['vars.text.substring(vars.half)', 'substring() takes whole numbers, not 0.5 | vars.text.substring(vars.half)'],
    [
      'vars.text.matches("[" + vars.text)',
      '"[ada" is not a pattern: missing closing ]: `[ada` | vars.text.matches("[" + vars.text)',
    ],
    ['random.int(5, 1)', 'random.int() takes the smaller number first, not 5 before 1 | random.int(5, 1)'],
    ['random.int(0.5, 1)', 'random.int() takes two whole numbers, not 0.5 | random.int(0.5, 1)'],
    ['random.int("a", vars.n)', 'random.int() takes two whole numbers, not "a" | random.int("a", vars.n)'],
    ['json(vars.text)', 'json() cannot read "ada" as JSON | json(vars.text)'],
    [
      'vars.text.split(vars.n)',
      'split() does not take (string, number) | vars.text.split(vars.n) | it takes (string, string)',
    ],
  ],
};

describe('when compiled', () => {
  for (const [title, rows] of Object.entries(WHEN_COMPILED)) {
    describe(title, () => {
      for (const [source, error] of rows) {
        test(source, () => expect(errorOf(source, () => compileExpression(source, { names }))).toBe(error));
      }
    });
  }
});

describe('when evaluated', () => {
  for (const [title, rows] of Object.entries(WHEN_EVALUATED)) {
    describe(title, () => {
      for (const [source, error] of rows) {
        test(source, () => {
          const expression = compileExpression(source, { names: [...names, 'message'] });
          expect(errorOf(source, () => expression.evaluate(scope))).toBe(error);
        });
      }
    });
  }
});
