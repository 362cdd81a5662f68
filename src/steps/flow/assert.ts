import { type BoundExpression, Expression, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { JudgementError, ScenarioError } from '../../errors.js';
import { formatValue } from '../../format/value.js';

export const assert = defineStep({
  name: 'assert',
  summary: 'Each expression must be true; a failure shows the value of every part.',
  effect: 'looks',
  commands: [],
  judges: true,
  input: Type.Array(Expression(), { minItems: 1, description: 'Expressions.' }),
  result: Type.Object({ held: Type.Integer({ description: 'Expressions that were true.' }) }),
  examples: [['steps.work.completed == vars.total', 'steps.work.crashes > 0']],
  async run(expressions) {
    const failed: string[] = [];
    for (const expression of expressions) {
      const value = expression.evaluate();
      if (value === true) continue;
      if (value !== false) {
        throw new ScenarioError(
          `an assertion must be true or false, and ${expression.source} is ${formatValue(value)}`,
          { next: 'compare it with something' },
        );
      }
      failed.push([`not true: ${expression.source}`, ...parts(expression)].join('\n'));
    }
    if (failed.length > 0) throw new JudgementError(failed.join('\n'), { code: 'ASSERTION' });
    return { held: expressions.length };
  },
});

function parts(expression: BoundExpression): string[] {
  return expression
    .explain()
    .filter((part) => part.source !== expression.source)
    .map(
      (part) =>
        `  ${part.source} is ${part.error === undefined ? formatValue(part.value, { maxLength: 200 }) : `unknown: ${part.error}`}`,
    );
}
