import { CommandArguments, Key, TextFile, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { findError, untilStepEndsOrBreak } from '../replies.js';

export const script = defineStep({
  name: 'script',
  summary: 'Runs a Lua script on the server and gives its reply.',
  effect: 'looks',
  commands: [],
  input: Type.Object(
    {
      lua: Type.Optional(Type.String({ minLength: 1, description: "The script's text.", 'x-script': 'text' })),
      file: Type.Optional(TextFile({ description: 'A file that holds the script.', 'x-script': 'text' })),
      keys: Type.Optional(
        Type.Array(Key(), {
          description: "KEYS. Names that the script makes up itself stay outside the case's namespace.",
        }),
      ),
      args: Type.Optional(
        CommandArguments({ type: 'array', minItems: 0, description: 'ARGV.', 'x-script': 'arguments' }),
      ),
    },
    { exactlyOneOf: ['lua', 'file'] },
  ),
  result: Type.Unknown({
    description:
      'The reply itself. An error within it is `{ error: { code, message } }`, and fails the step if there is no `expect`.',
  }),
  examples: [
    { lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])", keys: ['visits'], args: [5] },
    { file: 'take-stock.lua', keys: ['stock'] },
  ],
  findError,
  async run({ lua, file, keys = [], args = [] }, context) {
    const connection = await context.rawConnection();
    // The compiler put the file's text in the place of its path.
    const text = lua ?? file ?? '';
    const [, , , ...names] = context.namespace.command(['EVAL', text, keys.length, ...keys]);
    const reply = await connection.script(text, names.map(String), args, untilStepEndsOrBreak(context));
    return context.namespace.reply(reply);
  },
});
