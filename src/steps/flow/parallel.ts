import { StepListField, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';

export const parallel = defineStep({
  name: 'parallel',
  summary: 'Runs several lists of steps at once, and goes on when all have ended.',
  effect: 'changes',
  commands: [],
  flow: true,
  input: Type.Array(StepListField([], { 'x-concurrent': true }), {
    minItems: 1,
    description: 'One list of steps for each branch.',
  }),
  result: Type.Object({ branches: Type.Array(Type.Unknown(), { description: 'The last result of each branch.' }) }),
  examples: [[[{ command: 'INCR a' }], [{ command: 'INCR b' }]]],
  async run(branches, { runSteps }) {
    const outcomes = await Promise.allSettled(
      branches.map((steps, index) => runSteps(steps, undefined, { label: `.branch${index + 1}` })),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    return {
      branches: outcomes.map((outcome) => (outcome.status === 'fulfilled' ? (outcome.value.last ?? null) : null)),
    };
  },
});
