import { expect, test } from 'vitest';
import { type Frame, Frames } from '../../../src/history/frames.js';
import type { SkimmedEvent } from '../../../src/history/reader.js';
import { Marks, type Occurrence } from '../../../src/history/timeline/marks.js';
import { Scale } from '../../../src/history/timeline/scale.js';

const frame: Frame = new Frames().of(
  { phase: 'ok', operation: 'crash', target: 'orders', process: 1, attempt: 1, actor: 'worker-2' },
  'work',
);

const seen = (time: number, change: Partial<Frame> = {}): SkimmedEvent => ({
  frame: { ...frame, ...change },
  message: 0,
  time,
  attempt: 1,
  notBefore: Number.NaN,
});

function marked(add: (marks: Marks) => void, endMs = 100) {
  const marks = new Marks(new Scale(0, endMs), (step) => `key of ${step}`);
  add(marks);
  return marks.marks();
}

const crash = { kind: 'crash', step: 'key of work' } as const;

test('what the history tells: crashes, faults that struck, and connections that broke', () => {
  const marks = marked((marks) => {
    marks.see(seen(10, { fault: 'crash' }));
    marks.see(seen(20, { operation: 'handlerFail', fault: 'fail' }));
    marks.see(seen(30, { operation: 'disconnect', actor: 'subscriber-1' }));
    marks.see(seen(40, { operation: 'complete' }));
    marks.see(seen(50, { operation: 'push', phase: 'invoke', fault: 'net.cut' }));
  });
  expect(marks).toEqual([
    { ...crash, atMs: 10, label: 'worker-2 crashed', count: 1 },
    { kind: 'fault', step: 'key of work', atMs: 20, label: 'fail', count: 1 },
    { kind: 'disconnect', step: 'key of work', atMs: 30, label: 'subscriber-1 disconnected' },
  ]);
});

test('those that are near each other are one, whoever they are of, and in whatever order they are told', () => {
  const marks = marked((marks) => {
    for (const [index, time] of [14, 10, 12, 90].entries()) marks.see(seen(time, { actor: `worker-${index}` }));
  });
  expect(marks).toEqual([
    { ...crash, atMs: 10, untilMs: 14, label: '3 crashes', count: 3 },
    { ...crash, atMs: 90, label: 'worker-3 crashed', count: 1 },
  ]);
});

test.each<[Omit<Occurrence, 'at'>, number, string]>([
  [{ kind: 'failed', name: 'assert' }, 1, 'assert'],
  [{ kind: 'failed', name: 'assert' }, 3, 'assert × 3'],
  [{ kind: 'fault', name: 'SIGKILL to worker' }, 2, 'SIGKILL to worker × 2'],
  [{ kind: 'lost', name: 'lost' }, 1, '1 lost'],
  [{ kind: 'lost', name: 'of 57 lost' }, 10, '10 of 57 lost'],
])('%j, %d times: %s', (occurrence, times, label) => {
  const [mark, ...others] = marked((marks) => {
    for (let time = 0; time < times; time++) marks.add({ ...occurrence, at: 5 });
  });
  expect([mark, others]).toEqual([{ kind: occurrence.kind, atMs: 5, label }, []]);
});

test('a fault that lasts is told with its end, and is one of its own', () => {
  const marks = marked((marks) => {
    marks.add({ kind: 'fault', name: 'server.pause', at: 20, until: 60, step: 'steps.1' });
    marks.add({ kind: 'fault', name: 'server.pause', at: 20, until: 30, step: 'steps.2' });
  });
  const common = { kind: 'fault', atMs: 20, label: 'server.pause' } as const;
  expect(marks).toEqual([
    { ...common, untilMs: 60, step: 'key of steps.1' },
    { ...common, untilMs: 30, step: 'key of steps.2' },
  ]);
});

test('there are at most a hundred, and none is left out of the count', () => {
  const marks = marked((marks) => {
    for (let n = 0; n < 3_000; n++) marks.see(seen(n * 20));
  }, 60_000);
  expect(marks.length).toBeLessThanOrEqual(100);
  expect(marks.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(3_000);
});
