import { Key, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { ReplyError } from '../../errors.js';
import { untilStepEnds } from '../replies.js';

export const streamGroup = defineStep({
  name: 'stream.group',
  summary: 'Creates a consumer group, and the stream if there is none.',
  effect: 'changes',
  commands: ['XGROUP CREATE'],
  input: Type.Object({
    stream: Key({ description: 'Stream.' }),
    group: Type.String({ minLength: 1, description: 'Consumer group.' }),
    from: Type.String({
      minLength: 1,
      default: '$',
      description: 'The group reads what comes after: `$` (new entries only), `0` (all entries) or an entry id.',
    }),
  }),
  result: Type.Object({
    created: Type.Boolean({ description: 'False when the group was there already; it then stays as it is.' }),
  }),
  examples: [
    { stream: 'events', group: 'mailers' },
    { stream: 'events', group: 'mailers', from: '0' },
  ],
  async run({ stream, group, from }, context) {
    const create = ['XGROUP', 'CREATE', context.namespace.key(stream), group, from, 'MKSTREAM'];
    try {
      await context.redis.call(create, untilStepEnds(context));
      return { created: true };
    } catch (error) {
      if (error instanceof ReplyError && error.code === 'BUSYGROUP') return { created: false };
      throw error;
    }
  },
});
