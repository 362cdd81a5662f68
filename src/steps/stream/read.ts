import { Count, Duration, Key, Type } from '../../contracts/fields.js';
import type { Argument } from '../../contracts/redis.js';
import { defineStep } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';
import { untilStepEnds } from '../replies.js';
import { acknowledge } from './acknowledge.js';
import { Entry, readEntries } from './entries.js';
import { isDefinite, StreamLog } from './log.js';

export const streamRead = defineStep({
  name: 'stream.read',
  summary: 'Reads entries: as a consumer of a group the new ones, without a group all from the beginning.',
  effect: 'looks',
  commands: [{ field: 'group', commands: ['XREADGROUP'] }],
  input: Type.Object({
    stream: Key({ description: 'Stream.' }),
    group: Type.Optional(
      Type.String({ minLength: 1, description: 'Consumer group; each of its new entries goes to one consumer.' }),
    ),
    consumer: Type.Optional(
      Type.String({ minLength: 1, description: 'Consumer within the group. Default `redrill`.' }),
    ),
    count: Type.Optional(Count({ description: 'At most this many entries. Without it all that are there.' })),
    block: Type.Optional(
      Duration({ description: 'Waits this long for an entry if there is none; `0s` waits until the step ends.' }),
    ),
    ack: Type.Boolean({ default: false, description: 'Acknowledge what was read (with a group).' }),
  }),
  result: Type.Object({
    entries: Type.Array(Entry(), { description: 'Entries in order; empty when there was none.' }),
  }),
  examples: [
    { stream: 'events', count: 10 },
    { stream: 'events', group: 'mailers', consumer: 'first', block: '2s', ack: true },
  ],
  declaredMs: ({ block }) => block ?? 0,
  async run({ stream, group, consumer = 'redrill', count, block, ack }, context) {
    if (group === undefined && ack) {
      throw new ScenarioError('stream.read acknowledges entries for a group, but names none', {
        next: 'add `group`, or remove `ack`',
      });
    }
    const name = context.namespace.key(stream);
    const read: Argument[] = group === undefined ? ['XREAD'] : ['XREADGROUP', 'GROUP', group, consumer];
    if (count !== undefined) read.push('COUNT', count);
    if (block !== undefined) read.push('BLOCK', Math.round(block));
    read.push('STREAMS', name, group === undefined ? '0' : '>');

    // A blocked connection answers nobody else.
    await using own = block === undefined ? undefined : await context.connections.dedicated('stream.read');
    const connection = own ?? context.redis;
    const log = new StreamLog({ stream, group: group ?? null }, consumer, context);
    const since = context.clock.now();
    const reply = await connection.call(read, untilStepEnds(context)).catch((error: unknown) => {
      if (group !== undefined && !isDefinite(error)) log.deliveryUnknown(since);
      throw error;
    });
    const entries = readEntries(typeof reply === 'object' && reply !== null ? Object.values(reply)[0] : null);
    for (const entry of entries) log.delivered(entry, since, 1);
    if (ack && group !== undefined && entries.length > 0) {
      await acknowledge({ name, group, ids: entries.map(({ id }) => id) }, connection, log, context);
    }
    return { entries };
  },
});
