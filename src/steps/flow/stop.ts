import { ActorId, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';

export const stop = defineStep({
  name: 'stop',
  summary: 'Ends what a step left running (subscribers, workers, a background step), and gives its result.',
  effect: 'changes',
  commands: [],
  input: ActorId({ 'x-collects': true, description: "The step's id." }),
  result: Type.Unknown({ 'x-result-of': '', description: "The step's result." }),
  examples: ['listeners'],
  async run(id, { stopActor }) {
    return stopActor(id);
  },
});
