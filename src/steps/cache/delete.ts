import { Total, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { asList, OneOrMore } from '../names.js';
import { raiseError, untilStepEnds } from '../replies.js';

export const cacheDelete = defineStep({
  name: 'cache.delete',
  summary: 'Deletes keys.',
  effect: 'changes',
  commands: ['DEL'],
  input: Type.Object({ keys: OneOrMore('A key, or a list of keys.') }),
  result: Type.Object({ deleted: Total('Keys that were there.') }),
  examples: [{ keys: 'user:1' }, { keys: ['user:1', 'user:2'] }],
  async run({ keys }, context) {
    // A command for each key, because keys that are spread over a cluster's slots can't share one.
    const commands = asList(keys).map((key) => ['DEL', context.namespace.key(key)]);
    const replies = raiseError(await context.redis.pipeline(commands, untilStepEnds(context)));
    return { deleted: replies.reduce<number>((total, reply) => total + Number(reply), 0) };
  },
});
