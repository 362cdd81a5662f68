import { Key, Milliseconds, Nullable, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { raiseError, untilStepEnds } from '../replies.js';
import { decodeValue } from '../value.js';

export const cacheGet = defineStep({
  name: 'cache.get',
  summary: 'Reads a key: whether it was there, its value and the time that it has left.',
  effect: 'looks',
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
    const name = context.namespace.key(key);
    // One transaction, so that the value and its time belong together.
    const reads = [
      ['GET', name],
      ['PTTL', name],
    ];
    const replies = raiseError((await context.redis.transaction(reads, untilStepEnds(context))) ?? []);
    const [value = null, ttl] = replies;
    return {
      hit: value !== null,
      value: decodeValue(value),
      ttl: typeof ttl === 'number' && ttl >= 0 ? ttl : null,
    };
  },
});
