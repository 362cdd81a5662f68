import type { StepContext } from '../../contracts/step.js';
import type { Listener } from './listener.js';

/** The subscribers of a case that live now, by the step that opened them. */
export function liveListeners(context: StepContext): Map<string, Set<Listener>> {
  return context.caseState('pubsub.subscribe', () => new Map());
}

/**
 * Makes the subscribers of these steps read all that the server has for them, so that what is missing then is lost.
 * Steps that have none, or whose subscribers were stopped, are left out.
 */
export async function catchUpSubscribers(steps: readonly string[], context: StepContext): Promise<void> {
  const live = liveListeners(context);
  await Promise.all(steps.flatMap((step) => [...(live.get(step) ?? [])].map((listener) => listener.catchUp())));
}
