import { Count, Duration, PositiveRate, Share, Total, Type } from '../../contracts/fields.js';
import type { DeadLetter } from '../../contracts/message.js';
import { defineStep, type StepContext } from '../../contracts/step.js';
import { declaredTime } from '../pace.js';
import { decodeMessage } from '../queue/envelope.js';
import type { Identity } from '../queue/identities.js';
import { registryOf } from '../queue/registry.js';
import type { LayoutName } from './layouts/layout.js';
import { Backend, chosenBy, DeadLetterQueue, openQueue, phaseOf, recorderOf, Where } from './letters.js';
import { Redrive, type RedriveObserver } from './redriving.js';

/** Until the last ones moved have had time to fail. */
const SETTLE_MS = 2_000;

export const dlqRedrive = defineStep({
  name: 'dlq.redrive',
  summary: 'Moves dead letters back into a queue, where their attempts start again.',
  effect: 'changes',
  commands: ['EVALSHA', 'EVAL'],
  input: Type.Object(
    {
      from: DeadLetterQueue(),
      to: Type.Optional(
        Type.String({ minLength: 1, description: 'Queue. Without it each goes to the queue that gave it up.' }),
      ),
      backend: Backend(),
      where: Where(),
      max: Type.Optional(Count({ description: 'At most this many, the oldest first.' })),
      rate: Type.Optional(PositiveRate({ description: 'Dead letters moved each second.' })),
      stopAbove: Type.Optional(
        Share({ description: 'Stop when more than this share of those moved are dead again. Needs `rate`.' }),
      ),
      settle: Type.Optional(
        Duration({ description: 'With `stopAbove`: how long to look on after the last one; 2s without it.' }),
      ),
      dryRun: Type.Boolean({ default: false, description: 'Only count what would be moved.' }),
    },
    {
      needs: {
        stopAbove: {
          of: ['rate'],
          next: 'moved all at once, the last would be gone before the first has failed: add `rate: 50/s`',
        },
        settle: { of: ['stopAbove'], next: 'it is how long to look on for what fails again: leave it out' },
      },
    },
  ),
  result: Type.Object({
    moved: Total('Dead letters moved, each at once: it is never in both queues, nor in none.'),
    skipped: Total('Dead letters left: `where` is not true, `max` is reached, or no queue is known for them.'),
    remaining: Total('Dead letters in the queue afterwards; with `dryRun`, those that would be left.'),
    failedAgain: Type.Optional(Total('With `stopAbove`: of those moved, the ones that are dead again.')),
    stopped: Type.Optional(
      Type.Boolean({ description: 'With `stopAbove`: more failed again than that, so that the rest was left.' }),
    ),
  }),
  examples: [
    { from: 'orders-dlq' },
    { from: 'orders-dlq', to: 'orders', where: 'entry.reason == "attempts"', max: 10 },
    { from: 'orders-dlq', rate: '50/s', stopAbove: '10%' },
  ],
  declaredMs: ({ max, rate, stopAbove, settle = SETTLE_MS }) =>
    (max === undefined ? 0 : declaredTime(max, { rate })) + (stopAbove === undefined ? 0 : settle),
  async run({ from, to, backend, where, max, rate, stopAbove, settle = SETTLE_MS, dryRun }, context) {
    const queue = await openQueue(from, backend, context);
    const redrive = new Redrive(
      queue,
      { chosen: chosenBy(where), to, max: max ?? Number.POSITIVE_INFINITY, rate, stopAbove, settleMs: settle },
      context,
      observer(queue.layout, context),
    );
    await redrive.survey();
    const { depth, planned } = redrive;
    if (dryRun) return { moved: planned, skipped: depth - planned, remaining: depth - planned };
    const soFar = () => {
      const { moved, failedAgain, stopped } = redrive;
      const counts = { moved, skipped: depth - moved, remaining: depth - moved };
      return failedAgain === null ? counts : { ...counts, failedAgain, stopped };
    };
    context.reportProgress(soFar);
    await redrive.run();
    return { ...soFar(), remaining: await queue.length() };
  },
});

/** Records what became of each, and tells the queue's workers whose body is about to come. */
function observer(layout: LayoutName, context: StepContext): RedriveObserver {
  const record = recorderOf('redrive', context);
  return ({ letter, message }, queue) => {
    const { envelope, body } = decodeMessage(message);
    const isOurs = layout === 'list' || layout === 'stream' || layout === 'delayed';
    const identity = envelope || !isOurs ? null : identityOf(letter, context);
    const { identities } = registryOf(context).queue(queue);
    if (identity) identities.expect(body, identity);
    return (outcome) => {
      if (typeof outcome !== 'boolean') record(phaseOf(outcome.error), queue, letter.id);
      else if (outcome) record('ok', queue, letter.id);
      else if (identity) identities.forget(body, identity);
    };
  };
}

/** Of a body without an envelope: it keeps the name that it had. */
function identityOf(letter: DeadLetter, context: StepContext): Identity {
  const { id, originalQueue, firstEnqueuedAt } = letter;
  const redriveCount = letter.redriveCount + 1;
  const buried = registryOf(context).queue(originalQueue).identities.buried(id);
  if (buried) return { ...buried, redriveCount };
  return { id, sequence: 0, key: null, enqueuedAt: firstEnqueuedAt, deliverAt: firstEnqueuedAt, redriveCount };
}
