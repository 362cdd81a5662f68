import { CommandArguments, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { findError, untilStepEndsOrBreak } from '../replies.js';

export const command = defineStep({
  name: 'command',
  summary: 'Runs one command and gives its reply.',
  effect: 'looks',
  commands: [],
  input: CommandArguments({
    description:
      "The command's name and arguments, as a list or as one string that is split as redis-cli does. The reply comes in RESP3's shapes.",
  }),
  result: Type.Unknown({ description: 'The reply itself.' }),
  examples: ['SET user:1 "ada lovelace" EX 60', ['SET', 'user:1', 'ada lovelace', 'EX', 60]],
  findError,
  async run(args, context) {
    const connection = await context.rawConnection();
    const reply = await connection.call(context.namespace.command(args), untilStepEndsOrBreak(context));
    return context.namespace.reply(reply);
  },
});
