import { StepId, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';

export const awaitStep = defineStep({
  name: 'await',
  summary: 'Waits until background steps have ended, and gives their results.',
  effect: 'changes',
  commands: [],
  flow: true,
  input: Type.Union([StepId({ 'x-collects': true }), Type.Array(StepId({ 'x-collects': true }), { minItems: 1 })], {
    description: 'The id of a background step, or several.',
  }),
  result: Type.Unknown({ 'x-result-of': '', description: "The step's result; a list of them for several." }),
  examples: ['work', ['first', 'second']],
  async run(ids, { collect }) {
    if (typeof ids === 'string') return collect(ids);
    const results: unknown[] = [];
    for (const id of ids) results.push(await collect(id));
    return results;
  },
});
