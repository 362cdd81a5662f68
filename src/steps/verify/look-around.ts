import type { Selection } from '../../contracts/checker.js';
import type { StepContext } from '../../contracts/step.js';
import { lookAtDeadLetters, lookAtQueue } from '../queue/look.js';
import { registryOf } from '../queue/registry.js';

/** Looks at every place where the selected messages may be, so that the history tells what is nowhere. */
export async function lookAround({ queue, from = [], to = [] }: Selection, context: StepContext): Promise<void> {
  const { steps } = registryOf(context);
  const named = [...from, ...to].flatMap((id) => steps.get(id) ?? []);
  const concerned = queue === undefined ? named : [...steps.values()].filter((step) => step.queue === queue);
  // A step may have worked on a queue as something it is not; what pushed into it knows best.
  const backends = new Map(
    concerned.toSorted((one) => (one.work ? -1 : 1)).map(({ queue, backend }) => [queue, backend]),
  );
  if (queue !== undefined && !backends.has(queue)) await lookAtQueue(queue, undefined, context);
  for (const [name, backend] of backends) await lookAtQueue(name, backend, context);
  for (const name of new Set(concerned.flatMap(({ work }) => work?.deadLetter ?? []))) {
    await lookAtDeadLetters(name, context);
  }
}
