import { CommandArguments, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { findError, untilStepEndsOrBreak } from '../replies.js';

export const pipeline = defineStep({
  name: 'pipeline',
  summary: 'Sends several commands at once and gives the list of their replies.',
  effect: 'looks',
  commands: [],
  input: Type.Array(CommandArguments(), { minItems: 1, description: 'The commands.' }),
  result: Type.Array(Type.Unknown(), {
    description:
      'A reply for each command; an error reply is `{ error: { code, message } }`, and fails the step if there is no `expect`.',
  }),
  examples: [
    [
      ['SET', 'user:1', 'ada'],
      ['INCR', 'visits'],
    ],
    ['SET user:1 ada', 'INCR visits'],
  ],
  findError,
  async run(commands, context) {
    const connection = await context.rawConnection();
    const replies = await connection.pipeline(
      commands.map((args) => context.namespace.command(args)),
      untilStepEndsOrBreak(context),
    );
    return [...context.namespace.reply(replies)];
  },
});
