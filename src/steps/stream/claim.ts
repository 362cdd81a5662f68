import { Count, Duration, Key, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { untilStepEnds } from '../replies.js';
import { Entry, isList, readEntries, type StreamEntry } from './entries.js';

/** Entries that one XAUTOCLAIM looks for; Redis's own default. */
const BATCH = 100;

export const streamClaim = defineStep({
  name: 'stream.claim',
  summary: 'Takes over entries that other consumers have left unacknowledged for too long.',
  effect: 'looks',
  input: Type.Object({
    stream: Key({ description: 'Stream.' }),
    group: Type.String({ minLength: 1, description: 'Consumer group.' }),
    consumer: Type.String({ minLength: 1, description: 'The consumer that takes them over.' }),
    minIdle: Duration({ description: 'Only entries that were delivered at least this long ago.' }),
    count: Type.Optional(Count({ description: 'At most this many entries. Without it all.' })),
  }),
  result: Type.Object({
    entries: Type.Array(Entry(), { description: 'Entries taken over.' }),
    deleted: Type.Array(Type.String(), {
      description: 'Ids that were pending but are no longer in the stream (trimmed or deleted); now forgotten.',
    }),
  }),
  examples: [{ stream: 'events', group: 'mailers', consumer: 'second', minIdle: '5s' }],
  async run({ stream, group, consumer, minIdle, count = Number.POSITIVE_INFINITY }, context) {
    const entries: StreamEntry[] = [];
    const deleted: string[] = [];
    const claim = ['XAUTOCLAIM', context.namespace.key(stream), group, consumer, Math.round(minIdle)];
    let cursor = '0-0';
    do {
      const batch = Math.min(BATCH, count - entries.length);
      const reply = await context.redis.call([...claim, cursor, 'COUNT', batch], untilStepEnds(context));
      const [next, claimed, gone = []] = isList(reply) ? reply : [];
      entries.push(...readEntries(claimed));
      if (isList(gone)) deleted.push(...gone.map(String));
      cursor = String(next ?? '0-0');
    } while (cursor !== '0-0' && entries.length < count);
    return { entries, deleted };
  },
});
