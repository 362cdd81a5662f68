import type { CheckedEvent, Selection } from '../../contracts/checker.js';
import type { BoundExpression } from '../../contracts/fields.js';
import type { StepContext } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';
import { showEvents } from '../../history/give-way.js';
import { decodeValue } from '../value.js';

/** The ids of the pushed messages for which the expression is true. */
export async function chooseMessages(
  where: BoundExpression,
  { queue, from = [] }: Selection,
  context: StepContext,
): Promise<string[]> {
  const history = context.recorded();
  const chosen = new Set<string>();
  const choose = ({ phase, operation, target, step, message, key, body }: CheckedEvent): void => {
    if (phase !== 'invoke' || operation !== 'push') return;
    if (queue === undefined ? !from.includes(step) : target !== queue) return;
    const id = history.idOf(message);
    const entry = {
      id,
      sequence: sequenceOf(id),
      key: key ?? null,
      step,
      ...(body !== undefined && { body: decodeValue(body) }),
    };
    const value = where.evaluate({ entry });
    if (typeof value !== 'boolean') {
      throw new ScenarioError(`\`where: ${where.source}\` must be true or false, not ${JSON.stringify(value)}`, {
        next: 'compare the value with something',
      });
    }
    if (value) chosen.add(id);
  };
  await showEvents(history.events(), choose, context.signal);
  return [...chosen];
}

/** The number at the end of an id `<producer>-<sequence>`; null for any other. */
function sequenceOf(id: string): number | null {
  const digits = /-(\d+)$/.exec(id)?.[1];
  return digits === undefined ? null : Number(digits);
}
