import { Key, Milliseconds, Nullable, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { untilStepEnds } from '../replies.js';
import { decodeValue } from '../value.js';
import { lookUp } from './lookup.js';

export const cacheGet = defineStep({
  name: 'cache.get',
  summary: 'Reads a key: whether it was there, its value and the time that it has left.',
  effect: 'looks',
  commands: ['GET', 'PTTL'],
  input: Type.Object({ key: Key() }),
  result: Type.Object({
    hit: Type.Boolean({ description: 'The key was there.' }),
    value: Type.Unknown({
      description:
        "With the type that it was stored with; text that isn't JSON is a string, bytes that aren't UTF-8 are `{ base64 }`. Null on a miss.",
    }),
    ttl: Nullable(Milliseconds({ description: 'Time left; null on a miss and for a key that does not expire.' })),
  }),
  examples: [{ key: 'user:1' }],
  async run({ key }, context) {
    const found = await lookUp(context.namespace.key(key), context.redis, untilStepEnds(context));
    return { hit: found !== null, value: decodeValue(found?.value ?? null), ttl: found?.ttl ?? null };
  },
});
