import type { Selection } from '../../contracts/checker.js';
import type { StepContext } from '../../contracts/step.js';
import { catchUpSubscribers } from '../pubsub/listeners.js';
import { lookAtDeadLetters, lookAtQueue } from '../queue/look.js';
import { type QueueStep, registryOf } from '../queue/registry.js';
import { streamsOf } from '../stream/log.js';
import { lookAtStreams } from '../stream/look.js';

/**
 * Looks at every place where the selected messages may be, so that the history tells what is nowhere. Gives why the
 * history can't tell all the same.
 */
export async function lookAround(selection: Selection, context: StepContext): Promise<readonly string[]> {
  await look(selection, context);
  const { queue, from = [], to = [] } = selection;
  const concerns = (id: string, name: string) => (queue === undefined ? [...from, ...to].includes(id) : name === queue);
  const queues = new Set(
    [...registryOf(context).steps].flatMap(([id, { queue }]) => (concerns(id, queue) ? [queue] : [])),
  );
  const streams = [...streamsOf(context).steps].flatMap(([id, { stream }]) => (concerns(id, stream) ? [stream] : []));
  const mixed = [...new Set(streams)].filter((stream) => queues.has(stream));
  return mixed.map(
    (name) => `steps of queue.* and of stream.* used ${name}, and name its entries differently: keep to one of the two`,
  );
}

async function look({ queue, from = [], to = [] }: Selection, context: StepContext): Promise<void> {
  const { steps } = registryOf(context);
  if (queue === undefined) {
    await catchUpSubscribers(to, context);
    await lookAtStreams([...from, ...to], context);
    return lookAtQueues(
      [...from, ...to].flatMap((id) => steps.get(id) ?? []),
      context,
    );
  }
  const concerned = [...steps.values()].filter((step) => step.queue === queue);
  const streams = [...streamsOf(context).steps].flatMap(([id, { stream }]) => (stream === queue ? [id] : []));
  if (concerned.length === 0 && streams.length === 0) await lookAtQueue(queue, undefined, context);
  await lookAtStreams(streams, context);
  await lookAtQueues(concerned, context);
}

async function lookAtQueues(steps: readonly QueueStep[], context: StepContext): Promise<void> {
  // A step may have worked on a queue as something that it is not; what pushed into it knows best.
  const workersFirst = steps.toSorted((one, other) => Number(one.work === null) - Number(other.work === null));
  const backends = new Map(workersFirst.map(({ queue, backend }) => [queue, backend]));
  for (const [queue, backend] of backends) await lookAtQueue(queue, backend, context);
  for (const name of new Set(steps.flatMap(({ work }) => work?.deadLetter ?? [])))
    await lookAtDeadLetters(name, context);
}
