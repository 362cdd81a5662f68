import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../src/expression/expression.js';
import { names, scope } from './scope.js';

const explain = (source: string): unknown[] =>
  compileExpression(source, { names })
    .explain(scope)
    .map(({ source: text, value, error }) => (error === undefined ? [text, value] : [text, value, error]));

const ROWS: readonly (readonly [source: string, parts: readonly unknown[]])[] = [
  ['true', []],
  ['steps.work.completed', [['steps.work.completed', 200]]],
  [
    'steps.work.completed == steps.work.delivered',
    [
      ['steps.work.completed == steps.work.delivered', false],
      ['steps.work.completed', 200],
      ['steps.work.delivered', 207],
    ],
  ],
  [
    'vars.n > 1 && vars.n < 3',
    [
      ['vars.n > 1 && vars.n < 3', false],
      ['vars.n > 1', true],
      ['vars.n', 5],
      ['vars.n < 3', false],
    ],
  ],
  [
    '(vars.n + 1) * 2 == -(vars.half)',
    [
      ['(vars.n + 1) * 2 == -(vars.half)', false],
      ['(vars.n + 1) * 2', 12],
      ['vars.n + 1', 6],
      ['vars.n', 5],
      ['-(vars.half)', -0.5],
      ['vars.half', 0.5],
    ],
  ],
  [
    'vars.list[vars.n - 3] in [1, 2]',
    [
      ['vars.list[vars.n - 3] in [1, 2]', false],
      ['vars.list[vars.n - 3]', 3],
      ['vars.list', [1, 2, 3]],
      ['vars.n - 3', 2],
      ['vars.n', 5],
    ],
  ],
  [
    'vars.list.filter(x, x > vars.n).size() > 0',
    [
      ['vars.list.filter(x, x > vars.n).size() > 0', false],
      ['vars.list.filter(x, x > vars.n).size()', 0],
      ['vars.list.filter(x, x > vars.n)', []],
      ['vars.list', [1, 2, 3]],
    ],
  ],
  [
    'has(vars.missing) && vars.missing > ms("2s")',
    [
      ['has(vars.missing) && vars.missing > ms("2s")', false],
      ['has(vars.missing)', false],
      ['vars.missing > ms("2s")', undefined, 'vars has no key "missing"'],
      ['vars.missing', undefined, 'vars has no key "missing"'],
      ['ms("2s")', 2000],
    ],
  ],
  [
    'vars.text + ")" == "(ada" // a comment (',
    [
      ['vars.text + ")" == "(ada"', false],
      ['vars.text + ")"', 'ada)'],
      ['vars.text', 'ada'],
    ],
  ],
];

describe('the value of every part', () => {
  for (const [source, parts] of ROWS) test(source, () => expect(explain(source)).toEqual(parts));
});

test('parts share what an evaluation may cost', () => {
  const list = Array.from({ length: 20_000 }, (_, index) => index);
  const loop = 'vars.all(x, vars.all(y, true))';
  const parts = compileExpression(`${loop} && !(${loop})`, { names: ['vars'] }).explain({ vars: list });
  expect(parts.map(({ error }) => error)).toEqual([
    'the expression takes too many steps',
    'the expression takes too many steps',
    undefined,
    'the expression takes too many steps',
  ]);
});
