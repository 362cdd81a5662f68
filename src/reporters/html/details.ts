import type { Section } from '../../contracts/event.js';
import { formatLocation } from '../failure.js';
import type { Entry, StepNode } from '../pretty/tree.js';
import type { Attempt, ListedCase } from './collect.js';
import { failuresOf, type ShownFailure } from './failure.js';
import { type Markup, scriptJson } from './markup.js';
import type { AttemptDetails, CaseDetails, SectionDetails, StepEntry } from './model.js';

const SECTIONS: readonly Section[] = ['setup', 'steps', 'catch', 'teardown', 'always'];

/** All of a case that is shown when it is opened, as one line of JSON; `body` where the page has no room for it. */
export function detailsLine(listed: ListedCase, body: Markup | undefined): string {
  const attempts = listed.attempts.map((attempt, index) => attemptDetails(listed, attempt, index));
  const details: CaseDetails = { ...(body && { body: body.text }), attempts };
  return scriptJson(details);
}

function attemptDetails(listed: ListedCase, attempt: Attempt, index: number): AttemptDetails {
  const { tree, started, ended, timeline, forensics } = attempt;
  if (!ended) tree.close();
  const failures = failuresOf(listed, attempt, index);
  const { file } = listed.named.location;
  const context = { file, begin: started?.time, failures, withKeys: timeline !== undefined };
  const sections = SECTIONS.flatMap((section): SectionDetails[] => {
    const steps = tree.sections[section].list().map((entry) => stepEntry(entry, context));
    return steps.length === 0 ? [] : [{ section, steps }];
  });
  return {
    file,
    durationMs: ended?.durationMs ?? null,
    sections,
    ...(timeline && { timeline }),
    ...(forensics && { forensics }),
  };
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
  const { step, label, finished, children } = entry;
  const { file, line, column } = step.location;
  const inside = children.list().map((child) => stepEntry(child, context));
  const failure = context.failures.find((shown) => shown.step?.key === step.key);
  return {
    ...(context.withKeys && { key: step.key }),
    title: step.title,
    action: step.action,
    ...(step.id !== null && { id: step.id }),
    ...(label !== '' && { label }),
    ...timesOf(entry, context.begin),
    ...(finished?.verdict !== 'passed' && { verdict: finished?.verdict ?? null }),
    ...(finished && finished.runs > 1 && { runs: finished.runs }),
    ...(finished?.judged && { judged: true }),
    ...(step.background && { background: true }),
    place: file === context.file ? `${line}:${column}` : formatLocation(step.location),
    ...(finished?.reason !== undefined && { reason: finished.reason }),
    ...(failure && { failure: failure.id }),
    ...(finished?.result !== undefined && { result: finished.result }),
    ...(inside.length > 0 && { steps: inside }),
  };
}

/** A step that ended says when, and how long it took. */
function timesOf({ finished }: StepNode, begin: number | undefined) {
  if (!finished) return {};
  const durationMs = Number(finished.durationMs.toFixed(2));
  if (begin === undefined) return { durationMs };
  return { atMs: Math.max(0, Math.round(finished.time - finished.durationMs - begin)), durationMs };
}
