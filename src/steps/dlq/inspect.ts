import { Milliseconds, Nullable, Total, Type } from '../../contracts/fields.js';
import type { DeadLetter } from '../../contracts/message.js';
import { defineStep } from '../../contracts/step.js';
import { registryOf } from '../queue/registry.js';
import { Backend, chosenBy, DeadLetterQueue, openQueue, Where } from './letters.js';

const WallTime = (description: string) =>
  Nullable(Type.Number({ description: `${description} Milliseconds since the epoch; null where nothing tells it.` }));

const Entry = () =>
  Type.Object({
    id: Type.String({ description: 'Id of the message.' }),
    originalQueue: Type.String({ description: 'The queue that gave it up; empty where nothing tells it.' }),
    reason: Type.String({
      description:
        '`attempts`: the handler failed too often. `deliveries`: delivered too often, crashes included. `unknown`: of another program.',
    }),
    attempts: Total('Handler runs that ended in failure.'),
    deliveries: Total('Deliveries, crashed ones included.'),
    firstEnqueuedAt: WallTime('When it was first pushed.'),
    firstFailedAt: WallTime('When it first failed.'),
    lastFailedAt: WallTime('When it last failed.'),
    error: Type.Object(
      { class: Type.String({ description: 'Kind of error.' }), message: Type.String({ description: 'Its text.' }) },
      { description: 'Its last error.' },
    ),
    consumer: Type.String({ description: 'The worker that gave it up.' }),
    redriveCount: Total('How often it was redriven before.'),
    body: Type.Unknown({ description: 'JSON where it parses as JSON, otherwise the text.' }),
  });

export const dlqInspect = defineStep({
  name: 'dlq.inspect',
  summary: 'Looks at dead letters, and changes nothing.',
  effect: 'looks',
  commands: ['EVALSHA', 'EVAL'],
  input: Type.Object({
    queue: DeadLetterQueue(),
    backend: Backend(),
    where: Where(),
    limit: Type.Integer({ minimum: 0, default: 100, description: 'Show at most this many entries, oldest first.' }),
  }),
  result: Type.Object({
    depth: Total('Dead letters; with `where` those for which it is true.'),
    oldestAge: Nullable(
      Milliseconds({ description: 'Time since the earliest last failure among them; null where nothing tells it.' }),
    ),
    byReason: Type.Record(Type.String(), Type.Integer(), { description: 'How many there are of each reason.' }),
    entries: Type.Array(Entry(), { description: 'Oldest first.' }),
  }),
  examples: [
    { queue: 'orders-dlq' },
    { queue: 'orders-dlq', backend: 'stream', where: 'entry.attempts >= 3 && entry.body.amount > 100', limit: 10 },
  ],
  async run({ queue, backend, where, limit }, context) {
    const dead = await openQueue(queue, backend, context);
    const chosen = chosenBy(where);
    const now = registryOf(context).wallTime();
    const reasons = new Map<string, number>();
    const entries: DeadLetter[] = [];
    let depth = 0;
    let oldestAge: number | null = null;
    for await (const found of dead.entries()) {
      if (!chosen(found)) continue;
      const { letter } = found;
      depth++;
      reasons.set(letter.reason, (reasons.get(letter.reason) ?? 0) + 1);
      if (letter.lastFailedAt !== null) oldestAge = Math.max(oldestAge ?? 0, now - letter.lastFailedAt);
      if (entries.length < limit) entries.push(letter);
    }
    return { depth, oldestAge, byReason: Object.fromEntries(reasons), entries };
  },
});
