import {
  Count,
  Deferred,
  Duration,
  Expression,
  Latency,
  Milliseconds,
  OneOf,
  PerSecond,
  PositiveDuration,
  PositiveRate,
  QueueName,
  Size,
  Total,
  Type,
} from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';
import { declaredTime, judgeRate } from '../pace.js';
import { bodyOf, countOf, extentOf, hasExpressions } from '../pubsub/bodies.js';
import { BACKENDS } from './backends/backend.js';
import { runProducers } from './producers.js';

const BODIES = 'decide which of them makes the bodies';
const EACH_ONCE = 'leave it out: each of `messages` is pushed once';

export const queuePush = defineStep({
  name: 'queue.push',
  summary: 'Puts messages into a queue.',
  effect: 'changes',
  commands: [
    { field: 'backend', equals: 'list', commands: ['LPUSH'] },
    { field: 'backend', equals: 'stream', commands: ['XADD'] },
    { field: 'backend', equals: 'delayed', commands: ['EVALSHA', 'EVAL'] },
  ],
  input: Type.Object(
    {
      queue: QueueName(),
      backend: OneOf(BACKENDS, {
        default: 'list',
        description: 'What the queue is: a list (LPUSH), a stream (XADD), or a sorted set by due time (ZADD).',
      }),
      message: Type.Optional(
        Deferred(
          Type.Unknown({
            description:
              'Body, evaluated anew for each message; `index` is its number, from 0. A string is stored as it is, anything else as JSON.',
          }),
        ),
      ),
      messages: Type.Optional(
        Type.Array(Deferred(Type.Unknown()), { minItems: 1, description: 'Bodies, each pushed once, in this order.' }),
      ),
      count: Type.Optional(
        Count({ description: 'How many messages, of all producers together; made up unless `message` is given.' }),
      ),
      key: Type.Optional(
        Deferred(Type.String({ description: 'Ordering key: messages of one key are to be handled in order.' })),
      ),
      size: Type.Optional(Deferred(Size({ description: 'Size of a body that is made up.' }))),
      rate: Type.Optional(
        PositiveRate({
          description: 'Messages of all producers together, each sent when it is due whatever became of those before.',
        }),
      ),
      for: Type.Optional(PositiveDuration({ description: 'Push for this long.' })),
      producers: Count({ default: 1, description: 'Producers. Of several each has a connection of its own.' }),
      delay: Type.Optional(Deferred(Duration({ description: 'A message is not delivered before this time is over.' }))),
      envelope: OneOf(['redrill', 'none'], {
        default: 'redrill',
        description:
          'What goes with a body: a line in front of it that holds its id, sequence number, key and times; or nothing, for consumers in other programs.',
      }),
      identity: Type.Optional(
        Expression(['message'], {
          description:
            'With `envelope: none`: names a message by its `message.body`. Without it messages are told apart by their content and a counter.',
        }),
      ),
    },
    {
      atLeastOneOf: ['message', 'messages', 'count', 'size', 'for'],
      excludes: {
        size: { message: BODIES, messages: BODIES },
        messages: { message: BODIES },
        count: { messages: EACH_ONCE },
        for: { messages: EACH_ONCE },
      },
    },
  ),
  result: Type.Object({
    attempted: Total('Messages sent.'),
    acknowledged: Total('Messages that the server took.'),
    failed: Total('Messages that were certainly not taken: refused, or not sent for want of a connection.'),
    unknown: Total('Messages without an answer; they may be in the queue.'),
    throughput: PerSecond({ description: 'Messages acknowledged each second.' }),
    latency: Latency('Until the server took a message; with a `rate`, from when it was due.'),
    late: Milliseconds({
      description:
        'With a `rate`: how late the last message was sent; the time in which its connection was broken is not counted.',
    }),
  }),
  examples: [
    { queue: 'orders', message: { order: 7, amount: 12.5 } },
    { queue: 'orders', messages: ['first', 'second'], envelope: 'none' },
    {
      queue: 'orders',
      message: { order: '${{ index }}' },
      key: 'customer-${{ index % 10 }}',
      count: 1000,
      producers: 4,
    },
    { queue: 'reminders', backend: 'delayed', count: 10, delay: '500ms' },
    { queue: 'orders', size: '1KiB', rate: '500/s', for: '10s' },
  ],
  declaredMs: (input) => declaredTime(countOf(input), { rate: input.rate, forMs: input.for }),
  work: ({ acknowledged }, input) => ({ done: acknowledged, unit: 'messages', ...extentOf(input) }),
  judge: ({ attempted, late }, { rate }) => judgeRate(attempted, late, rate),
  async run({ message, messages, size, count, ...input }, context) {
    const bodies = { message, messages, size, count, for: input.for };
    if (input.identity && input.envelope === 'redrill') {
      throw new ScenarioError('`identity` names messages that have no envelope', { next: 'add `envelope: none`' });
    }
    const varies = hasExpressions(bodies) || input.key?.constant === false;
    const source = { total: countOf(bodies), body: (index: number) => bodyOf(bodies, index), varies };
    return await runProducers({ ...input, ...source }, context);
  },
});
