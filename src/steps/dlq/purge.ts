import { Total, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { ReplyError } from '../../errors.js';
import { Backend, DeadLetterQueue, type Found, findLetters, openStore, phaseOf, recorderOf, Where } from './letters.js';

export const dlqPurge = defineStep({
  name: 'dlq.purge',
  summary: 'Deletes the dead letters that are there when it begins.',
  effect: 'changes',
  input: Type.Object({
    queue: DeadLetterQueue(),
    backend: Backend(),
    where: Where(),
    expectCount: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Refuse to purge, with the code REFUSED, where there are more or fewer than this.',
      }),
    ),
  }),
  result: Type.Object({ purged: Total('Dead letters deleted; not those that somebody else took away meanwhile.') }),
  examples: [
    { queue: 'orders-dlq', expectCount: 3 },
    { queue: 'orders-dlq', where: 'entry.redriveCount > 2' },
  ],
  async run({ queue, backend, where, expectCount }, context) {
    const store = await openStore(queue, backend, context);
    const doomed: Found[] = [];
    for await (const found of findLetters(store, where)) doomed.push(found);
    if (expectCount !== undefined && doomed.length !== expectCount) throw refusal(queue, expectCount, doomed.length);
    const record = recorderOf('purge', context);
    let purged = 0;
    context.reportProgress(() => ({ purged }));
    for (let at = 0; at < doomed.length; at += BATCH) {
      const batch = doomed.slice(at, at + BATCH);
      try {
        const removed = await store.remove(batch.map(({ handle }) => handle));
        for (const [index, { letter }] of batch.entries()) {
          if (!removed[index]) continue;
          purged++;
          record('ok', queue, letter.id);
        }
      } catch (error) {
        for (const { letter } of batch) record(phaseOf(error), queue, letter.id);
        throw error;
      }
    }
    return { purged };
  },
});

/** Deleted at once. */
const BATCH = 500;

const refusal = (queue: string, expected: number, actual: number): ReplyError =>
  new ReplyError('REFUSED', `dlq.purge expected ${expected} in ${queue} and found ${actual}; nothing was purged`);
