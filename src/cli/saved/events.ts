import type {
  CaseAttempt,
  CaseFinished,
  CaseForensics,
  CaseReference,
  CaseRetried,
  CaseStarted,
  CaseTimeline,
  NamedTarget,
  RunEvent,
  RunFinished,
  RunStarted,
  Shard,
  StepFinished,
  StepProgress,
  StepReference,
  StepStarted,
  TargetDescription,
  TargetOption,
  TargetStarted,
  VerdictCounts,
} from '../../contracts/event.js';
import {
  type Failure,
  type FailureMismatch,
  type Frame,
  type Location,
  type NearbyEvent,
  type NearbyStep,
  type Surroundings,
  VERDICTS,
} from '../../contracts/result.js';
import { forensics, timeline } from './details.js';
import {
  anything,
  count,
  either,
  flag,
  list,
  map,
  milliseconds,
  nullable,
  number,
  object,
  ordinal,
  type Shape,
  text,
  word,
} from './shape.js';

const verdict = word(...VERDICTS);
const path = list(either(text, number));
const position = { file: text, line: ordinal, column: ordinal, endLine: ordinal, endColumn: ordinal };
const location = object<Location>(position, {});
const nearby = { key: text, title: text, location, agoMs: number };
const nearbyStep = object<NearbyStep>(nearby, {});

const surroundings = object<Surroundings>(
  {
    atMs: number,
    running: list(nearbyStep),
    finished: list(object<Surroundings['finished'][number]>({ ...nearby, verdict }, {})),
    history: list(
      object<NearbyEvent>(
        {
          agoMs: number,
          phase: text,
          operation: text,
          target: text,
          message: text,
          attempt: number,
          step: text,
          actor: text,
        },
        {},
      ),
    ),
  },
  { alsoRunning: number },
);

const mismatch = object<FailureMismatch>(
  { path, expectationPath: path, kind: text, expected: text, expectedValue: anything, actual: anything },
  { location, unit: text, difference: text },
);

const ofFailure = [
  { message: text, code: text },
  {
    frame: object<Frame>({ ...position, startLine: ordinal, lines: list(text) }, {}),
    mismatches: list(mismatch),
    next: text,
    soFar: anything,
    surroundings,
  },
] as const;
const failure = object<Failure>(...ofFailure);

const step = object<StepReference>(
  {
    key: text,
    parent: nullable(text),
    section: word('setup', 'steps', 'catch', 'teardown', 'always'),
    id: nullable(text),
    action: text,
    title: text,
    location,
    background: flag,
  },
  {},
);

const ofTarget = [
  { kind: text, address: text },
  { engine: word('redis', 'valkey'), version: text, topology: word('standalone', 'cluster') },
] as const;
const target = object<TargetDescription>(...ofTarget);
const namedTarget = object<NamedTarget>({ name: text, ...ofTarget[0] }, ofTarget[1]);
const chosen = list<TargetOption>(
  either(object<{ url: string }>({ url: text }, {}), object<{ target: string }>({ target: text }, {})),
);
const shard = object<Shard>({ index: ordinal, total: ordinal, cases: count, plan: text }, {});

const reference = object<CaseReference>({ id: text, name: text, file: text }, { target: text });
const ofCase = { time: milliseconds, case: reference, location, tags: list(text) };
const ofAttempt = [
  { verdict, durationMs: milliseconds, judgements: count },
  {
    reason: text,
    failure: object<NonNullable<CaseAttempt['failure']>>(ofFailure[0], { ...ofFailure[1], step }),
  },
] as const;
const counts = object<VerdictCounts>(
  { failed: count, errored: count, unknown: count, flaky: count, passed: count, skipped: count },
  {},
);

type Saved = Exclude<RunEvent, StepProgress>;
type Shapes = { readonly [Type in Saved['type']]: Shape<Extract<Saved, { readonly type: Type }>> };

/** What each event of a saved run has, as reports go by it. */
export const EVENTS: Shapes = {
  'run.started': object<RunStarted>(
    {
      type: word('run.started'),
      time: milliseconds,
      format: word(1),
      redrill: text,
      seed: number,
      files: count,
      cases: count,
    },
    { target, targets: list(namedTarget), chosen, strict: word(true), shard },
  ),
  'target.started': object<TargetStarted>(
    { type: word('target.started'), time: milliseconds, target: namedTarget },
    { failure },
  ),
  'case.started': object<CaseStarted>(
    { type: word('case.started'), ...ofCase, matrix: map(anything), seed: number, namespace: text },
    { attempt: ordinal, place: count },
  ),
  'step.started': object<StepStarted>({ type: word('step.started'), time: milliseconds, case: text, step }, {}),
  'step.finished': object<StepFinished>(
    {
      type: word('step.finished'),
      time: milliseconds,
      case: text,
      step,
      verdict,
      durationMs: milliseconds,
      runs: count,
      judged: flag,
    },
    { result: anything, reason: text, failure },
  ),
  'case.timeline': object<CaseTimeline>({ type: word('case.timeline'), time: milliseconds, case: text, timeline }, {}),
  'case.forensics': object<CaseForensics>(
    { type: word('case.forensics'), time: milliseconds, case: text, forensics },
    {},
  ),
  'case.retried': object<CaseRetried>(
    { type: word('case.retried'), ...ofCase, ...ofAttempt[0], attempt: ordinal },
    ofAttempt[1],
  ),
  'case.finished': object<CaseFinished>(
    { type: word('case.finished'), ...ofCase, ...ofAttempt[0] },
    { ...ofAttempt[1], attempts: list(object<CaseAttempt>(...ofAttempt)) },
  ),
  'run.finished': object<RunFinished>(
    {
      type: word('run.finished'),
      time: milliseconds,
      verdict,
      exitCode: count,
      durationMs: milliseconds,
      cases: counts,
      steps: counts,
      judgements: count,
    },
    { reason: text },
  ),
};
