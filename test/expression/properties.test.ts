import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExpressionError } from '../../src/errors.js';
import { compileExpression } from '../../src/expression/expression.js';
import { splitTemplate } from '../../src/expression/template.js';

const scope = { a: 1.5, b: -2.5, c: 40.25, yes: true, no: false, s: 'x', items: [1.5, 2.5] };
const names = Object.keys(scope);

/** Well-typed expressions over doubles, booleans, strings and lists, with parentheses in odd places. */
const { number, boolean } = fc.letrec<{ number: string; boolean: string }>((tie) => {
  const operands = fc.tuple(tie('number'), tie('number'));
  const truths = fc.tuple(tie('boolean'), tie('boolean'));
  return {
    number: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('a', 'b', 'c', '0.5', '2.0', '(c)'),
      operands.chain(([x, y]) => fc.constantFrom(`${x} + ${y}`, `${x} - (${y})`, `(${x}) * ${y}`, `(${x} / 2.0)`)),
      tie('number').map((x) => `-(${x})`),
      fc.tuple(tie('boolean'), operands).map(([test, [x, y]]) => `(${test} ? ${x} : ${y})`),
      tie('number').map((x) => `items.map(i, i + ${x})[0]`),
    ),
    boolean: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('yes', 'no', 'true', '"(" == s', 's == "x"'),
      operands.chain(([x, y]) => fc.constantFrom(`${x} < ${y}`, `(${x}) == (${y})`, `${x} >= ${y}`, `${x} in [${y}]`)),
      truths.chain(([x, y]) => fc.constantFrom(`(${x}) && ${y}`, `${x} || (${y})`, `!(${x})`)),
      tie('boolean').map((x) => `items.exists(i, i > a && (${x}))`),
    ),
  };
});

describe('any expression', () => {
  test('gives what the library gives, where the two languages are the same', () => {
    const library = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
    fc.assert(
      fc.property(fc.oneof(number, boolean), (source) => {
        // Adding 0 turns the library's -0 into the one zero that we know.
        const expected = library.evaluate(source, scope);
        const actual = compileExpression(source, { names }).evaluate(scope);
        expect(actual).toBe(typeof expected === 'number' ? expected + 0 : expected);
      }),
      { numRuns: 300 },
    );
  });

  test('is explained by parts that have the same value by themselves', () => {
    fc.assert(
      fc.property(boolean, (source) => {
        const parts = compileExpression(source, { names }).explain(scope);
        for (const { source: part, value } of parts) {
          expect(compileExpression(part, { names }).evaluate(scope)).toEqual(value);
        }
        expect(new Set(parts.map((part) => part.source)).size).toBe(parts.length);
      }),
      { numRuns: 300 },
    );
  });

  test('comes back whole from a template', () => {
    fc.assert(
      fc.property(boolean, fc.constantFrom('', 'a ', '}} ', '$ '), (source, before) => {
        const parts = [...(before === '' ? [] : [before]), { source, offset: before.length + 4 }, ' b'];
        expect(splitTemplate(`${before}\${{ ${source} }} b`)).toEqual(parts);
      }),
    );
  });
});

test('any text raises nothing but an ExpressionError that points into it', () => {
  const piece = fc.constantFrom(
    ...'a items vars . [ ] ( ) { } , : ? "x" " \' 1 2.5 + - ! && in has size map // \\ \n $'.split(' '),
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(text, (source) => {
      try {
        compileExpression(source, { names }).evaluate(scope);
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        expect(error.offset).toBeGreaterThanOrEqual(0);
        expect(error.length).toBeGreaterThanOrEqual(0);
        expect(error.offset + error.length).toBeLessThanOrEqual(source.length);
      }
    }),
    { numRuns: 2_000 },
  );
});
