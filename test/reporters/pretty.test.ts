import { describe, expect, test } from 'vitest';
import type { CaseFinished, RunEvent, RunFinished, StepReference } from '../../src/contracts/event.js';
import type { Verdict } from '../../src/contracts/result.js';
import { StepTree } from '../../src/reporters/pretty/tree.js';
import { pretty } from '../../src/reporters/pretty.js';
import { explainVerdict } from '../../src/reporters/verdict.js';
import { report } from './replay.js';

const location = { file: 'a.yaml', line: 1, column: 1, endLine: 2, endColumn: 1 };

const step = (key: string, parent: string | null = null): StepReference => ({
  key,
  parent,
  section: 'steps',
  id: null,
  action: 'command',
  title: 'PING',
  location,
  background: false,
});

const started = (reference: StepReference): RunEvent => ({ type: 'step.started', time: 0, case: 'c', step: reference });

const finished = (reference: StepReference, verdict: Verdict = 'passed', result?: unknown) =>
  ({
    type: 'step.finished',
    time: 0,
    case: 'c',
    step: reference,
    verdict,
    durationMs: 1,
    runs: 1,
    judged: true,
    ...(result !== undefined && { result }),
  }) as const;

const caseFinished = (verdict: Verdict, name = 'A case', id = 'c'): CaseFinished => ({
  type: 'case.finished',
  time: 0,
  case: { id, name, file: 'a.yaml' },
  location,
  tags: [],
  verdict,
  durationMs: 20,
  judgements: 1,
});

function* iterations(count: number, verdictOf: (index: number) => Verdict): Generator<RunEvent> {
  yield started(step('steps.0'));
  for (let index = 0; index < count; index++) {
    const reference = step(`steps.0#${index}.0`, 'steps.0');
    yield started(reference);
    yield finished(reference, verdictOf(index));
  }
  yield finished(step('steps.0'), 'failed');
  yield caseFinished('failed');
}

const lines = (events: Iterable<RunEvent>) => report(pretty, events).split('\n');

describe('many iterations', () => {
  test('are a few lines around the one that failed', () => {
    expect(lines(iterations(10_000, (index) => (index === 5_000 ? 'failed' : 'passed'))).slice(2, -3)).toEqual([
      '  ✗ A case (10,001 steps, 20ms)',
      '    ✗ PING (10,000 steps, 1ms)',
      '      ✓ #0 PING (1ms)',
      '      ✓ #1 PING (1ms)',
      '      ✓ #2 PING (1ms)',
      '      … 4,997 more passed',
      '      ✗ #5000 PING (1ms)',
      '      … 4,999 more passed',
    ]);
  });

  test('stay a few lines when every other one fails', () => {
    const printed = lines(iterations(10_000, (index) => (index % 2 ? 'failed' : 'passed')));
    expect(printed.length).toBeLessThan(30);
    expect(printed).toContain('      … 4,990 more failed, 4,990 more passed');
  });

  test('are dropped as they finish', () => {
    const tree = new StepTree(true);
    for (let index = 0; index < 10_000; index++) tree.finish(finished(step(`steps.0#${index}.0`)));
    expect(tree.sections.steps.list()).toHaveLength(4);
  });
});

test('a step that stands in the file is never dropped', () => {
  const steps = Array.from({ length: 30 }, (_, index) => finished(step(`steps.${index}`)));
  expect(lines([...steps, caseFinished('unknown')]).filter((line) => line.includes('✓ PING'))).toHaveLength(30);
});

test('branches stand together, however they interleaved', () => {
  const keys = ['steps.0.branch1.0', 'steps.0.branch0.0', 'steps.0.branch1.1', 'steps.0.branch0.1'];
  const inside = keys.map((key) => step(key, 'steps.0'));
  const events = [
    started(step('steps.0')),
    ...inside.flatMap((reference) => [started(reference), finished(reference)]),
    finished(step('steps.0'), 'failed'),
    caseFinished('failed'),
  ];
  const labels = lines(events).flatMap((line) => /branch\d/.exec(line)?.[0] ?? []);
  expect(labels).toEqual(['branch0', 'branch0', 'branch1', 'branch1']);
});

