import { NamedValues, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';

export const set = defineStep({
  name: 'set',
  summary: 'Sets variables for the steps after it, as `vars.NAME`.',
  effect: 'changes',
  commands: [],
  input: NamedValues({
    minProperties: 1,
    'x-defines': 'vars',
    description: 'Names and values.',
  }),
  result: Type.Object({}),
  examples: [{ token: '${{ random.uuid() }}' }],
  async run(values, { setVariables }) {
    setVariables(values);
    return {};
  },
});
