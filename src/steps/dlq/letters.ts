import { type BoundExpression, Expression, OneOf, QueueName, Type } from '../../contracts/fields.js';
import type { HistoryOperation, HistoryPhase } from '../../contracts/history.js';
import type { StepContext } from '../../contracts/step.js';
import { OutcomeUnknown, ReplyError, ScenarioError } from '../../errors.js';
import { queueKeys } from '../queue/keys.js';
import { untilStepEnds } from '../replies.js';
import { layoutNamed, layoutOf } from './layouts/index.js';
import { type Access, type DeadQueue, type Found, LAYOUT_NAMES, type LayoutName } from './layouts/layout.js';

export const Backend = () =>
  Type.Optional(OneOf(LAYOUT_NAMES, { description: 'Without it what lies under the key tells.' }));

export const DeadLetterQueue = () => QueueName({ description: 'Dead-letter queue.' });

export const Where = () =>
  Type.Optional(
    Expression(['entry'], { description: 'Only dead letters for which this is true; `entry` is one of them.' }),
  );

/** A dead-letter queue of the case; of an empty key it does not matter what it is. */
export async function openQueue(
  name: string,
  backend: LayoutName | undefined,
  context: StepContext,
): Promise<DeadQueue> {
  const access: Access = {
    connection: context.redis,
    options: untilStepEnds(context),
    keyOf: (queue) => queueKeys(context.namespace, queue).main,
    wallTime: () => context.clock.wallTime(),
  };
  const layout = backend === undefined ? await layoutOf(access.keyOf(name), access) : layoutNamed(backend);
  const known = layout ?? layoutNamed('list');
  return known.open(access.keyOf(known.nameOf(name)), access);
}

/** Whether a condition over `entry` is true for a dead letter. */
export const chosenBy =
  (where: BoundExpression | undefined) =>
  (found: Found): boolean =>
    where === undefined || isTrue(where.source, where.evaluate({ entry: entryOf(found) }));

/** What an expression sees as `entry`. */
export const entryOf = ({ letter, details }: Found) => ({ ...letter, details });

export function isTrue(source: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ScenarioError(`\`where: ${source}\` must be true or false, not ${JSON.stringify(value)}`, {
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
