import type { Connection } from '../../../src/contracts/redis.js';
import type { Idle, QueueBackend, Taken } from '../../../src/steps/queue/backends/backend.js';

/** What one consumer gets, with nothing to settle. */
export async function take(queue: QueueBackend, connection: Connection, consumer = 'worker'): Promise<Taken | Idle> {
  const { answers } = await queue.settleAndTake(connection, [], [consumer], {});
  return answers[0]!;
}

/** Whether that settled it. */
export async function complete(queue: QueueBackend, connection: Connection, taken: Taken): Promise<boolean> {
  const { settled } = await queue.settleAndTake(connection, [taken], [], {});
  return settled[0]!;
}
