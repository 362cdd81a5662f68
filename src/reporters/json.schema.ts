import type { Static } from 'typebox';
import { Nullable, OneOf, Type } from '../contracts/fields.js';
import { VERDICTS } from '../contracts/result.js';
import { forensics } from './forensics.schema.js';
import { closed, List, record, Text } from './schema-parts.js';

/** The schema of the JSON report, and its types. Built into schema/report.schema.json; a run never loads it. */

const Time = (description: string) =>
  Nullable(Type.Number({ description: `${description} Milliseconds since the epoch.` }));
const DurationMs = () => Nullable(Type.Number({ minimum: 0, description: 'Milliseconds.' }));
const verdict = OneOf(VERDICTS, {
  description:
    'failed: wrong answer; errored: could not run; unknown: ran, but proves nothing; flaky: a case that passed only when it ran again; passed; skipped: with a reason.',
});
const seed = Type.Number({ description: '`--seed` with it gives the same random numbers again.' });
const reason = Type.Optional(Text('Why it was skipped, is unknown, could not start or ended early.'));
const path = List(Type.Unsafe<string | number>({ type: ['string', 'number'] }));
const line = () => Type.Integer({ minimum: 1 });

const location = record(
  { file: Type.String(), line: line(), column: line(), endLine: line(), endColumn: line() },
  'A place in a file. Lines and columns count from 1; the end is exclusive.',
);
const frame = record(
  { ...location.properties, startLine: line(), lines: List(Type.String()) },
  'The lines of the file around a place.',
);
const mismatch = record(
  {
    path,
    expectationPath: path,
    kind: Text('`equal`, `missing`, `length`, or the operator.'),
    expected: Text('What was asked, in words.'),
    expectedValue: Type.Optional(Type.Unknown()),
    actual: Type.Optional(Type.Unknown({ description: 'Absent when the path is missing.' })),
    location: Type.Optional(location),
    unit: Type.Optional(Text('Of the numbers: `ms`, `B` or `/s`.')),
    difference: Type.Optional(Type.String()),
  },
  'One place where a result is not what was expected.',
);
const nearbyStep = {
  key: Type.String(),
  title: Type.String(),
  location,
  agoMs: Type.Number({ description: 'How long before that moment it began, or ended. Milliseconds.' }),
};
const surroundings = record(
  {
    atMs: Type.Number({ minimum: 0, description: 'Since the case began. Milliseconds.' }),
    running: List(record(nearbyStep)),
    alsoRunning: Type.Optional(Type.Integer({ minimum: 1, description: 'How many more steps were running.' })),
    finished: List(record({ ...nearbyStep, verdict })),
    history: List(
      record({
        agoMs: Type.Number({ description: 'How long before that moment. Milliseconds.' }),
        phase: Text('`invoke`, `ok`, `fail` or `info`.'),
        operation: Text('What was done with a message: `push`, `deliver`, `complete` and others.'),
        target: Text('Queue, channel or stream.'),
        message: Text('Id of the message.'),
        attempt: Type.Integer({ minimum: 0 }),
        step: Type.String(),
        actor: Text('Subscriber, worker or producer within its step.'),
      }),
    ),
  },
  'What went on when an invariant of `always` was found not to hold. The latest come first, except steps that ran.',
);
const failure = record({
  message: Type.String(),
  code: Text("One of Redis's, or `TIMEOUT`, `CONNECTION`, `MISMATCH`, `ASSERTION`, `EXPRESSION`, `INTERNAL`."),
  frame: Type.Optional(frame),
  mismatches: Type.Optional(List(mismatch)),
  next: Type.Optional(Text('What to look at or do next.')),
  soFar: Type.Optional(Type.Unknown({ description: 'What was counted before a time limit struck.' })),
  surroundings: Type.Optional(surroundings),
});

const reference = {
  key: Text('Unique within its case: `steps.2`, `steps.2.branch1.0`, `steps.3#7.1` (iteration 7).'),
  section: OneOf(['setup', 'steps', 'catch', 'teardown', 'always']),
  id: Nullable(Type.String()),
  action: Type.String(),
  title: Type.String(),
  location,
  background: Type.Boolean(),
};
const stepFields = {
  ...reference,
  startedAt: Time('Start.'),
  durationMs: DurationMs(),
  verdict: Nullable(verdict),
  runs: Type.Integer({ minimum: 0, description: 'How often the action ran.' }),
  judged: Type.Boolean({ description: 'Something judged its result.' }),
  result: Type.Optional(Type.Unknown()),
  reason,
  failure: Type.Optional(failure),
};
type StepFields = Static<ReturnType<typeof record<typeof stepFields>>>;

