import type { CheckedEvent } from '../../contracts/checker.js';
import type { LifeEvent, Timeline } from '../../contracts/timeline.js';
import type { CaseRecorder } from '../recorder.js';
import { findingsOf } from './findings.js';
import { Flow } from './flow.js';
import { chooseMessages, Lives } from './lives.js';
import { loadDistributions, loadSeries, type NamedLoad } from './loads.js';
import { Marks, type Occurrence } from './marks.js';
import { Scale } from './scale.js';

/** What the history of a case does not tell. All times are on its clock. */
export interface CaseFacts {
  readonly startMs: number;
  readonly endMs: number;
  readonly loads: readonly NamedLoad[];
  /** Faults that steps caused, and judgements that failed. */
  readonly occurrences: readonly Occurrence[];
  /** The key of a step, by the name that it has in the history. */
  readonly keyOf: (step: string) => string;
}

/** Undefined of a case that had no message and no load. */
export function buildTimeline(recorder: CaseRecorder, facts: CaseFacts): Timeline | undefined {
  const { startMs, endMs, loads, occurrences, keyOf } = facts;
  const { messages: total } = recorder.view();
  if (total === 0 && loads.length === 0) return undefined;
  const scale = new Scale(startMs, endMs);
  const flow = new Flow(total, scale);
  const marks = new Marks(scale, keyOf);
  const findings = findingsOf(recorder);
  // Who is chosen where nothing is special is known before, and mostly nothing is: then the history is read once.
  const named = [...findings.names.keys()];
  const likely = new Lives([...named, ...chooseMessages(findings.names, flow.marks, flow.isMarked)], total);
  likely.read(recorder, (event, count) => {
    flow.see(event, count);
    marks.see(event, count);
  });
  for (const occurrence of occurrences) marks.add(occurrence);
  for (const { message, ...finding } of findings.marks) marks.add({ ...finding, at: likely.lastAt(message) });
  const lanes = flow.lanes();
  const chosen = chooseMessages(findings.names, flow.marks, flow.isMarked);
  let lives = likely;
  if (!chosen.every((message) => likely.isChosen(message))) {
    lives = new Lives(chosen, total);
    lives.read(recorder);
  }
  return {
    bucketMs: scale.bucketMs,
    buckets: scale.buckets,
    series: [...lanes.flatMap((lane) => lane.series()), ...loadSeries(loads, scale)],
    marks: marks.marks(),
    distributions: [...lanes.flatMap((lane) => lane.distribution() ?? []), ...loadDistributions(loads)],
    messages: { total, lives: lives.tell(chosen, recorder.view(), findings.names, tellerOf(scale, keyOf)) },
  };
}

const tellerOf =
  (scale: Scale, keyOf: CaseFacts['keyOf']) =>
  ({ time, phase, operation, target, to, actor, attempt, step, fault }: CheckedEvent): LifeEvent => ({
    atMs: scale.at(time),
    phase,
    operation,
    target,
    ...(to !== undefined && { to }),
    actor,
    attempt,
    step: keyOf(step),
    ...(fault !== undefined && { fault }),
  });
