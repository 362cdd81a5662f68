import { type BoundExpression, Expression, OneOf, QueueName, Type } from '../../contracts/fields.js';
import type { HistoryOperation, HistoryPhase } from '../../contracts/history.js';
import type { StepContext } from '../../contracts/step.js';
import { OutcomeUnknown, ReplyError, ScenarioError } from '../../errors.js';
import { BACKENDS, type BackendKind } from '../queue/backends/backend.js';
import { kindOf, Store } from '../queue/backends/store.js';
import { decodeLetter, type StoredLetter } from '../queue/dead-letter.js';
import { queueKeys } from '../queue/keys.js';
import type { Payload } from '../queue/payload.js';
import { untilStepEnds } from '../replies.js';

export const Backend = () =>
  Type.Optional(OneOf(BACKENDS, { description: 'Without it what lies under the key tells.' }));

export const DeadLetterQueue = () => QueueName({ description: 'Dead-letter queue.' });

export const Where = () =>
  Type.Optional(
    Expression(['entry'], { description: 'Only dead letters for which this is true; `entry` is one of them.' }),
  );

/** A dead letter with what takes it out of its queue. */
export interface Found extends StoredLetter {
  readonly handle: Payload;
}

/** A dead-letter queue; of an empty key it does not matter what it is. */
export async function openStore(queue: string, backend: BackendKind | undefined, context: StepContext): Promise<Store> {
  const options = untilStepEnds(context);
  const { main } = queueKeys(context.namespace, queue);
  const kind = backend ?? (await kindOf(context.redis, main, options)) ?? 'list';
  return new Store(kind, main, context.redis, options);
}

/** The dead letters that are there now and for which `where` is true, oldest first. */
export async function* findLetters(store: Store, where: BoundExpression | undefined): AsyncGenerator<Found> {
  for await (const { handle, payload } of store.entries()) {
    const found = decodeLetter(payload);
    if (where === undefined || isTrue(where, found)) yield { handle, ...found };
  }
}

function isTrue(where: BoundExpression, { letter }: StoredLetter): boolean {
  const value = where.evaluate({ entry: letter });
  if (typeof value === 'boolean') return value;
  throw new ScenarioError(`\`where: ${where.source}\` must be true or false, not ${JSON.stringify(value)}`, {
    next: 'compare the value with something',
  });
}

/** Gives a function that records what became of a dead letter. */
export function recorderOf(operation: HistoryOperation, context: StepContext) {
  const process = context.history.newProcess();
  return (phase: HistoryPhase, target: string, message: string) =>
    context.history.record({
      phase,
      operation,
      target,
      message,
      time: context.clock.now(),
      process,
      attempt: 0,
      actor: context.stepName,
    });
}

/** What the history says of an operation that raised this: whether it certainly did not happen. */
export const phaseOf = (error: unknown): HistoryPhase =>
  error instanceof ReplyError || (error instanceof OutcomeUnknown && !error.sent) ? 'fail' : 'info';
