import { ActorId, OneOf, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';
import { programsOf } from './registry.js';

export const processSignal = defineStep({
  name: 'process.signal',
  summary: 'Sends a signal to a program under test and all that it has started. After KILL it has ended.',
  effect: 'changes',
  commands: [],
  needs: 'run',
  input: Type.Object({
    process: ActorId({ description: 'The id of the step that started it.' }),
    signal: OneOf(['KILL', 'TERM', 'STOP', 'CONT', 'INT', 'HUP', 'USR1', 'USR2'], {
      description: '`STOP` halts it until `CONT`, as a long pause of the machine would.',
    }),
  }),
  result: Type.Object({ sent: Type.Boolean({ description: 'False when it had ended before.' }) }),
  examples: [{ process: 'worker', signal: 'KILL' }],
  async run({ process: id, signal }, context) {
    const program = programsOf(context).get(id);
    if (program) {
      context.noteFault(`SIG${signal} to ${id}`);
      return { sent: await program.signal(`SIG${signal}`) };
    }
    throw new ScenarioError(`the step "${id}" started no program`, { next: 'name a step with `process.start`' });
  },
});
