import type { Connection } from '../../contracts/redis.js';
import type { StepContext } from '../../contracts/step.js';
import { raiseError, untilStepEnds } from '../replies.js';
import { isDefinite, type StreamLog } from './log.js';

export interface Acknowledged {
  /** The stream's key. */
  readonly name: string;
  readonly group: string;
  readonly ids: readonly string[];
}

/** Acknowledges each entry by itself, because one XACK of many says only how many were pending. Gives how many were. */
export async function acknowledge(
  { name, group, ids }: Acknowledged,
  connection: Connection,
  log: StreamLog,
  context: StepContext,
): Promise<number> {
  const commands = ids.map((id) => ['XACK', name, group, id]);
  const replies = await connection.pipeline(commands, untilStepEnds(context)).catch((error: unknown) => {
    for (const id of ids) log.completed(id, isDefinite(error) ? 'fail' : 'info');
    throw error;
  });
  let acknowledged = 0;
  for (const [index, id] of ids.entries()) {
    if (replies[index] === 1) acknowledged++;
    log.completed(id, replies[index] === 1 ? 'ok' : 'fail');
  }
  raiseError(replies);
  return acknowledged;
}
