import { ScenarioError } from '../../../errors.js';

/** The queue that gave it up, for a program whose jobs can't live in another one. */
export function goesBackAlone(program: string, queue: string, to: string | undefined): string {
  if (to === undefined || to === queue) return queue;
  throw new ScenarioError(`jobs of ${program} go back to their own queue, ${queue}, and to no other`, {
    next: `leave out the queue "${to}"`,
  });
}
