import type { Section } from '../../contracts/event.js';
import { formatLocation } from '../failure.js';
import type { Entry, StepNode } from '../pretty/tree.js';
import type { Attempt, ListedCase, OpenAttempt } from './collect.js';
import { failuresOf, type ShownFailure } from './failure.js';
import { scriptJson } from './markup.js';
import type { AttemptDetails, CaseDetails, SectionDetails, StepEntry } from './model.js';

const SECTIONS: readonly Section[] = ['setup', 'steps', 'catch', 'teardown', 'always'];

/** All of a case that is shown when it is opened, as one line of JSON; `body` where the page has no room for it. */
export function detailsLine({ attempts }: ListedCase, body: CaseDetails['body']): string {
  const text = body === undefined ? '' : `"body":${scriptJson(body)},`;
  return `{${text}"attempts":[${attempts.map(({ details }) => details).join(',')}]}`;
}

/** AttemptDetails as JSON. */
export function attemptJson(
  listed: Pick<ListedCase, 'id' | 'named'>,
  attempt: Attempt,
  index: number,
  { tree, timeline, forensics }: OpenAttempt,
): string {
  const { started, ended } = attempt;
  const failures = failuresOf(listed, attempt, index);
  const { file } = listed.named.location;
  const context = { file, begin: started?.time, failures, withKeys: timeline !== undefined };
  const sections = SECTIONS.flatMap((section): SectionDetails[] => {
    const steps = tree.sections[section].list().map((entry) => stepEntry(entry, context));
    return steps.length === 0 ? [] : [{ section, steps }];
  });
  const details: AttemptDetails = {
    file,
    durationMs: ended?.durationMs ?? null,
    sections,
    ...(timeline && { timeline }),
    ...(forensics && { forensics }),
  };
  return scriptJson(details);
}

interface StepContext {
  readonly file: string;
  /** When the attempt began, in milliseconds since the epoch. */
  readonly begin: number | undefined;
  readonly failures: readonly ShownFailure[];
  readonly withKeys: boolean;
}

function stepEntry(entry: Entry, context: StepContext): StepEntry {
  if (entry.kind === 'dropped') return { dropped: entry.counts };
  const { step, label, finished } = entry;
  const { file, line, column } = step.location;
  const inside = entry.list().map((child) => stepEntry(child, context));
  const { title, action } = step;
  const begin = finished && finished.time - finished.durationMs - (context.begin ?? 0);
  const atMs = begin === undefined || context.begin === undefined ? undefined : Math.max(0, Math.round(begin));
  const durationMs = finished && Math.round(finished.durationMs * 100) / 100;
  const place = file === context.file ? `${line}:${column}` : formatLocation(step.location);
  if (finished && durationMs !== undefined && inside.length === 0 && isPlain(entry, context)) {
    const { judged, result } = finished;
    const plain = [title, action, place, atMs ?? null, durationMs, judged ? 1 : 0] as const;
    return result === undefined ? plain : [...plain, result];
  }
  return {
    key: context.withKeys ? step.key : undefined,
    title,
    action,
    id: step.id ?? undefined,
    label: label === '' ? undefined : label,
    atMs,
    durationMs,
    verdict: finished?.verdict === 'passed' ? undefined : (finished?.verdict ?? null),
    runs: finished && finished.runs > 1 ? finished.runs : undefined,
    judged: finished?.judged ? true : undefined,
    background: step.background ? true : undefined,
    place,
    reason: finished?.reason,
    failure: context.failures.find((shown) => shown.step?.key === step.key)?.id,
    result: finished?.result,
    steps: inside.length > 0 ? inside : undefined,
  };
}

/** Most steps: it passed at once, and there is nothing more to say of it. To write what is not there takes as long as what is. */
function isPlain({ step, label, finished }: StepNode, { withKeys, failures }: StepContext): boolean {
  return (
    finished?.verdict === 'passed' &&
    finished.runs <= 1 &&
    finished.reason === undefined &&
    step.id === null &&
    label === '' &&
    !step.background &&
    !withKeys &&
    failures.length === 0
  );
}