test('a background step stands inside the step that started it, although it ends later', () => {
  const subscriber = step('steps.0.branch0.0', 'steps.0');
  const events = [
    started(step('steps.0')),
    started(subscriber),
    finished(step('steps.0')),
    finished(step('steps.1')),
    finished(subscriber, 'failed'),
    caseFinished('failed'),
  ];
  expect(lines(events).slice(3, -3)).toEqual([
    '    ✓ PING (1 step, 1ms)',
    '      ✗ branch0 PING (1ms)',
    '    ✓ PING (1ms)',
  ]);
});

describe('the frame of a failure', () => {
  const frame = { ...location, endLine: 4, startLine: 1, lines: ['- command: PING', '  expect:', '    a: 1'] };
  const place = (line: number) => ({ ...location, line, column: 8, endLine: line, endColumn: 9 });
  const mismatch = { path: ['a'], expectationPath: ['a'], kind: 'equal', expected: '1', expectedValue: 1, actual: 2 };
  const failed = (line: number): RunEvent[] => [
    {
      ...finished(step('steps.0'), 'failed'),
      failure: { message: 'wrong', code: 'MISMATCH', frame, mismatches: [{ ...mismatch, location: place(line) }] },
    },
    caseFinished('failed'),
  ];

  test('points at the first mismatch that it shows', () => {
    expect(lines(failed(3)).slice(6, -3)).toEqual([
      '      │ a.yaml:3:8',
      '      │   1 | - command: PING',
      '      │   2 |   expect:',
      '      │ > 3 |     a: 1',
      '      │     |        ^',
      '      │',
      '      │ a',
      '      │   expected  1',
      '      │   actual    2',
    ]);
  });

  test('points at the step when the mismatch is beyond it, and the mismatch says where', () => {
    const printed = lines(failed(9));
    expect(printed).toContain('      │ a.yaml:1:1');
    expect(printed).toContain('      │ a  a.yaml:9:8');
  });
});

test.each([
  [undefined, 160],
  [100, 100],
  [40, 80],
])('a result is cut to %s columns, with room for the least', (columns, most) => {
  const events = [finished(step('steps.0'), 'passed', 'x'.repeat(500)), caseFinished('passed')];
  const text = report(pretty, events, { verbose: true, ...(columns !== undefined && { columns }) });
  const line = text.split('\n').find((candidate) => candidate.includes('PING'));
  expect(line).toMatch(/^ {4}✓ PING \(1ms\) → "x+"… \(500 characters\)$/);
  expect(line?.length).toBeLessThanOrEqual(most);
});

test('only the first cases that did not pass are listed again', () => {
  const cases = Array.from({ length: 25 }, (_, index) => caseFinished('failed', `Case ${index}`, `c${index}`));
  const end = runFinished({ verdict: 'failed', exitCode: 1, failed: 25 });
  const printed = lines([...cases, end]);
  const list = printed.slice(printed.indexOf('Not passed') + 1);
  expect(list[0]).toBe('  ✗ a.yaml:1:1  Case 0');
  expect(list[20]).toBe('  … 5 more');
});

test('without any event there is nothing to report', () => {
  expect(report(pretty, [])).toBe('');
});

const zero = { failed: 0, errored: 0, unknown: 0, flaky: 0, passed: 0, skipped: 0 };

type Ending = Pick<RunFinished, 'verdict' | 'exitCode'> & Partial<Record<Verdict, number>> & { reason?: string };

function runFinished({ verdict, exitCode, reason, ...cases }: Ending): RunFinished {
  return {
    type: 'run.finished',
    time: 0,
    verdict,
    exitCode,
    durationMs: 1,
    cases: { ...zero, ...cases },
    steps: zero,
    judgements: 0,
    ...(reason !== undefined && { reason }),
  };
}

