import { describe, expect, test } from 'vitest';
import type { HistoryEvent, HistoryOperation, HistoryPhase } from '../../src/contracts/history.js';
import { createRecorder } from '../../src/history/recorder.js';

const event = (change: Partial<HistoryEvent> = {}): HistoryEvent => ({
  phase: 'ok',
  operation: 'push',
  target: 'orders',
  message: 'push-0',
  time: 12.5,
  process: 1,
  attempt: 0,
  actor: 'push',
  ...change,
});

describe('what goes in comes out', () => {
  const phases: HistoryPhase[] = ['invoke', 'ok', 'fail', 'info'];
  const operations: HistoryOperation[] = [
    'push',
    'deliver',
    'effect',
    'complete',
    'handlerFail',
    'crash',
    'retry',
    'deadLetter',
    'discard',
    'redrive',
    'purge',
  ];
  const messages = [
    'push-0',
    'push-17',
    'a-b-3',
    '',
    '-',
    '-1',
    '7',
    'push-',
    'push-01',
    'push-1e3',
    'push-999999999',
    'push-4294967295',
    'push-99999999999999999999',
    'é-5',
    'order 7',
  ];
  const events: HistoryEvent[] = [
    ...phases.flatMap((phase) => operations.map((operation) => event({ phase, operation }))),
    ...messages.map((message) => event({ message })),
    event({ entryId: '1700000000000-3' }),
    event({ entryId: '' }),
    event({ entryId: 'no sequence' }),
    event({ key: 'customer 7' }),
    event({ key: '' }),
    event({ notBefore: 1234.567 }),
    event({ since: 11.25 }),
    event({ entryId: '1-0', key: 'k', notBefore: 0.5, attempt: 3, process: 9, actor: 'work/2', target: 'other' }),
  ];

  test.each(events)('$phase $operation $message', (one) => {
    const recorder = createRecorder();
    recorder.record(event({ entryId: 'x', key: 'y', notBefore: 1 }));
    recorder.record(one);
    expect(recorder.size).toBe(2);
    expect([...recorder.events()][1]).toEqual({ ...one, step: '' });
  });
});

test('keeps the order, beyond the first capacity', () => {
  const recorder = createRecorder();
  for (let n = 0; n < 5_000; n++) recorder.record(event({ message: `push-${n}`, time: n, entryId: `${n}-0` }));
  const seen = [...recorder.events()];
  expect(seen).toHaveLength(5_000);
  expect(
    seen.every(({ message, time, entryId }, n) => message === `push-${n}` && time === n && entryId === `${n}-0`),
  ).toBe(true);
});

test('names the step that recorded', () => {
  const recorder = createRecorder();
  const work = recorder.forStep('work');
  recorder.forStep('push').record(event());
  work.record(event({ operation: 'deliver' }));
  expect([...recorder.events()].map(({ step, operation }) => [step, operation])).toEqual([
    ['push', 'push'],
    ['work', 'deliver'],
  ]);
});

test('gives each process a number of its own, across steps', () => {
  const recorder = createRecorder();
  const numbers = [recorder.newProcess(), recorder.forStep('a').newProcess(), recorder.forStep('b').newProcess()];
  expect(new Set(numbers).size).toBe(3);
});

test('holds numbers, not objects: less than 100 bytes an event, outgrown columns included', () => {
  const recorder = createRecorder();
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 500_000; n++) recorder.record(event({ message: `push-${n}`, time: n }));
  expect((process.memoryUsage().arrayBuffers - before) / 500_000).toBeLessThan(100);
});
