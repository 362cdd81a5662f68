import type { Static } from 'typebox';
import { Milliseconds, Nullable, OneOf, RecordedStepId, Total, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { catchUpSubscribers } from '../pubsub/listeners.js';
import { countsOf, examplesOf } from './report.js';

const StepIds = (description: string) => Type.Array(RecordedStepId(), { minItems: 1, description });

const Verdict = () => OneOf(['passed', 'failed', 'unknown']);

const Gap = () =>
  Type.Object(
    {
      subscription: Type.String({ description: 'The channel or pattern by which they were owed.' }),
      publisher: Type.String({ description: '`<step>/<publisher>`.' }),
      channel: Type.String({ description: 'Channel that they were published to.' }),
      after: Nullable(Type.String({ description: 'The message received before them; null for none.' })),
      before: Nullable(Type.String({ description: 'The message received after them; null for none.' })),
      count: Total('How many.'),
      first: Type.String({ description: 'The first lost message.' }),
      last: Type.String({ description: 'The last lost message.' }),
      cause: OneOf(['late', 'disconnect', 'unknown'], {
        description: 'late: published before it had subscribed. disconnect: while its connection was broken.',
      }),
      at: Milliseconds({ description: 'When the first was published, since the case began.' }),
    },
    { description: 'Messages of one publisher on one channel, lost one after the other.' },
  );

const Row = () =>
  Type.Object({
    subscriber: Type.String({ description: '`<step>/<subscriber>`.' }),
    owed: Total('Messages that the server took, on its channels; once for each pattern that matches.'),
    received: Total('Messages that it received, once for each of its subscriptions.'),
    lost: Total('Owed and never received.'),
    undecided: Total('Owed and not received, but it may not have read that far.'),
    unexpected: Total('Delivered though nobody in the case had published them.'),
    duplicated: Total('Deliveries beyond the first.'),
    reordered: Total('Received before one that the same publisher had sent earlier.'),
    recovered: Total('Received though the publisher never learnt their outcome.'),
    disconnects: Total('Connections of it that broke.'),
    caughtUp: Type.Boolean({ description: 'It has read all that the server had for it after the last message.' }),
    gaps: Type.Array(Gap(), { description: 'Where it lost messages; at most 100 for all subscribers.' }),
  });

const COUNTS = [
  'attempted',
  'acknowledged',
  'unknown',
  'owed',
  'delivered',
  'lost',
  'undecided',
  'unexpected',
  'duplicated',
  'reordered',
  'recovered',
  'disconnects',
  'gaps',
] as const;

export const verifyFanout = defineStep({
  name: 'verify.fanout',
  summary: 'Judges by the recorded history whether every subscriber received every message on its channels.',
  effect: 'looks',
  commands: [],
  judges: ['publishers'],
  input: Type.Object({
    publishers: StepIds('The steps that published.'),
    subscribers: StepIds(
      'The steps that subscribed; those that still run first read all that the server has for them.',
    ),
    guarantee: Type.Optional(
      OneOf(['every-subscriber', 'none'], {
        description:
          'every-subscriber: lost and unexpected are 0. none: `expect` says what may be lost. Without it, every-subscriber unless the step has an `expect`. Either way it is `unknown` whether anything was lost when nothing was published, nobody subscribed, or a subscriber may not have read all.',
      }),
    ),
    order: OneOf(['none', 'fifo'], {
      default: 'none',
      description:
        'fifo: each subscriber receives the messages of a publisher on a channel in the order of publishing.',
    }),
  }),
  result: Type.Object({
    attempted: Total('Messages that the publishers sent.'),
    acknowledged: Total('Messages that the server took.'),
    unknown: Total('Messages whose outcome the publisher never learnt.'),
    owed: Total('Messages that all subscribers were owed.'),
    delivered: Total('Messages that all subscribers received.'),
    completed: Total('The same: a subscriber acknowledges nothing.'),
    lost: Total('Owed and never received.'),
    undecided: Total('Owed and not received by a subscriber that may not have read that far.'),
    unexpected: Total('Delivered though nobody in the case had published them.'),
    duplicated: Total('Deliveries beyond the first.'),
    redelivered: Total('The same.'),
    reordered: Total('Received before one that the same publisher had sent earlier on the same channel.'),
    recovered: Total('Received though the publisher never learnt their outcome.'),
    disconnects: Total('Connections of subscribers that broke.'),
    gaps: Total('Runs of lost messages.'),
    perSubscriber: Type.Array(Row(), { description: 'The same for each subscriber, and where it lost messages.' }),
    examples: Type.Record(Type.String(), Type.Array(Type.String()), {
      description: 'The ids of the first ten messages of each kind that is not wanted.',
    }),
    judged: Type.Record(Type.String(), Verdict(), {
      description: 'The verdict of `every-subscriber`, and of the `counts` and the order alone.',
    }),
    reasons: Type.Array(Type.String(), { description: 'Why the verdict is not passed.' }),
  }),
  examples: [
    { publishers: ['publish'], subscribers: ['listeners'] },
    { publishers: ['publish'], subscribers: ['early', 'late'], order: 'fifo' },
  ],
  async run({ publishers, subscribers, guarantee, order }, context) {
    await catchUpSubscribers(subscribers, context);
    const selection = { from: publishers, to: subscribers };
    const [every, counted] = await context.check([
      { checker: 'fan-out', options: { ...selection, guarantee: 'every-subscriber', order: 'none' } },
      { checker: 'fan-out', options: { ...selection, guarantee: 'none', order } },
    ]);
    const { counts = {}, examples = {}, details } = counted ?? {};
    return {
      ...countsOf(counts, COUNTS),
      completed: counts.delivered ?? 0,
      redelivered: counts.duplicated ?? 0,
      // The checker's own rows; none when it could not run.
      perSubscriber: (details?.perSubscriber ?? []) as Static<ReturnType<typeof Row>>[],
      examples: examplesOf(examples),
      judged: { 'every-subscriber': every?.verdict ?? 'unknown', counts: counted?.verdict ?? 'unknown' },
      reasons: [...new Set([...(guarantee === 'none' ? [] : (every?.reasons ?? [])), ...(counted?.reasons ?? [])])],
    };
  },
  judge({ judged, reasons }, { guarantee, order }, hasExpect) {
    const everyone = guarantee === 'every-subscriber' || (guarantee === undefined && !hasExpect);
    const verdicts = [judged.counts, ...(everyone ? [judged['every-subscriber']] : [])];
    const message = reasons.join('; ');
    if (verdicts.includes('failed')) return { verdict: 'failed', message };
    if (verdicts.includes('unknown')) return { verdict: 'unknown', message };
    return everyone || order !== 'none' ? { verdict: 'passed' } : undefined;
  },
});