test.each<[Ending, string]>([
  [{ verdict: 'passed', exitCode: 0, passed: 3 }, 'Passed: 3 cases'],
  [
    { verdict: 'flaky', exitCode: 0, flaky: 1, passed: 3 },
    'Passed, but flaky: 1 of 4 cases passed only when run again',
  ],
  [{ verdict: 'flaky', exitCode: 0, flaky: 1 }, 'Passed, but flaky: the case passed only when run again'],
  [{ verdict: 'flaky', exitCode: 2, flaky: 2, passed: 1 }, 'Not a pass: 2 of 3 cases flaky, and none may be'],
  [{ verdict: 'flaky', exitCode: 2, flaky: 1 }, 'Not a pass: the case is flaky, and none may be'],
  [
    { verdict: 'flaky', exitCode: 2, flaky: 1, passed: 1, skipped: 2 },
    'Not a pass: 1 of 4 cases flaky and 2 of 4 cases skipped, and none may be',
  ],
  [
    { verdict: 'unknown', exitCode: 2, flaky: 2, skipped: 1, reason: 'nothing passed on a' },
    'Not a pass: nothing passed on a',
  ],
  [{ verdict: 'failed', exitCode: 1, failed: 2, passed: 1 }, 'Failed: 2 of 3 cases gave a wrong answer'],
  [{ verdict: 'failed', exitCode: 1, failed: 1 }, 'Failed: the case gave a wrong answer'],
  [{ verdict: 'errored', exitCode: 4, errored: 1, passed: 1 }, 'Errored: 1 of 2 cases could not run'],
  [{ verdict: 'errored', exitCode: 4, reason: 'no server' }, 'Errored: no server'],
  [
    { verdict: 'unknown', exitCode: 2, unknown: 1, passed: 1 },
    'Unknown, so not a pass: 1 of 2 cases ran but proved nothing',
  ],
  [{ verdict: 'unknown', exitCode: 2 }, 'Not a pass: no case ran'],
  [{ verdict: 'unknown', exitCode: 2, skipped: 2 }, 'Not a pass: 2 cases skipped, none passed'],
  [
    { verdict: 'unknown', exitCode: 2, passed: 1, skipped: 1, reason: 'nothing passed on a' },
    'Not a pass: nothing passed on a',
  ],
  [{ verdict: 'passed', exitCode: 2, passed: 1, skipped: 1 }, 'Not a pass: 1 of 2 cases skipped, and none may be'],
  [{ verdict: 'passed', exitCode: 70, passed: 1, reason: 'a bug' }, 'Not a pass: a bug'],
  [{ verdict: 'passed', exitCode: 143, passed: 1, reason: 'SIGTERM' }, 'Interrupted: SIGTERM'],
])('%j is explained as "%s"', (ending, text) => {
  expect(explainVerdict(runFinished(ending))).toBe(text);
});

describe('in a log that folds lines', () => {
  const inFile = (file: string, verdict: Verdict, name: string): CaseFinished => {
    const event = caseFinished(verdict, name, `${file} ${name}`);
    return { ...event, time: 1_700_000_000_000, case: { ...event.case, file } };
  };
  const run = [
    inFile('a.yaml', 'passed', 'one'),
    inFile('a.yaml', 'skipped', 'two'),
    inFile('a.yaml', 'failed', 'three'),
    inFile('a.yaml', 'passed', 'four'),
    inFile('b.yaml', 'passed', 'five'),
  ];

  test('those of GitHub stand in groups, and what did not pass between them', () => {
    expect(report(pretty, run, { fold: 'github' }).split('\n').slice(0, -3)).toEqual([
      '::group::a.yaml',
      '  ✓ one (0 steps, 20ms)',
      '  ○ two (skipped: no reason given)',
      '::endgroup::',
      '',
      'a.yaml',
      '  ✗ three (0 steps, 20ms)',
      '::group::a.yaml',
      '  ✓ four (0 steps, 20ms)',
      '::endgroup::',
      '::group::b.yaml',
      '  ✓ five (0 steps, 20ms)',
      '::endgroup::',
    ]);
  });

  test('those of GitLab in sections with a name and a time', () => {
    const [first, , , end] = report(pretty, run, { fold: 'gitlab' }).split('\n');
    expect(first).toBe('\u001b[0Ksection_start:1700000000:redrill_1[collapsed=true]\r\u001b[0Ka.yaml');
    expect(end).toBe('\u001b[0Ksection_end:1700000000:redrill_1\r\u001b[0K');
  });
});
