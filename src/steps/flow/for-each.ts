import { StepListField, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';

export const forEach = defineStep({
  name: 'forEach',
  summary: 'Runs steps for each item of a list, in order.',
  effect: 'changes',
  commands: [],
  flow: true,
  input: Type.Object({
    in: Type.Array(Type.Unknown(), { description: 'The items.' }),
    as: Type.String({
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      'x-defines': 'vars',
      description: 'The name of the item in the steps, alone and under `vars`.',
    }),
    steps: StepListField(['index'], { 'x-scope-from': 'as', description: 'Run for each item, with `index` from 0.' }),
  }),
  result: Type.Object({
    iterations: Type.Integer({ description: 'Items done.' }),
    results: Type.Array(Type.Unknown(), { description: 'The last result for each item.' }),
  }),
  examples: [{ in: ['a', 'b'], as: 'name', steps: [{ command: 'SET ${{ name }} 1' }] }],
  work: ({ iterations }, { in: items }) => ({ done: iterations, total: items.length, unit: 'items' }),
  async run(input, { reportProgress, runSteps, setVariables, signal }) {
    const results: unknown[] = [];
    reportProgress(() => ({ iterations: results.length, results }));
    for (const [index, item] of input.in.entries()) {
      signal.throwIfAborted();
      setVariables({ [input.as]: item });
      const { last } = await runSteps(input.steps, { index, [input.as]: item }, { label: `#${index}` });
      results.push(last ?? null);
    }
    return { iterations: results.length, results };
  },
});
