import { Total, Type } from '../../contracts/fields.js';
import { defineStep } from '../../contracts/step.js';
import { ReplyError } from '../../errors.js';
import { Backend, chosenBy, DeadLetterQueue, openQueue, phaseOf, recorderOf, Where } from './letters.js';
import { findLetters, purgeLetters } from './purging.js';

export const dlqPurge = defineStep({
  name: 'dlq.purge',
  summary: 'Deletes the dead letters that are there when it begins.',
  effect: 'changes',
  commands: ['EVALSHA', 'EVAL'],
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
    const dead = await openQueue(queue, backend, context);
    const doomed = await findLetters(dead, chosenBy(where));
    if (expectCount !== undefined && doomed.length !== expectCount) throw refusal(queue, expectCount, doomed.length);
    const record = recorderOf('purge', context);
    let purged = 0;
    context.reportProgress(() => ({ purged }));
    await purgeLetters(dead, doomed, {
      deleted({ letter }) {
        purged++;
        record('ok', queue, letter.id);
      },
      failed(batch, error) {
        for (const { letter } of batch) record(phaseOf(error), queue, letter.id);
      },
    });
    return { purged };
  },
});

const refusal = (queue: string, expected: number, actual: number): ReplyError =>
  new ReplyError('REFUSED', `dlq.purge expected ${expected} in ${queue} and found ${actual}; nothing was purged`);
