import { Duration, Key, OneOf, Type } from '../../contracts/fields.js';
import type { Argument } from '../../contracts/redis.js';
import { defineStep } from '../../contracts/step.js';
import { untilStepEnds } from '../replies.js';
import { encodeValue } from '../value.js';

export const cacheSet = defineStep({
  name: 'cache.set',
  summary: 'Stores a value under a key, with a time to live if wanted.',
  effect: 'changes',
  commands: ['SET'],
  input: Type.Object({
    key: Key(),
    value: Type.Unknown({
      description:
        'Stored as JSON; a string is stored as it is unless it would parse as JSON. `cache.get` gives it back with its type.',
    }),
    ttl: Type.Optional(Duration({ description: 'Time to live. Without it the key stays.' })),
    onlyIf: Type.Optional(
      OneOf(['absent', 'present'], { description: 'Store only if the key is absent (NX) or present (XX).' }),
    ),
  }),
  result: Type.Object({ stored: Type.Boolean({ description: 'False when `onlyIf` forbade it.' }) }),
  examples: [
    { key: 'user:1', value: { name: 'ada' }, ttl: '60s' },
    { key: 'lock', value: 'mine', ttl: '5s', onlyIf: 'absent' },
  ],
  async run({ key, value, ttl, onlyIf }, context) {
    const set: Argument[] = ['SET', context.namespace.key(key), encodeValue(value)];
    if (ttl !== undefined) set.push('PX', Math.round(ttl));
    if (onlyIf !== undefined) set.push(onlyIf === 'absent' ? 'NX' : 'XX');
    return { stored: (await context.redis.call(set, untilStepEnds(context))) !== null };
  },
});
