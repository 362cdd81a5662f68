import { describe, expect, test } from 'vitest';
import { createRecorder } from '../../../src/history/recorder.js';
import { buildTimeline } from '../../../src/history/timeline/build.js';
import { BURIED, REDELIVERED, RETRIED } from '../../../src/history/timeline/flow.js';
import { chooseMessages } from '../../../src/history/timeline/lives.js';

describe('messages are chosen', () => {
  const named = (...messages: number[]) => new Map(messages.map((message) => [message, new Set(['lost'])]));

  test('all, where there are few: those with findings first, then dead letters, then those that came again', () => {
    const marks = Uint8Array.of(0, RETRIED, BURIED, 0, REDELIVERED, BURIED | RETRIED);
    expect(chooseMessages(named(3, 0), marks)).toEqual([3, 0, 2, 5, 1, 4]);
  });

  test('a hundred, evenly, where nothing is special', () => {
    const chosen = chooseMessages(named(), new Uint8Array(1_000));
    expect(chosen).toEqual(Array.from({ length: 100 }, (_, index) => index * 10));
  });

  test('at most two hundred, with room for each kind', () => {
    const marks = Uint8Array.from({ length: 10_000 }, (_, n) => [BURIED, RETRIED, 0][n % 3]!);
    const chosen = chooseMessages(named(2, 5), marks);
    const kinds = chosen.map((message) => marks[message]);
    expect(chosen.slice(0, 2)).toEqual([2, 5]);
    expect([chosen.length, new Set(chosen).size]).toEqual([200, 200]);
    expect(kinds.filter((kind) => kind === BURIED)).toHaveLength(99);
    expect(kinds.filter((kind) => kind === RETRIED)).toHaveLength(99);
  });
});

function lifeOf(deliveries: number) {
  using recorder = createRecorder();
  const common = { target: 'orders', message: 'p-0', process: 1, actor: 'w' } as const;
  const history = recorder.forStep('work');
  history.record({ ...common, phase: 'ok', operation: 'redrive', time: 1_000, attempt: 0, target: 'other' });
  history.record({ ...common, phase: 'invoke', operation: 'push', time: 1_000.5, attempt: 0, body: 'hello' });
  for (let attempt = 1; attempt <= deliveries; attempt++) {
    history.record({ ...common, phase: 'ok', operation: 'deliver', time: 1_000 + attempt, attempt });
  }
  const examples = { lost: ['p-0', 'p-7'], redelivered: ['p-0'] };
  const report = { verdict: 'failed', reasons: [], counts: { lost: 30, redelivered: 1 }, examples } as const;
  const check = { events: recorder.size, judged: true, requests: [], reports: [report, report] };
  recorder.checked('steps.4', [{ step: 'steps.4', ...check }]);
  const facts = { startMs: 1_000, endMs: 1_100, loads: [], occurrences: [] };
  const { messages, marks } = buildTimeline(recorder, {
    ...facts,
    keyOf: (step) => (step === 'work' ? 'steps.3' : step),
  })!;
  expect(messages.total).toBe(1);
  return { life: messages.lives[0]!, marks };
}

test('a life tells where the message was pushed, what it was named for, and what became of it', () => {
  const { life, marks } = lifeOf(1);
  const common = { target: 'orders', actor: 'w', step: 'steps.3' };
  expect(life).toEqual({
    id: 'p-0',
    of: 'orders',
    findings: ['lost', 'redelivered'],
    body: 'hello',
    events: [
      { ...common, atMs: 0, phase: 'ok', operation: 'redrive', target: 'other', attempt: 0 },
      { ...common, atMs: 0.5, phase: 'invoke', operation: 'push', attempt: 0 },
      { ...common, atMs: 1, phase: 'ok', operation: 'deliver', attempt: 1 },
    ],
  });
  // Where it was last heard of, beside what took it away. Two checkers say it of one message, and count more than they name.
  expect(marks).toEqual([{ kind: 'lost', atMs: 1, label: '1 of 30 lost', step: 'steps.4', count: 1 }]);
});

test('a long one keeps its first and its last events', () => {
  const { events, omitted } = lifeOf(100).life;
  expect([events.length, omitted]).toEqual([60, 42]);
  expect([events[39]?.attempt, events[40]?.attempt, events[59]?.attempt]).toEqual([38, 81, 100]);
});
