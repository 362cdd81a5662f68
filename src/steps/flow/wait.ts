import { Duration, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';

export const wait = defineStep({
  name: 'wait',
  summary: 'Waits. Where there is something to wait for, `within` on a step that looks is faster and surer.',
  effect: 'looks',
  commands: [],
  input: Duration({ description: 'How long.' }),
  result: Type.Object({}),
  examples: ['500ms'],
  declaredMs: (milliseconds) => milliseconds,
  async run(milliseconds, { clock, signal }) {
    await clock.sleep(milliseconds, signal);
    return {};
  },
});
