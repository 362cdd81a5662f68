import { Count, Duration, Key, Type } from '../../contracts/fields.js';
import { defineStep, type StepContext } from '../../contracts/step.js';
import { untilStepEnds } from '../replies.js';
import { Entry, isList, readEntries, type StreamEntry } from './entries.js';
import { isDefinite, StreamLog } from './log.js';

/** Entries that one XAUTOCLAIM looks for; Redis's own default. */
const BATCH = 100;

export const streamClaim = defineStep({
  name: 'stream.claim',
  summary: 'Takes over entries that other consumers have left unacknowledged for too long.',
  effect: 'looks',
  commands: ['XAUTOCLAIM'],
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
    const name = context.namespace.key(stream);
    const claim = ['XAUTOCLAIM', name, group, consumer, Math.round(minIdle)];
    const log = new StreamLog({ stream, group }, consumer, context);
    let cursor = '0-0';
    do {
      const batch = Math.min(BATCH, count - entries.length);
      const since = context.clock.now();
      const command = [...claim, cursor, 'COUNT', batch];
      const reply = await context.redis.call(command, untilStepEnds(context)).catch((error: unknown) => {
        if (!isDefinite(error)) log.deliveryUnknown(since);
        throw error;
      });
      const [next, claimed, gone = []] = isList(reply) ? reply : [];
      const taken = readEntries(claimed);
      const deliveries = await countDeliveries(taken, { name, group, consumer }, context);
      taken.forEach((entry, index) => void log.delivered(entry, since, deliveries[index]!));
      entries.push(...taken);
      if (isList(gone)) deleted.push(...gone.map(String));
      cursor = String(next ?? '0-0');
    } while (cursor !== '0-0' && entries.length < count);
    return { entries, deleted };
  },
});

/** How often each entry was delivered by now, which the reply of XAUTOCLAIM leaves out; 0 where somebody else has it. */
async function countDeliveries(
  entries: readonly StreamEntry[],
  { name, group, consumer }: { readonly name: string; readonly group: string; readonly consumer: string },
  context: StepContext,
): Promise<number[]> {
  if (entries.length === 0) return [];
  const looks = entries.map(({ id }) => ['XPENDING', name, group, id, id, 1, consumer]);
  const replies = await context.redis.pipeline(looks, untilStepEnds(context));
  return replies.map((reply) => {
    const [pending] = isList(reply) ? reply : [];
    return isList(pending) ? Number(pending[3]) : 0;
  });
}
