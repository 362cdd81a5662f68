import { Count, OneOf, PositiveRate, Total, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { asList, OneOrMore } from '../names.js';
import { Listener, type Subscription } from './listener.js';
import { liveListeners } from './listeners.js';

export const pubsubSubscribe = defineStep({
  name: 'pubsub.subscribe',
  summary: 'Subscribes to channels or patterns, and goes on once the server has confirmed every subscription.',
  effect: 'changes',
  commands: [
    { field: 'channels', commands: ['SUBSCRIBE'] },
    { field: 'patterns', commands: ['PSUBSCRIBE'] },
    { field: 'shardChannels', commands: ['SSUBSCRIBE'] },
  ],
  live: true,
  input: Type.Object(
    {
      channels: Type.Optional(OneOrMore('A channel, or a list of channels.')),
      patterns: Type.Optional(
        OneOrMore('A pattern, or a list of patterns; a message that matches two is delivered once for each.'),
      ),
      shardChannels: Type.Optional(OneOrMore('A sharded channel, or a list of them (Redis 7.0, Valkey).')),
      subscribers: Count({ default: 1, description: 'Subscribers; each has a connection of its own.' }),
      reads: Type.Union(
        [
          OneOf(['normal', 'paused']),
          Type.Object(
            { rate: PositiveRate({ description: 'Messages that each subscriber reads.' }) },
            { additionalProperties: false },
          ),
        ],
        {
          default: 'normal',
          description:
            '`paused` does not read, so that the buffer on the server fills; `{ rate }` reads slowly. When they are stopped or verified, both first read what the server still has for them.',
        },
      ),
    },
    { exactlyOneOf: ['channels', 'patterns', 'shardChannels'] },
  ),
  result: Type.Object({
    subscribers: Total('Subscribers.'),
    received: Total('Messages that all subscribers received.'),
    perSubscriber: Type.Array(Type.Integer(), { description: 'Messages that each of them received.' }),
    disconnects: Total('Connections that broke; each subscribes again by itself.'),
    gaps: Total(
      'Messages missing between received ones: by the sequence numbers of each publisher on each channel, for each subscriber.',
    ),
  }),
  examples: [{ channels: 'news' }, { patterns: ['news.*', 'alerts.*'], subscribers: 3, reads: { rate: '100/s' } }],
  async run({ subscribers, reads, ...input }, context) {
    const subscription = subscriptionOf(input);
    const listeners = await Promise.all(
      Array.from({ length: subscribers }, (_, index) =>
        Listener.open(`subscriber-${index + 1}`, subscription, reads, context),
      ),
    );
    const total = (count: (listener: Listener) => number) =>
      listeners.reduce((sum, listener) => sum + count(listener), 0);
    const snapshot = () => ({
      subscribers,
      received: total(({ received }) => received),
      perSubscriber: listeners.map(({ received }) => received),
      disconnects: total(({ disconnects }) => disconnects),
      gaps: total(({ gaps }) => gaps),
    });
    const live = liveListeners(context);
    const here = live.get(context.stepName) ?? new Set();
    live.set(context.stepName, here);
    for (const listener of listeners) here.add(listener);
    context.keepRunning({
      snapshot,
      stop: async () => {
        for (const listener of listeners) here.delete(listener);
        await Promise.all(listeners.map((listener) => listener[Symbol.asyncDispose]()));
      },
    });
    return snapshot();
  },
});

type Names = string | readonly string[];

/** The one of the three that is given. */
function subscriptionOf(input: {
  readonly channels?: Names | undefined;
  readonly patterns?: Names | undefined;
  readonly shardChannels?: Names | undefined;
}): Subscription {
  if (input.channels !== undefined) return { kind: 'channels', names: asList(input.channels) };
  if (input.patterns !== undefined) return { kind: 'patterns', names: asList(input.patterns) };
  return { kind: 'shardChannels', names: asList(input.shardChannels ?? []) };
}
