import { Expression, Latency, Nullable, OneOf, RecordedStepId, Total, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { askCheckers, type Judged } from './ask.js';
import { explain } from './explain.js';
import { GUARANTEES, ORDERS } from './guarantees.js';
import { lookAround } from './look-around.js';
import { countsOf } from './report.js';
import { chooseMessages } from './where.js';

const StepIds = (description: string) => Type.Optional(Type.Array(RecordedStepId(), { minItems: 1, description }));

const COUNTS = [
  'attempted',
  'acknowledged',
  'unknown',
  'delivered',
  'completed',
  'deadLettered',
  'discarded',
  'purged',
  'queued',
  'inFlight',
  'lost',
  'unexpected',
  'redelivered',
  'duplicated',
  'recovered',
  'reordered',
  'early',
  'overlapping',
  'unfaithful',
  'equalPayloads',
] as const;

export const verifyDelivery = defineStep({
  name: 'verify.delivery',
  summary: 'Judges by the recorded history whether messages were lost, duplicated, reordered or delivered early.',
  effect: 'looks',
  commands: [],
  judges: ['guarantee', 'order'],
  input: Type.Object(
    {
      queue: Type.Optional(
        Type.String({ minLength: 1, description: 'All producers and workers of this queue in the case.' }),
      ),
      from: StepIds('Instead of `queue`: the steps that pushed, published or added.'),
      to: StepIds('Instead of `queue`: the steps that worked, subscribed or read.'),
      guarantee: Type.Optional(
        OneOf(GUARANTEES, {
          description:
            'at-least-once: lost, unexpected, discarded and early are 0. at-most-once: redelivered and unexpected are 0. exactly-once-effect: at-least-once, and duplicated is 0. Without it, `expect` judges.',
        }),
      ),
      order: OneOf(ORDERS, {
        default: 'none',
        description: 'fifo: no message is delivered before one that was enqueued earlier. per-key: of the same key.',
      }),
      where: Type.Optional(
        Expression(['entry'], {
          description:
            'Only messages for which this is true; `entry` has the `id`, `sequence`, `key`, `body` and `step` of a pushed message.',
        }),
      ),
    },
    {
      exactlyOneOf: ['queue', 'from'],
      needs: {
        from: { of: ['to'], next: 'say who consumed, by `to: [ID]`, or name the `queue`' },
        to: { of: ['from'], next: 'say who produced, by `from: [ID]`, or leave `to` out' },
      },
    },
  ),
  result: Type.Object({
    attempted: Total('Messages that producers sent.'),
    acknowledged: Total('Messages that the server took.'),
    unknown: Total('Messages whose outcome the producer never learnt.'),
    delivered: Total('Messages that were delivered.'),
    completed: Total('Messages that were handled and acknowledged; of pub/sub, delivered ones.'),
    deadLettered: Total('Messages in a dead-letter queue.'),
    discarded: Total('Messages given up without a dead-letter queue.'),
    purged: Total('Messages deleted from a dead-letter queue.'),
    queued: Total('Messages that still lie in the queue.'),
    inFlight: Total('Messages delivered and neither acknowledged nor given back.'),
    lost: Total('Acknowledged messages that are none of these.'),
    unexpected: Total('Messages delivered though never attempted.'),
    redelivered: Total('Deliveries of a message beyond its first.'),
    duplicated: Total('Completions of a message beyond its first; where effects were recorded, effects.'),
    recovered: Total('Messages delivered though the producer never learnt their outcome.'),
    reordered: Total('Messages delivered before one that was enqueued earlier; 0 without an `order`.'),
    early: Total('Deliveries before the message was due, or before the lease of another delivery had ended.'),
    overlapping: Total('Messages that two workers had in hand at once.'),
    unfaithful: Total('Dead letters that are missing from their queue, altered, or in it twice.'),
    equalPayloads: Total(
      'Messages told apart from others with an equal payload by a counter alone: which of them was lost or delivered twice cannot be known, only how many.',
    ),
    latency: Latency('From the push of a message to its first delivery.'),
    schedulingError: Latency('From when a delayed message was due to its first delivery.'),
    examples: Type.Record(Type.String(), Type.Array(Type.String()), {
      description: 'The ids of the first ten messages of each kind that is not wanted.',
    }),
    judged: Type.Record(Type.String(), OneOf(['passed', 'failed', 'unknown']), {
      description: 'The verdict of the guarantee, by its name, and of the `order`.',
    }),
    verdict: Nullable(
      OneOf(['passed', 'failed', 'unknown'], {
        description: 'Of `guarantee` and `order`; null where neither is asked for and the counts are certain.',
      }),
    ),
    reasons: Type.Array(Type.String(), { description: 'Why the verdict is not passed, and what it rests on.' }),
  }),
  examples: [
    { queue: 'orders', guarantee: 'at-least-once' },
    { queue: 'orders', guarantee: 'exactly-once-effect', order: 'per-key' },
    { from: ['publish'], to: ['readers'], guarantee: 'at-least-once' },
  ],
  async run({ queue, from, to, guarantee, order, where }, context) {
    const part = queue === undefined ? { from: from ?? [], to: to ?? [] } : { queue };
    const { doubts, hasDeadLetters } = await lookAround(part, context);
    const messages = where && (await chooseMessages(where, part, context));
    const selection = { ...part, ...(messages && { messages }) };
    // What can't be told is not asked: a saved history has the same answer.
    const asked: Judged[] =
      doubts.length > 0
        ? []
        : [
            ...(guarantee ? [{ checker: guarantee, options: selection }] : []),
            ...(hasDeadLetters && guarantee && guarantee !== 'at-most-once'
              ? [{ checker: 'dead-letter-fidelity', options: { ...selection, asDoubt: true } }]
              : []),
            ...(order === 'none' ? [] : [{ checker: 'order', options: { ...selection, order } }]),
          ];
    const { verdict, reasons, judged, counts, examples, latencies } = await askCheckers(selection, asked, context);
    return {
      ...countsOf(counts, COUNTS),
      latency: latencies.latency ?? null,
      schedulingError: latencies.schedulingError ?? null,
      examples,
      judged,
      verdict: doubts.length > 0 ? 'unknown' : verdict,
      reasons: doubts.length > 0 ? [...doubts] : reasons,
    };
  },
  judge({ verdict, reasons, judged }, { order }) {
    if (verdict === null) return undefined;
    if (verdict === 'passed') return { verdict };
    const concerned = Object.keys(judged)
      .filter((name) => judged[name] === verdict)
      .map((name) => (name === 'order' ? `order: ${order}` : name));
    return explain(verdict, concerned, reasons);
  },
});
