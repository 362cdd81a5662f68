import type { StepStop } from '../../engine/debug.js';
import { ExpressionError, ScenarioError } from '../../errors.js';
import { compileExpression, prepareExpressions } from '../../expression/expression.js';
import { bareSource } from '../../expression/template.js';
import { presentable, show } from './show.js';

/** The value of an expression as the step sees it, or what is wrong with it and where. */
export async function evaluate(text: string, { names, redactor }: StepStop): Promise<string> {
  if (text === '') return 'write an expression behind it: p size(vars)';
  try {
    await prepareExpressions([text]);
    const scope = names();
    const { source } = bareSource(text);
    return show(redactor.value(compileExpression(source, { names: Object.keys(scope) }).evaluate(scope)));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { source, offset, length, message } = error;
    return redactor.text(`${source}\n${' '.repeat(offset)}${'^'.repeat(Math.max(1, length))} ${message}`);
  }
}

/** What a step is given. */
export function inputOf({ input, redactor }: StepStop): string {
  try {
    return show(redactor.value(presentable(input())));
  } catch (error) {
    if (!(error instanceof ExpressionError) && !(error instanceof ScenarioError)) throw error;
    return redactor.text(`cannot be had: ${error.message}`);
  }
}
