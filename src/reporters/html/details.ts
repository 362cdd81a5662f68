import type { Section, StepFinished, StepReference } from '../../contracts/event.js';
import { formatLocation } from '../failure.js';
import type { Entry, StepNode } from '../pretty/tree.js';
import type { Attempt, ListedCase, OpenAttempt } from './collect.js';
import { failuresOf, type ShownFailure } from './failure.js';
import { scriptJson } from './markup.js';
import type { AttemptDetails, CaseDetails, PlainStep, SectionDetails, StepEntry } from './model.js';
import { type AttemptSteps, hasPassed } from './steps.js';

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
  { steps, timeline, forensics }: OpenAttempt,
): string {
  const { started, ended } = attempt;
  const failures = failuresOf(listed, attempt, index);
  const { file } = listed.named.location;
  const context = { file, begin: started?.time, failures, withKeys: timeline !== undefined };
  const details: AttemptDetails = {
    file,
    durationMs: ended?.durationMs ?? null,
    sections: sectionsOf(steps, context),
    ...(timeline && { timeline }),
    ...(forensics && { forensics }),
  };
  return scriptJson(details);
}

function sectionsOf(steps: AttemptSteps, context: StepContext): SectionDetails[] {
  if (steps.passed && isBrief(context)) {
    const { passed } = steps;
    return passed.length === 0 ? [] : [{ section: 'steps', steps: passed.map((event) => plainStep(event, context)) }];
  }
  const { tree } = steps;
  tree.close();
  return SECTIONS.flatMap((section): SectionDetails[] => {
    const entries = tree.sections[section].list().map((entry) => stepEntry(entry, context));
    return entries.length === 0 ? [] : [{ section, steps: entries }];
  });
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
  const inside = entry.list().map((child) => stepEntry(child, context));
  if (finished && inside.length === 0 && isPlain(entry, finished, context)) return plainStep(finished, context);
  const { title, action } = step;
  return {
    key: context.withKeys ? step.key : undefined,
    title,
    action,
    id: step.id ?? undefined,
    label: label === '' ? undefined : label,
    atMs: finished && (beginOf(finished, context) ?? undefined),
    durationMs: finished && roundedMs(finished),
    verdict: finished?.verdict === 'passed' ? undefined : (finished?.verdict ?? null),
    runs: finished && finished.runs > 1 ? finished.runs : undefined,
    judged: finished?.judged ? true : undefined,
    background: step.background ? true : undefined,
    place: placeIn(step, context),
    reason: finished?.reason,
    failure: context.failures.find((shown) => shown.step?.key === step.key)?.id,
    result: finished?.result,
    steps: inside.length > 0 ? inside : undefined,
  };
}

/** To write what is not there takes as long as what is. */
function plainStep(event: StepFinished, context: StepContext): PlainStep {
  const { step, judged, result } = event;
  const plain = [
    step.title,
    step.action,
    placeIn(step, context),
    beginOf(event, context),
    roundedMs(event),
    judged ? 1 : 0,
  ] as const;
  return result === undefined ? plain : [...plain, result];
}

const isPlain = ({ step, label }: StepNode, finished: StepFinished, context: StepContext): boolean =>
  hasPassed(finished) && step.id === null && label === '' && !step.background && isBrief(context);

/** Nothing names its steps. */
const isBrief = ({ withKeys, failures }: StepContext): boolean => !withKeys && failures.length === 0;

const placeIn = ({ location }: StepReference, { file }: StepContext): string =>
  location.file === file ? `${location.line}:${location.column}` : formatLocation(location);

const beginOf = ({ time, durationMs }: StepFinished, { begin }: StepContext): number | null =>
  begin === undefined ? null : Math.max(0, Math.round(time - durationMs - begin));

const roundedMs = ({ durationMs }: StepFinished): number => Math.round(durationMs * 100) / 100;
