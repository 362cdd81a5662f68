import type { TimelineMark } from '../../contracts/timeline.js';
import type { CaseRecorder } from '../recorder.js';
import type { Occurrence } from './marks.js';

/** What checkers call the messages that are marked. */
const MARKED: ReadonlyMap<string, TimelineMark['kind']> = new Map([
  ['lost', 'lost'],
  ['missing', 'lost'],
  ['duplicated', 'duplicated'],
  ['doubled', 'duplicated'],
  ['unexpected', 'unexpected'],
  ['unexpectedLetters', 'unexpected'],
] as const);

/** What the checkers of a case said of single messages. */
export interface Findings {
  /** What each is named for. */
  readonly names: ReadonlyMap<number, ReadonlySet<string>>;
  readonly marks: readonly (Omit<Occurrence, 'at'> & { readonly message: number })[];
}

export function findingsOf(recorder: Pick<CaseRecorder, 'checks' | 'find'>): Findings {
  const names = new Map<number, Set<string>>();
  const marks = new Map<string, Findings['marks'][number]>();
  for (const { step, reports } of recorder.checks()) {
    for (const { counts, examples } of reports) {
      for (const [name, ids] of Object.entries(examples)) {
        const kind = MARKED.get(name);
        const all = counts[name] ?? 0;
        for (const id of ids) {
          const message = recorder.find(id);
          if (message < 0) continue;
          names.set(message, (names.get(message) ?? new Set()).add(name));
          // Several checkers may have said the same of it.
          if (!kind || marks.has(`${kind} ${message}`)) continue;
          const label = ids.length > 1 && all > ids.length ? `of ${all} ${kind}` : kind;
          marks.set(`${kind} ${message}`, { kind, name: label, step, ofMessages: true, message });
        }
      }
    }
  }
  return { names, marks: [...marks.values()] };
}
