import type { CaseReference } from '../contracts/event.js';

/** The id that a case has on every target of a run. */
export function idOnAnyTarget({ id, target }: CaseReference): string {
  const end = `@${target}`;
  return target !== undefined && id.endsWith(end) ? id.slice(0, -end.length) : id;
}
