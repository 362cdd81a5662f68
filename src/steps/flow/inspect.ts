import { ActorId, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';

export const inspect = defineStep({
  name: 'inspect',
  summary: 'Looks at what a step left running, as it is now.',
  effect: 'looks',
  commands: [],
  input: ActorId({ description: "The step's id." }),
  result: Type.Unknown({ 'x-result-of': '', description: "The step's result so far." }),
  examples: ['listeners'],
  async run(id, { actor }) {
    return actor(id).snapshot();
  },
});
