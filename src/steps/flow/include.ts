import { IncludedFile, NamedValues, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';

export const include = defineStep({
  name: 'include',
  summary:
    'Runs the steps of another file: a list of steps, or `vars` with their defaults and `steps`. Its ids stay inside.',
  effect: 'changes',
  commands: [],
  flow: true,
  input: Type.Object({
    file: IncludedFile({ description: 'Relative to this file, inside the project.' }),
    with: Type.Optional(NamedValues({ description: 'The variables of the included steps.' })),
  }),
  result: Type.Object({ last: Type.Unknown({ description: 'The result of its last step.' }) }),
  examples: [{ file: 'shared/seed-orders.yaml', with: { total: 10 } }],
  async run(input, { runSteps }) {
    const { last } = await runSteps(input.file, undefined, { isolated: { vars: input.with ?? {} } });
    return { last: last ?? null };
  },
});
