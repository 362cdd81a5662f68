import { Milliseconds, Nullable, OneOf, QueueName, Total, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { untilStepEnds } from '../replies.js';
import { BACKENDS, DEFAULT_GROUP } from './backends/backend.js';
import { createBackend } from './backends/create.js';
import { kindOf } from './backends/store.js';
import { decodeMessage } from './envelope.js';
import { queueKeys } from './keys.js';
import { registryOf } from './registry.js';

export const queueInspect = defineStep({
  name: 'queue.inspect',
  summary: 'Counts what is in a queue.',
  effect: 'looks',
  commands: ['EVALSHA', 'EVAL'],
  input: Type.Object({
    queue: QueueName(),
    backend: Type.Optional(OneOf(BACKENDS, { description: 'Without it what lies under the key tells.' })),
  }),
  result: Type.Object({
    ready: Total('Messages that could be delivered now.'),
    delayed: Total('Messages that wait for a time: of a delayed push, or of a retry.'),
    inFlight: Total('Messages delivered and not yet acknowledged.'),
    oldestAge: Nullable(
      Milliseconds({
        description:
          'Age of the oldest of those next in line. Null when the queue is empty, and for messages without an envelope.',
      }),
    ),
  }),
  examples: [{ queue: 'orders' }, { queue: 'orders', backend: 'stream' }],
  async run({ queue, backend }, context) {
    const options = untilStepEnds(context);
    const keys = queueKeys(context.namespace, queue);
    const registry = registryOf(context);
    // An empty key is read as a list: what lies beside it is the same for lists and sorted sets.
    const kind = backend ?? (await kindOf(context.redis, keys.main, options)) ?? 'list';
    const group = registry.queue(queue).group ?? DEFAULT_GROUP;
    const looked = createBackend(kind, keys, { visibilityMs: null, group, now: context.clock.now });
    const { heads, ...depths } = await looked.inspect(context.redis, options);
    const enqueuedAt = heads.flatMap((payload) => decodeMessage(payload).envelope?.enqueuedAt ?? []);
    const oldestAge = enqueuedAt.length === 0 ? null : Math.max(0, registry.wallTime() - Math.min(...enqueuedAt));
    return { ...depths, oldestAge };
  },
});