export interface StepReport extends StepFields {
  readonly steps: readonly StepReport[];
}
const stepList = (description?: string) => List(Type.Unsafe<StepReport>({ $ref: '#/$defs/step' }), description);
const steps = stepList();

const caseFailure = Type.Optional(
  record(
    { ...failure.properties, step: Type.Optional(record({ ...reference, parent: Nullable(Type.String()) })) },
    'What failed first.',
  ),
);
const judgements = Nullable(Type.Integer({ minimum: 0 }));
const attempt = record({
  namespace: Nullable(Type.String()),
  startedAt: Time('Start.'),
  durationMs: DurationMs(),
  verdict: Nullable(verdict),
  judgements,
  reason,
  failure: caseFailure,
  forensics: Type.Optional(forensics),
  steps: Type.Optional(stepList('Absent for the last attempt, as its `forensics` are: they are those of the case.')),
});
export type AttemptReport = Static<typeof attempt>;

const caseReport = record({
  id: Text('Stable between runs.'),
  name: Text("The scenario's name, with the values of its matrix."),
  target: Type.Optional(Text('Name of the target, where there are several.')),
  location,
  tags: List(Type.String()),
  matrix: Nullable(Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object' })),
  seed: Nullable(seed),
  namespace: Nullable(Type.String()),
  startedAt: Time('Start.'),
  durationMs: DurationMs(),
  verdict: Nullable(verdict),
  judgements,
  reason,
  failure: caseFailure,
  forensics: Type.Optional(forensics),
  steps,
  attempts: Type.Optional(
    List(
      attempt,
      'All of them in order, where the case ran again. Reason and failure of the case are those of the worst attempt, all else is of the last.',
    ),
  ),
});
export type CaseReport = Static<typeof caseReport>;

const count = Type.Integer({ minimum: 0 });
const counts = record({
  failed: count,
  errored: count,
  unknown: count,
  flaky: count,
  passed: count,
  skipped: count,
});
const targetFields = {
  kind: Type.String(),
  address: Text('Without credentials.'),
  engine: Type.Optional(OneOf(['redis', 'valkey'])),
  version: Type.Optional(Type.String()),
  topology: Type.Optional(OneOf(['standalone', 'cluster'])),
};
const target = record(targetFields);
const shard = record(
  { index: Type.Integer({ minimum: 1 }), total: Type.Integer({ minimum: 1 }), cases: Type.Integer({ minimum: 1 }) },
  'Where this is a part of a run (`--shard`): which of how many, and the cases of all of them, on one target.',
);
const comparison = record(
  {
    targets: List(
      record({
        name: Type.String(),
        ...Type.Partial(Type.Object(targetFields)).properties,
        failure: Type.Optional(failure),
      }),
    ),
    cases: List(
      record({
        name: Type.String(),
        location,
        verdicts: List(Nullable(verdict)),
        differs: Type.Boolean({ description: 'Targets that could be had do not agree.' }),
      }),
    ),
  },
  'Where a run has several targets: what each case came to on each of them, in their order; null where it did not end.',
);

export const reportSchema = Type.Object(
  {
    format: Type.Literal(1, { description: 'Raised when a field changes its meaning.' }),
    redrill: Nullable(Text('The version of the program.')),
    seed: Nullable(seed),
    target: Nullable(target),
    shard: Type.Optional(shard),
    comparison: Type.Optional(comparison),
    startedAt: Time('Start.'),
    finishedAt: Time('End.'),
    durationMs: DurationMs(),
    verdict: Nullable(verdict),
    exitCode: Nullable(Type.Integer()),
    reason,
    counts: Nullable(record({ cases: counts, steps: counts, judgements: count })),
    files: List(record({ file: Type.String(), cases: List(caseReport) })),
  },
  {
    ...closed,
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Report of a run',
    description: 'A field is null where the run ended before it was known.',
    $defs: { step: record({ ...stepFields, steps }) },
  },
);
export type Report = Static<typeof reportSchema>;
