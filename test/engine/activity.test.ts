import { expect, test } from 'vitest';
import type { StepReference } from '../../src/contracts/event.js';
import type { Verdict } from '../../src/contracts/result.js';
import { Activity } from '../../src/engine/activity.js';
import { systemClock } from '../../src/engine/clock.js';
import { createRecorder } from '../../src/history/recorder.js';

const location = { file: 'a.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };

function step(key: string, more: Partial<StepReference> = {}): StepReference {
  const common = { section: 'steps', id: null, action: 'wait', title: key, location, background: false } as const;
  return { key, parent: null, ...common, ...more };
}

/** An activity whose clock is `now`. */
function follow() {
  const history = createRecorder();
  const time = { now: 1_000 };
  const activity = new Activity({ ...systemClock, now: () => time.now }, 1_000, history, 'a.yaml');
  const common = { time: 0, case: 'a' };
  return {
    activity,
    history,
    time,
    start: (reference: StepReference) => activity.see({ type: 'step.started', ...common, step: reference }),
    finish: (reference: StepReference, verdict: Verdict = 'passed') =>
      activity.see({
        type: 'step.finished',
        ...common,
        step: reference,
        verdict,
        durationMs: 1,
        runs: 1,
        judged: false,
      }),
    at: () => activity.surroundings(activity.moment()),
  };
}

test('tells the innermost steps that run, and the last that ended', () => {
  const { start, finish, time, at } = follow();
  const [first, second] = [0, 1].map((branch) => step(`steps.0.branch${branch}.0`, { parent: 'steps.0' }));
  start(step('steps.0'));
  time.now = 1_010;
  start(first!);
  start(second!);
  start(step('always.0', { section: 'always' }));
  time.now = 1_015;
  finish(first!, 'failed');
  finish(step('steps.1'), 'skipped');
  time.now = 1_020;
  expect(at()).toEqual({
    atMs: 20,
    running: [{ key: 'steps.0.branch1.0', title: 'steps.0.branch1.0', location, agoMs: 10 }],
    finished: [{ key: 'steps.0.branch0.0', title: 'steps.0.branch0.0', location, agoMs: 5, verdict: 'failed' }],
    history: [],
  });
});

test('bounds what it tells', () => {
  const { start, finish, history, activity } = follow();
  for (let index = 0; index < 12; index++) start(step(`steps.${index}`));
  for (let index = 20; index < 25; index++) finish(step(`steps.${index}`));
  const record = (sequence: number) =>
    history.record({
      phase: 'ok',
      operation: 'push',
      target: 'orders',
      message: `p-${sequence}`,
      time: 900 + sequence,
      process: 1,
      attempt: 0,
      actor: 'p',
    });
  for (let sequence = 0; sequence < 8; sequence++) record(sequence);
  const moment = activity.moment();
  record(8);
  const { running, alsoRunning, finished, history: events } = activity.surroundings(moment);
  expect([running.length, alsoRunning]).toEqual([10, 2]);
  expect(finished.map(({ key }) => key)).toEqual(['steps.24', 'steps.23', 'steps.22']);
  expect(events.map(({ message, agoMs }) => [message, agoMs])).toEqual([
    ['p-7', 93],
    ['p-6', 94],
    ['p-5', 95],
    ['p-4', 96],
    ['p-3', 97],
  ]);
});

test('waits for a step of its own file that passed', () => {
  const { finish, activity } = follow();
  const begun: string[] = [];
  activity.whenReached('push', () => begun.push('push'));
  activity.whenReached('work', () => begun.push('work'));
  finish(step('steps.0', { id: 'push' }), 'failed');
  finish(step('steps.1', { id: 'push', location: { ...location, file: 'b.yaml' } }));
  expect([begun, activity.hasReached('push')]).toEqual([[], false]);
  finish(step('steps.2', { id: 'push' }));
  finish(step('steps.2', { id: 'push' }));
  activity.reach('work');
  expect([begun, activity.hasReached('push')]).toEqual([['push', 'work'], true]);
});
