import { CommandArguments, Nullable, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { findError, untilStepEndsOrBreak } from '../replies.js';

export const transaction = defineStep({
  name: 'transaction',
  summary: 'Runs several commands as one transaction (MULTI … EXEC) and gives the list of their replies.',
  effect: 'looks',
  commands: ['MULTI', 'EXEC'],
  input: Type.Array(CommandArguments(), { minItems: 1, description: 'The commands between MULTI and EXEC.' }),
  result: Nullable(
    Type.Array(Type.Unknown(), {
      description:
        'A reply for each command; an error reply is `{ error: { code, message } }`, and fails the step if there is no `expect`. Null when a key that this connection watches had changed.',
    }),
  ),
  examples: [
    [
      ['DECRBY', 'account:1', 10],
      ['INCRBY', 'account:2', 10],
    ],
  ],
  findError,
  async run(commands, context) {
    const connection = await context.rawConnection();
    const replies = await connection.transaction(
      commands.map((args) => context.namespace.command(args)),
      untilStepEndsOrBreak(context),
    );
    return replies && [...context.namespace.reply(replies)];
  },
});
