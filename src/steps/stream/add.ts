import { Count, Deferred, Key, Total, Type } from '../../contracts/fields.js';
import type { Argument } from '../../contracts/redis.js';
import { defineStep, type StepContext } from '../../contracts/step.js';
import { isBulk } from '../bulk/send.js';
import { findError, raiseError, untilStepEnds } from '../replies.js';
import { encodeValue } from '../value.js';
import { addBulk, type Entries } from './bulk.js';
import { isDefinite, StreamLog } from './log.js';

/** Entries sent at once, so that a large `count` neither waits for each reply nor fills the memory. */
const BATCH = 1_000;

const Fields = (description: string) =>
  Type.Unsafe<Readonly<Record<string, string | number | boolean>>>({
    type: 'object',
    minProperties: 1,
    additionalProperties: { type: ['string', 'number', 'boolean'] },
    description,
  });

export const streamAdd = defineStep({
  name: 'stream.add',
  summary: 'Adds entries to a stream.',
  effect: 'changes',
  commands: ['XADD', 'XLEN'],
  input: Type.Object({
    stream: Key({ description: 'Stream.' }),
    fields: Type.Optional(
      Deferred(Fields('Fields of an entry, evaluated anew for each. Without them an entry is `{ index }`, from 0.')),
    ),
    count: Count({ default: 1, description: 'How many entries.' }),
    maxLength: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Trims the stream to exactly this length (MAXLEN), oldest entries first.',
      }),
    ),
    id: Type.Optional(Type.String({ minLength: 1, description: 'Entry id; made by the server if not given.' })),
  }),
  result: Type.Object({
    ids: Type.Array(Type.String(), { description: 'Ids of the entries, in the order in which they were added.' }),
    length: Total('Length of the stream afterwards.'),
  }),
  examples: [
    { stream: 'events', fields: { type: 'created', user: 7 } },
    { stream: 'events', fields: { user: '${{ index }}' }, count: 100, maxLength: 50 },
    { stream: 'events', count: 100 },
  ],
  async run({ stream, fields, count, maxLength, id = '*' }, context) {
    const name = context.namespace.key(stream);
    const start: Argument[] = ['XADD', name];
    if (maxLength !== undefined) start.push('MAXLEN', '=', maxLength);
    start.push(id);
    const entry = (index: number): Record<string, string> => {
      const values = Object.entries(fields?.evaluate({ index }) ?? { index });
      return Object.fromEntries(values.map(([field, value]) => [field, encodeField(value)]));
    };

    const log = new StreamLog({ stream }, context.stepName, context);
    const add = isBulk({ total: count }) ? addBulk : addInBatches;
    const ids = await add({ start, entry, count, log }, context);
    return { ids, length: Number(await context.redis.call(['XLEN', name], untilStepEnds(context))) };
  },
});

async function addInBatches({ start, entry, count, log }: Entries, context: StepContext): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const first = ids.length;
    const batch = Array.from({ length: Math.min(BATCH, count - first) }, (_, at) => entry(first + at));
    const since = context.clock.now();
    const commands = batch.map((values) => [...start, ...Object.entries(values).flat()]);
    const replies = await context.redis.pipeline(commands, untilStepEnds(context)).catch((error: unknown) => {
      const refusal = isDefinite(error) ? { code: 'ERR', message: String(error) } : undefined;
      for (const values of batch) log.added(refusal, values, since);
      throw error;
    });
    for (const [at, values] of batch.entries()) log.added(findError(replies[at]) ?? String(replies[at]), values, since);
    ids.push(...raiseError(replies).map(String));
  }
  return ids;
}

/** A stream holds text: a string as it is, a number or boolean as it is written. */
const encodeField = (value: unknown): string => (typeof value === 'string' ? value : encodeValue(value));
