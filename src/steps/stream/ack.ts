import { Key, Total, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { asList, OneOrMore } from '../names.js';
import { acknowledge } from './acknowledge.js';
import { StreamLog } from './log.js';

export const streamAck = defineStep({
  name: 'stream.ack',
  summary: 'Acknowledges entries for a consumer group.',
  effect: 'changes',
  commands: ['XACK'],
  input: Type.Object({
    stream: Key({ description: 'Stream.' }),
    group: Type.String({ minLength: 1, description: 'Consumer group.' }),
    ids: OneOrMore('An entry id, or a list of ids.'),
  }),
  result: Type.Object({ acknowledged: Total('Entries that were pending until now.') }),
  examples: [
    { stream: 'events', group: 'mailers', ids: '1700000000000-0' },
    { stream: 'events', group: 'mailers', ids: '${{ steps.read.entries.map(entry, entry.id) }}' },
  ],
  async run({ stream, group, ids }, context) {
    const list = asList(ids);
    if (list.length === 0) return { acknowledged: 0 };
    const name = context.namespace.key(stream);
    const log = new StreamLog({ stream, group }, context.stepName, context);
    return { acknowledged: await acknowledge({ name, group, ids: list }, context.redis, log, context) };
  },
});
