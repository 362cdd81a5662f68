import type { Static } from 'typebox';
import { Milliseconds, RecordedStepId, Share, Total, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';
import { registryOf, type WorkDeclaration } from '../queue/registry.js';
import { backoffDelay } from '../queue/retry.js';
import { countsOf, examplesOf } from './report.js';

/** Retries beyond these are not checked. */
const CHECKED_RETRIES = 1_000;

const GapFields = () =>
  Type.Object({
    failure: Type.Integer({ description: 'After the n-th failure of a message, from 1.' }),
    expected: Milliseconds({ description: 'What the policy waits, before jitter.' }),
    min: Milliseconds({ description: 'The shortest gap.' }),
    p50: Milliseconds({ description: 'The median.' }),
    max: Milliseconds({ description: 'The longest gap.' }),
    count: Total('How many there were.'),
  });

type Gap = Static<ReturnType<typeof GapFields>>;

export const verifyRetries = defineStep({
  name: 'verify.retries',
  summary: 'Judges whether the workers of a step retried failed messages when and as often as its `retry` says.',
  effect: 'looks',
  commands: [],
  judges: ['work'],
  input: Type.Object({
    work: RecordedStepId({ description: 'Id of a `queue.work` step that ran before, or is live.' }),
    tolerance: Share({
      default: '20%',
      description: 'By how much a delay may be missed, beyond its jitter. A late one has 500 ms more to wake a worker.',
    }),
  }),
  result: Type.Object({
    checked: Total('Retries: deliveries of messages that a failure had put back.'),
    early: Total('Retries that came before their delay was over.'),
    late: Total('Retries that came after it although a worker was free. Waiting for a busy worker is not late.'),
    attemptsWrong: Total('Messages that failed more often than `attempts`, or were given up before.'),
    gaps: Type.Array(GapFields(), { description: 'Time from a failure to the next delivery.' }),
    examples: Type.Record(Type.String(), Type.Array(Type.String()), {
      description: 'The ids of the first ten messages of each kind that is not wanted.',
    }),
    reasons: Type.Array(Type.String(), { description: 'Why it did not pass.' }),
  }),
  examples: [{ work: 'work' }, { work: 'work', tolerance: '50%' }],
  async run({ work: id, tolerance }, context) {
    const step = registryOf(context).steps.get(id);
    if (!step?.work) {
      throw new ScenarioError(`the step "${id}" has worked on no queue`, {
        next: 'name a `queue.work` step that ran before this one, by its `id`',
      });
    }
    const { workers, maxDeliveries, retry } = step.work;
    const options = {
      queue: step.queue,
      step: id,
      workers,
      maxDeliveries,
      attempts: retry.attempts,
      jitter: retry.jitter,
      delays: delaysOf(step.work),
      tolerance,
    };
    const [report] = await context.check([{ checker: 'retry-policy', options }]);
    const { counts, examples, reasons, details } = report!;
    return {
      ...countsOf(counts, ['checked', 'early', 'late', 'attemptsWrong']),
      gaps: (details?.gaps ?? []) as Gap[], // as the checker says
      examples: examplesOf(examples),
      reasons: [...reasons],
    };
  },
  judge({ checked, early, late, attemptsWrong, reasons }, _, hasExpect) {
    const told = reasons.join('; ');
    if (early + late + attemptsWrong > 0)
      return hasExpect ? undefined : { verdict: 'failed', message: `the retry policy does not hold: ${told}` };
    if (checked === 0) return { verdict: 'unknown', message: `the retry policy is not proven: ${told}` };
    return { verdict: 'passed' };
  },
});

function delaysOf({ retry, maxDeliveries }: WorkDeclaration): number[] {
  const length = Math.min(retry.attempts - 1, maxDeliveries - 1, CHECKED_RETRIES);
  return Array.from({ length }, (_, at) => backoffDelay(retry, at + 1));
}
