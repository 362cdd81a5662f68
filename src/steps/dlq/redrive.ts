import { Count, Rate, Total, Type } from '../../contracts/fields.js';
import type { DeadLetter } from '../../contracts/message.js';
import { defineStep, type StepContext } from '../../contracts/step.js';
import { declaredTime, untilDue } from '../pace.js';
import type { BackendKind } from '../queue/backends/backend.js';
import { kindOf, type QueueKey, type Store } from '../queue/backends/store.js';
import { decodeMessage, encodeMessage } from '../queue/envelope.js';
import type { Identity } from '../queue/identities.js';
import { queueKeys } from '../queue/keys.js';
import { registryOf } from '../queue/registry.js';
import { untilStepEnds } from '../replies.js';
import { Backend, DeadLetterQueue, type Found, findLetters, openStore, phaseOf, recorderOf, Where } from './letters.js';

export const dlqRedrive = defineStep({
  name: 'dlq.redrive',
  summary: 'Moves dead letters back into a queue, where their attempts start again.',
  effect: 'changes',
  input: Type.Object({
    from: DeadLetterQueue(),
    to: Type.Optional(
      Type.String({ minLength: 1, description: 'Queue. Without it each goes to the queue that gave it up.' }),
    ),
    backend: Backend(),
    where: Where(),
    max: Type.Optional(Count({ description: 'At most this many, the oldest first.' })),
    rate: Type.Optional(Rate({ description: 'Dead letters moved each second.' })),
    dryRun: Type.Boolean({ default: false, description: 'Only count what would be moved.' }),
  }),
  result: Type.Object({
    moved: Total('Dead letters moved, each at once: it is never in both queues, nor in none.'),
    skipped: Total('Dead letters left: `where` is not true, `max` is reached, or no queue is known for them.'),
    remaining: Total('Dead letters in the queue afterwards; with `dryRun`, those that would be left.'),
  }),
  examples: [
    { from: 'orders-dlq' },
    { from: 'orders-dlq', to: 'orders', where: 'entry.reason == "attempts"', max: 10 },
  ],
  declaredMs: ({ max, rate }) => (max === undefined ? 0 : declaredTime(max, { rate })),
  async run({ from, to, backend, where, max = Number.POSITIVE_INFINITY, rate, dryRun }, context) {
    const store = await openStore(from, backend, context);
    const depth = await store.length();
    const chosen: Found[] = [];
    for await (const found of findLetters(store, where)) {
      if (chosen.length < max && (to ?? found.letter.originalQueue) !== '') chosen.push(found);
    }
    if (dryRun) return { moved: chosen.length, skipped: depth - chosen.length, remaining: depth - chosen.length };

    const mover = new Mover(store, context);
    const startMs = context.clock.now();
    let moved = 0;
    context.reportProgress(() => ({ moved, skipped: depth - moved, remaining: depth - moved }));
    for (const [index, found] of chosen.entries()) {
      await untilDue(index, { startMs, rate }, context);
      if (await mover.move(found, to ?? found.letter.originalQueue)) moved++;
    }
    return { moved, skipped: depth - moved, remaining: await store.length() };
  },
});

class Mover {
  readonly #kinds = new Map<string, BackendKind>();
  readonly #record;

  constructor(
    private readonly store: Store,
    private readonly context: StepContext,
  ) {
    this.#record = recorderOf('redrive', context);
  }

  /** False if it is no longer there. */
  async move({ handle, letter, message }: Found, queue: string): Promise<boolean> {
    const { key, kind } = await this.#destination(queue);
    const { envelope, body } = decodeMessage(message);
    const redriveCount = letter.redriveCount + 1;
    const identity = envelope ? null : this.#identityOf(letter, redriveCount);
    const { identities } = registryOf(this.context).queue(queue);
    if (identity) identities.expect(body, identity);
    try {
      const payload = envelope ? encodeMessage({ ...envelope, redriveCount }, body) : body;
      const moved = await this.store.move(handle, { key, kind }, payload);
      if (moved) this.#record('ok', queue, letter.id);
      else if (identity) identities.forget(body, identity);
      return moved;
    } catch (error) {
      this.#record(phaseOf(error), queue, letter.id);
      throw error;
    }
  }

  /** Of a body without an envelope: it keeps the name that it had. */
  #identityOf({ id, originalQueue, firstEnqueuedAt }: DeadLetter, redriveCount: number): Identity {
    const buried = registryOf(this.context).queue(originalQueue).identities.buried(id);
    if (buried) return { ...buried, redriveCount };
    return { id, sequence: 0, key: null, enqueuedAt: firstEnqueuedAt, deliverAt: firstEnqueuedAt, redriveCount };
  }

  /** A queue that has nothing in it yet is of the same kind as the dead-letter queue. */
  async #destination(queue: string): Promise<QueueKey> {
    const { main: key } = queueKeys(this.context.namespace, queue);
    const kind =
      this.#kinds.get(queue) ?? (await kindOf(this.context.redis, key, untilStepEnds(this.context))) ?? this.store.kind;
    this.#kinds.set(queue, kind);
    return { key, kind };
  }
}
