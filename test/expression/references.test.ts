import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../src/expression/expression.js';
import { formatPath } from '../../src/format/path.js';
import { names } from './scope.js';

/** The references as `path = source text`, or `path` alone where the two are the same. */
const referencesOf = (source: string): string[] =>
  compileExpression(source, { names }).references.map(({ path, start, end, optional }) => {
    const text = source.slice(start, end);
    const written = formatPath(path);
    return (written === text ? written : `${written} = ${text}`) + (optional ? ' (optional)' : '');
  });

const ROWS: readonly (readonly [source: string, references: readonly string[]])[] = [
  ['1 + 2', []],
  ['vars', ['vars']],
  ['vars.n', ['vars.n']],
  ['steps.work.latency.p99 < vars.n', ['steps.work.latency.p99', 'vars.n']],
  ['vars.n + vars.n', ['vars.n', 'vars.n']],
  ['vars.list[0].id', ['vars.list[0].id']],
  ['vars["n"]', ['vars.n = vars["n"]']],
  ['vars["odd key"].x', ['vars["odd key"].x']],
  ['( vars ).n', ['vars.n = ( vars ).n']],
  ['steps.work.items[vars.n].id', ['steps.work.items', 'vars.n']],
  ['vars.list[vars.n - 1]', ['vars.list', 'vars.n']],
  ['steps.work.items.size() > 2', ['steps.work.items']],
  ['size(steps.work.items)', ['steps.work.items']],
  ['vars.list.filter(x, x.id > vars.n)[0].id', ['vars.list', 'vars.n']],
  ['vars.list.map(vars, vars.x)', ['vars.list']],
  ['vars.list.map(x, x).map(y, steps.work.completed)', ['vars.list', 'steps.work.completed']],
  ['has(steps.work.value)', ['steps.work.value (optional)']],
  ['has(vars.list[vars.n].id)', ['vars.list', 'vars.n']],
  ['random.int(1, vars.n)', ['random', 'vars.n']],
  ['{"a": vars.n}.a', ['vars.n']],
  ['true ? vars.n : [vars.half]', ['vars.n', 'vars.half']],
];

describe('references', () => {
  for (const [source, references] of ROWS) test(source, () => expect(referencesOf(source)).toEqual(references));
});
