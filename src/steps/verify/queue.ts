import { Nullable, OneOf, Total, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { BACKENDS } from '../queue/backends/backend.js';
import { explain } from './explain.js';
import { lookAtForeignQueue } from './foreign-queue.js';
import { GUARANTEES } from './guarantees.js';
import { countsOf, examplesOf } from './report.js';

const COUNTS = [
  'attempted',
  'acknowledged',
  'unknown',
  'queued',
  'inFlight',
  'deadLettered',
  'completed',
  'gone',
  'unexpected',
  'duplicated',
  'recovered',
] as const;

export const verifyQueue = defineStep({
  name: 'verify.queue',
  summary:
    "Judges a queue that somebody else's program works on, by the pushes of this case and by what lies where now.",
  effect: 'looks',
  commands: ['EVALSHA', 'EVAL'],
  judges: ['guarantee'],
  input: Type.Object({
    queue: Type.String({ minLength: 1, description: 'Queue, into which `queue.push` of this case pushed.' }),
    backend: Type.Optional(OneOf(BACKENDS, { description: 'Without it what lies under the key tells.' })),
    group: Type.Optional(
      Type.String({ minLength: 1, description: "The stream's consumer group. Not needed where it has only one." }),
    ),
    processing: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description:
          'Keys in which the program keeps what it has in hand: a list (of LMOVE), a set, a sorted set, a hash, a stream.',
      }),
    ),
    deadLetter: Type.Optional(Type.String({ minLength: 1, description: 'Key of its dead-letter queue, of any type.' })),
    completed: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Key in which the program notes each message that it has completed: its body, or what `identity` of the push gives. A list, stream, set, sorted set or hash; the last three cannot show that it was completed twice.',
      }),
    ),
    guarantee: Type.Optional(
      OneOf(GUARANTEES, {
        description:
          'at-least-once: no acknowledged message is gone. at-most-once: none is completed twice. exactly-once-effect: both. Without it, `expect` judges.',
      }),
    ),
  }),
  result: Type.Object({
    attempted: Total('Messages that producers sent.'),
    acknowledged: Total('Messages that the server took.'),
    unknown: Total('Messages whose outcome the producer never learnt.'),
    queued: Total('Messages that wait in the queue.'),
    inFlight: Total('Messages that the program has in hand, as far as keys tell.'),
    deadLettered: Total('Messages in the dead-letter queue.'),
    completed: Total(
      'Messages noted as completed; where `completed` is not given, those that the consumer group acknowledged.',
    ),
    gone: Total('Acknowledged messages that are nowhere.'),
    lost: Nullable(
      Type.Integer({
        description:
          'The same, where the program notes what it has completed; null where only it knows what became of them.',
      }),
    ),
    unexpected: Total('Messages found that nobody pushed in this case.'),
    duplicated: Total('Messages noted as completed more than once.'),
    recovered: Total('Messages found though the producer never learnt their outcome.'),
    examples: Type.Record(Type.String(), Type.Array(Type.String()), {
      description: 'The ids of the first ten messages of each kind.',
    }),
    verdict: Nullable(
      OneOf(['passed', 'failed', 'unknown'], {
        description: 'Of `guarantee`; null where none is asked for and the counts are certain.',
      }),
    ),
    reasons: Type.Array(Type.String(), { description: 'Why the verdict is not passed, and what it rests on.' }),
  }),
  examples: [
    { queue: 'my_queue', completed: 'done', deadLetter: 'my_dlq', guarantee: 'at-least-once' },
    { queue: 'jobs', backend: 'stream', group: 'workers', guarantee: 'at-least-once' },
    { queue: 'jobs', processing: ['jobs:processing'], completed: 'jobs:done', guarantee: 'exactly-once-effect' },
  ],
  async run(input, context) {
    const { queue, guarantee = null } = input;
    const { notes, repeats } = await lookAtForeignQueue(input, context);
    const options = { queue, guarantee, completed: notes, repeats };
    const reports = await context.check([
      { checker: 'whereabouts', options },
      { checker: 'identity', options: { queue, judged: false } },
    ]);
    const [{ verdict, reasons, counts, examples }, identity] = reports as [(typeof reports)[0], (typeof reports)[0]]; // one for each request
    const found = countsOf(counts, COUNTS);
    return {
      ...found,
      lost: notes === null ? null : found.gone,
      examples: examplesOf(examples),
      verdict: guarantee === null && verdict === 'passed' ? null : verdict,
      reasons: [...reasons, ...identity.reasons],
    };
  },
  judge({ verdict, reasons }, { guarantee }) {
    if (verdict === null) return undefined;
    if (verdict === 'passed') return { verdict };
    return explain(verdict, guarantee ? [guarantee] : [], reasons);
  },
});
