import { ExpressionError, ScenarioError } from '../../errors.js';
import { compileExpression, type Expression, prepareExpressions } from '../../expression/expression.js';
import { oneLine } from '../../format/text.js';
import type { Found } from '../../steps/dlq/layouts/layout.js';
import { entryOf, isTrue } from '../../steps/dlq/letters.js';
import { type FilterFlags, quantityFlag, timeFlag } from './flags.js';

export type Filter = (found: Found) => boolean;

/** What the options choose. A letter whose last failure nothing tells is neither older nor newer than anything. */
export async function createFilter(flags: FilterFlags, now: number): Promise<Filter> {
  const { reason, class: errorClass, failedBefore } = flags;
  const olderThan = quantityFlag('older-than', 'duration', flags.olderThan);
  const newerThan = quantityFlag('newer-than', 'duration', flags.newerThan);
  const before = failedBefore === undefined ? Number.POSITIVE_INFINITY : timeFlag('failed-before', failedBefore);
  const where = flags.where === undefined ? undefined : await compileWhere(flags.where);
  return (found) => {
    const { letter } = found;
    if (reason !== undefined && letter.reason !== reason) return false;
    if (errorClass !== undefined && letter.error.class !== errorClass) return false;
    const { lastFailedAt } = letter;
    if (olderThan !== undefined && (lastFailedAt === null || now - lastFailedAt < olderThan)) return false;
    if (newerThan !== undefined && (lastFailedAt === null || now - lastFailedAt >= newerThan)) return false;
    // Without a time it may be any: bare bodies could never be redriven otherwise.
    if (lastFailedAt !== null && lastFailedAt >= before) return false;
    return where === undefined || holds(where, found);
  };
}

async function compileWhere(source: string): Promise<Expression> {
  await prepareExpressions([source]);
  try {
    return compileExpression(source, { names: ['entry'] });
  } catch (error) {
    throw explained(error, '');
  }
}

function holds(where: Expression, found: Found): boolean {
  let value: unknown;
  try {
    value = where.evaluate({ entry: entryOf(found) });
  } catch (error) {
    throw explained(error, ` (of the dead letter ${oneLine(found.letter.id)})`);
  }
  return isTrue(where.source, value);
}

function explained(error: unknown, of: string): unknown {
  if (!(error instanceof ExpressionError)) return error;
  const { source, offset, length, message } = error;
  const marks = `${' '.repeat(offset)}${'^'.repeat(Math.max(1, length))}`;
  return new ScenarioError(`--where: ${message}${of}\n  ${source}\n  ${marks}`, {
    cause: error,
    ...(error.details.next !== undefined && { next: error.details.next }),
  });
}
