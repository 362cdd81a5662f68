import type { Selection } from '../../contracts/checker.js';
import type { StepContext } from '../../contracts/step.js';
import { catchUpSubscribers } from '../pubsub/listeners.js';
import { lookAtDeadLetters, lookAtQueue } from '../queue/look.js';
import { type QueueStep, registryOf } from '../queue/registry.js';
import { streamsOf } from '../stream/log.js';
import { lookAtStreams } from '../stream/look.js';

export interface Around {
  /** Why the history can't tell what became of the messages. */
  readonly doubts: readonly string[];
  /** Their workers have a dead-letter queue. */
  readonly hasDeadLetters: boolean;
}

/** Looks at every place where the selected messages may be, so that the history tells what is nowhere. */
export async function lookAround({ queue, from = [], to = [] }: Selection, context: StepContext): Promise<Around> {
  const isConcerned = (id: string, name: string) =>
    queue === undefined ? [...from, ...to].includes(id) : name === queue;
  const queues = [...registryOf(context).steps].flatMap(([id, step]) => (isConcerned(id, step.queue) ? [step] : []));
  const streams = [...streamsOf(context).steps].filter(([id, { stream }]) => isConcerned(id, stream));
  await catchUpSubscribers(to, context);
  await lookAtStreams(
    streams.map(([id]) => id),
    context,
  );
  if (queue !== undefined && queues.length + streams.length === 0) await lookAtQueue(queue, undefined, context);
  await lookAtQueues(queues, context);
  const mixed = new Set(
    streams.map(([, { stream }]) => stream).filter((name) => queues.some(({ queue }) => queue === name)),
  );
  return {
    doubts: [...mixed].map(
      (name) =>
        `steps of queue.* and of stream.* used ${name}, and name its entries differently: keep to one of the two`,
    ),
    hasDeadLetters: queues.some(({ work }) => (work?.deadLetter ?? null) !== null),
  };
}

async function lookAtQueues(steps: readonly QueueStep[], context: StepContext): Promise<void> {
  // A step may have worked on a queue as something that it is not; what pushed into it knows best.
  const workersFirst = steps.toSorted((one, other) => Number(one.work === null) - Number(other.work === null));
  const backends = new Map(workersFirst.map(({ queue, backend }) => [queue, backend]));
  for (const [queue, backend] of backends) await lookAtQueue(queue, backend, context);
  for (const name of new Set(steps.flatMap(({ work }) => work?.deadLetter ?? [])))
    await lookAtDeadLetters(name, context);
}
