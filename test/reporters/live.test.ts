import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/contracts/event.js';
import { plain } from '../../src/reporters/paint.js';
import { LiveView } from '../../src/reporters/pretty/live.js';

const location = { file: 'a.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };
const reference = (name: string) => ({ id: `a.yaml#${name}`, name, file: 'a.yaml' });
const common = { location, tags: [] };

const started = (cases: number): RunEvent => ({
  type: 'run.started',
  time: 1_000,
  format: 1,
  redrill: '0.0.0',
  seed: 1,
  files: 1,
  cases,
});
const begins = (name: string, time: number): RunEvent => ({
  type: 'case.started',
  time,
  case: reference(name),
  ...common,
  matrix: {},
  seed: 1,
  namespace: '',
});
const ends = (name: string, verdict: 'passed' | 'failed'): RunEvent => ({
  type: 'case.finished',
  time: 2_000,
  case: reference(name),
  ...common,
  verdict,
  durationMs: 1,
  judgements: 1,
});
const step = (name: string, key: string, title: string, time: number, parent: string | null = null): RunEvent => ({
  type: 'step.started',
  time,
  case: reference(name).id,
  step: { key, parent, section: 'steps', id: null, action: 'x', title, location, background: false },
});
const progress = (name: string, key: string, work: { done: number; total?: number; forMs?: number }): RunEvent => ({
  type: 'step.progress',
  time: 3_000,
  case: reference(name).id,
  key,
  declaredMs: 0,
  work: { unit: 'messages', ...work },
});

function view(
  events: readonly RunEvent[],
  frame: Partial<{ now: number; columns: number; rows: number }> = {},
): string {
  const live = new LiveView(plain);
  for (const event of events) live.add(event);
  return live.render({ now: 3_000, columns: 80, rows: 24, ...frame }).join('\n');
}

test.each<[what: string, events: readonly RunEvent[], frame: Parameters<typeof view>[1], lines: string]>([
  ['nothing before the run', [], {}, ''],
  [
    'nothing after it',
    [
      started(1),
      {
        type: 'run.finished',
        time: 1,
        verdict: 'passed',
        exitCode: 0,
        durationMs: 1,
        cases: { failed: 0, errored: 0, unknown: 0, flaky: 0, passed: 1, skipped: 0 },
        steps: { failed: 0, errored: 0, unknown: 0, flaky: 0, passed: 1, skipped: 0 },
        judgements: 1,
      },
    ],
    {},
    '',
  ],
  [
    'a case without a step',
    [started(2), begins('one', 1_500)],
    {},
    '\n  ⠋ one  1.5s\n  ░░░░░░░░░░░░░░░░░░░░  0 of 2 cases  2.0s',
  ],
  [
    'the innermost step, and how many run beside it',
    [
      started(1),
      begins('one', 1_500),
      step('one', 'steps.0', 'parallel', 1_600),
      step('one', 'steps.0.a.0', 'wait 1s', 1_700, 'steps.0'),
      step('one', 'steps.0.b.0', 'command: PING', 1_800, 'steps.0'),
    ],
    {},
    '\n  ⠋ one  1.5s  command: PING and 1 step beside it\n  ░░░░░░░░░░░░░░░░░░░░  0 of 1 case  2.0s',
  ],
  [
    'what counts its work rather than what is inside of it',
    [
      started(1),
      begins('one', 1_500),
      step('one', 'steps.0', 'repeat', 2_000),
      step('one', 'steps.0#1.0', 'wait 1s', 2_500, 'steps.0'),
      progress('one', 'steps.0', { done: 1_200, total: 5_000 }),
    ],
    { columns: 100 },
    '\n  ⠋ one  1.5s  repeat  1,200 of 5,000 messages (24 %, 1,200/s)\n  ░░░░░░░░░░░░░░░░░░░░░░░░  0 of 1 case  2.0s',
  ],
  [
    'time, where that is the end of it',
    [
      started(1),
      begins('one', 1_500),
      step('one', 'steps.0', 'load', 2_000),
      progress('one', 'steps.0', { done: 7, forMs: 10_000 }),
    ],
    {},
    '\n  ⠋ one  1.5s  load  7 messages (7/s), 1.0s of 10s\n  ░░░░░░░░░░░░░░░░░░░░  0 of 1 case  2.0s',
  ],
  [
    'counts, and how long it may still take',
    [
      started(8),
      ...['a', 'b', 'c', 'd'].map((name) => ends(name, name === 'b' ? 'failed' : 'passed')),
      begins('e', 2_900),
    ],
    { now: 5_000 },
    '\n  ⠋ e  2.1s\n  ██████████░░░░░░░░░░  4 of 8 cases  ✓ 3  ✗ 1  4.0s, about 4.0s left',
  ],
  [
    'as many cases as the screen has room for',
    [started(9), ...['a', 'b', 'c'].map((name) => begins(name, 2_000))],
    { rows: 8 },
    '\n  ⠋ a  1.0s\n  ⠋ b  1.0s\n  … 1 more case running\n  ░░░░░░░░░░░░░░░░░░░░  0 of 9 cases  2.0s',
  ],
  [
    'on a narrow screen a long name cut, on one line, and no bar',
    [started(1), begins('a name\nthat goes on and on and on', 2_000)],
    { columns: 40 },
    '\n  ⠋ a name\\nthat…  1.0s\n  0 of 1 case  2.0s',
  ],
])('%s', (_, events, frame, lines) => {
  expect(view(events, frame)).toBe(lines);
});
