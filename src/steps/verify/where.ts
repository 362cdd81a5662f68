import type { Selection } from '../../contracts/checker.js';
import type { BoundExpression } from '../../contracts/fields.js';
import type { StepContext } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';
import { decodeValue } from '../value.js';

/** The ids of the pushed messages for which the expression is true. */
export function chooseMessages(
  where: BoundExpression,
  { queue, from = [] }: Selection,
  context: StepContext,
): string[] {
  const history = context.recorded();
  const chosen = new Set<string>();
  for (const { phase, operation, target, step, message, key = null, body } of history.events()) {
    if (phase !== 'invoke' || operation !== 'push') continue;
    if (queue === undefined ? !from.includes(step) : target !== queue) continue;
    const id = history.idOf(message);
    const entry = { id, sequence: sequenceOf(id), key, step, ...(body !== undefined && { body: decodeValue(body) }) };
    const value = where.evaluate({ entry });
    if (typeof value !== 'boolean') {
      throw new ScenarioError(`\`where: ${where.source}\` must be true or false, not ${JSON.stringify(value)}`, {
        next: 'compare the value with something',
      });
    }
    if (value) chosen.add(id);
  }
  return [...chosen];
}

/** The number at the end of an id `<producer>-<sequence>`; null for any other. */
function sequenceOf(id: string): number | null {
  const digits = /-(\d+)$/.exec(id)?.[1];
  return digits === undefined ? null : Number(digits);
}
