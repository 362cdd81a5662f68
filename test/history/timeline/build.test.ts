import { describe, expect, test } from 'vitest';
import type { CheckReport } from '../../../src/contracts/checker.js';
import type { HistoryEvent, HistoryOperation, HistoryPhase } from '../../../src/contracts/history.js';
import type { Timeline, TimelineSeries } from '../../../src/contracts/timeline.js';
import { createRecorder } from '../../../src/history/recorder.js';
import { buildTimeline, type CaseFacts } from '../../../src/history/timeline/build.js';

type Row = readonly [time: number, what: string, message: string, more?: Partial<HistoryEvent>];

/** `deliver` is `ok deliver`. Times count from the start of the case, 1,000 on the clock of the history. */
function timelineOf(
  rows: readonly Row[],
  facts: Partial<CaseFacts> = {},
  reports: readonly Partial<CheckReport>[] = [],
): Timeline | undefined {
  using recorder = createRecorder();
  const history = recorder.forStep('work');
  for (const [time, what, message, more] of rows) {
    const words = what.split(' ');
    const [phase, operation] = words.length === 2 ? words : ['ok', what];
    history.record({
      phase: phase as HistoryPhase, // of the tables below
      operation: operation as HistoryOperation,
      target: 'orders',
      message,
      time: 1_000 + time,
      process: 1,
      attempt: operation === 'deliver' ? 1 : 0,
      actor: 'worker-1',
      ...more,
    });
  }
  const none = { verdict: 'failed', reasons: [], counts: {}, examples: {} } as const;
  recorder.checked('steps.9', [
    {
      step: 'verify',
      events: rows.length,
      judged: true,
      requests: [],
      reports: reports.map((one) => ({ ...none, ...one })),
    },
  ]);
  return buildTimeline(recorder, {
    startMs: 1_000,
    endMs: 1_005,
    loads: [],
    occurrences: [],
    keyOf: (step) => `key of ${step}`,
    ...facts,
  });
}

const pushed = (message: string, at: number, more: Partial<HistoryEvent> = {}): Row[] => [
  [at, 'invoke push', message, more],
  [at, 'push', message, more],
];

const seriesOf = (timeline: Timeline | undefined, of = 'orders'): Record<string, TimelineSeries['values']> =>
  Object.fromEntries(
    (timeline?.series ?? []).filter((one) => one.of === of).map(({ measure, values }) => [measure, values]),
  );

test('of a case without messages and loads there is none', () => {
  expect(timelineOf([])).toBeUndefined();
});

describe('the series of a queue', () => {
  const lease = { notBefore: 2_000 };
  const tables: Record<string, [rows: Row[], series: Record<string, TimelineSeries['values']>]> = {
    'pushed, delivered and completed': [
      [...pushed('p-0', 0.5), ...pushed('p-1', 0.5), [2.5, 'deliver', 'p-0', lease], [3.5, 'complete', 'p-0']],
      {
        pushed: [2_000, 0, 0, 0, 0],
        delivered: [0, 0, 1_000, 0, 0],
        completed: [0, 0, 0, 1_000, 0],
        depth: [2, 2, 1, 1, 1],
        inFlight: [0, 0, 1, 0, 0],
        lag: [0.5, 1.5, 2.5, 3.5, 4.5],
        p50: [null, null, null, 3, null],
        p99: [null, null, null, 3, null],
      },
    ],
    'a failed message waits again, and is given up': [
      [
        ...pushed('p-0', 0),
        [1, 'deliver', 'p-0', lease],
        [1.5, 'handlerFail', 'p-0'],
        [2, 'retry', 'p-0', { notBefore: 1_003 }],
        [3.5, 'deliver', 'p-0', { ...lease, attempt: 2 }],
        [4, 'deadLetter', 'p-0', { to: 'dead' }],
      ],
      {
        pushed: [1_000, 0, 0, 0, 0],
        delivered: [0, 1_000, 0, 1_000, 0],
        deadLettered: [0, 0, 0, 0, 1_000],
        depth: [1, 0, 1, 0, 0],
        inFlight: [0, 1, 0, 1, 0],
        lag: [1, 1, null, 0.5, null],
        p50: [null, 1, null, 3.5, null],
        p99: [null, 1, null, 3.5, null],
      },
    ],
    'a crash leaves a leased message in flight until another worker has it': [
      [
        ...pushed('p-0', 0),
        [1, 'deliver', 'p-0', { notBefore: 1_003 }],
        [1, 'crash', 'p-0'],
        [3, 'deliver', 'p-0', { ...lease, attempt: 2 }],
        [4, 'complete', 'p-0'],
      ],
      {
        pushed: [1_000, 0, 0, 0, 0],
        delivered: [0, 1_000, 0, 1_000, 0],
        completed: [0, 0, 0, 0, 1_000],
        depth: [1, 0, 0, 0, 0],
        inFlight: [0, 1, 1, 1, 0],
        lag: [1, 1, null, 0, null],
        p50: [null, null, null, null, 4],
        p99: [null, null, null, null, 4],
      },
    ],
    'and one without a lease nowhere': [
      [...pushed('p-0', 0), [1, 'deliver', 'p-0'], [2, 'crash', 'p-0']],
      {
        pushed: [1_000, 0, 0, 0, 0],
        delivered: [0, 1_000, 0, 0, 0],
        depth: [1, 0, 0, 0, 0],
        inFlight: [0, 1, 0, 0, 0],
        lag: [1, 1, null, null, null],
        p50: [null, 1, null, null, null],
        p99: [null, 1, null, null, null],
      },
    ],
    'a subscriber takes nothing away, so that there is no depth': [
      [...pushed('p-0', 0), [1, 'deliver', 'p-0', { attempt: 0 }], [3, 'deliver', 'p-0', { attempt: 0 }]],
      {
        pushed: [1_000, 0, 0, 0, 0],
        delivered: [0, 1_000, 0, 1_000, 0],
        lag: [null, 1, null, 3, null],
        p50: [null, 1, null, 3, null],
        p99: [null, 1, null, 3, null],
      },
    ],
    'of a queue that another program works on, what a complete look found': [
      [
        ...pushed('p-0', 0),
        ...pushed('p-1', 0),
        [2, 'invoke look', ''],
        [2, 'queued', 'p-1'],
        [2, 'look', ''],
        [3, 'invoke look', ''],
        [3, 'queued', 'p-1'],
        [3, 'info look', ''],
      ],
      { pushed: [2_000, 0, 0, 0, 0], depth: [null, null, 1, null, null] },
    ],
    'what nothing is left of waits no longer, though nobody took it': [
      [...pushed('p-0', 0), ...pushed('p-1', 0), [1, 'deliver', 'p-0', lease], [2, 'invoke look', ''], [2, 'look', '']],
      {
        pushed: [2_000, 0, 0, 0, 0],
        delivered: [0, 1_000, 0, 0, 0],
        depth: [2, 1, 0, 0, 0],
        inFlight: [0, 1, 0, 0, 0],
        lag: [1, 1, null, null, null],
        p50: [null, 1, null, null, null],
        p99: [null, 1, null, null, null],
      },
    ],
    'what is not certain counts for nothing': [
      [
        [0, 'invoke push', 'p-0'],
        [0, 'info push', 'p-0'],
        [1, 'info deliver', ''],
        ...pushed('p-1', 1),
        [2, 'deliver', 'p-1', lease],
        [3, 'fail complete', 'p-1'],
      ],
      {
        pushed: [0, 1_000, 0, 0, 0],
        delivered: [0, 0, 1_000, 0, 0],
        depth: [0, 1, 0, 0, 0],
        inFlight: [0, 0, 1, 1, 1],
        lag: [null, 1, 1, null, null],
        p50: [null, null, 1, null, null],
        p99: [null, null, 1, null, null],
      },
    ],
    'a delivery that was told before its push leaves nothing behind': [
      [
        [0, 'invoke push', 'p-0'],
        [1, 'deliver', 'p-0', lease],
        [2, 'complete', 'p-0'],
        [3, 'push', 'p-0'],
      ],
      {
        pushed: [0, 0, 0, 1_000, 0],
        delivered: [0, 1_000, 0, 0, 0],
        completed: [0, 0, 1_000, 0, 0],
        depth: [0, 0, 0, 0, 0],
        inFlight: [0, 1, 0, 0, 0],
        lag: [null, 1, null, null, null],
        p50: [null, null, 2, null, null],
        p99: [null, null, 2, null, null],
      },
    ],
  };
  test.each(Object.entries(tables))('%s', (_, [rows, expected]) => {
    expect(seriesOf(timelineOf(rows))).toEqual(expected);
  });

  test('dead letters lie in their queue until they are redriven or purged', () => {
    const timeline = timelineOf([
      ...['p-0', 'p-1'].flatMap((id) => pushed(id, 0)),
      ...['p-0', 'p-1'].flatMap((id): Row[] => [
        [1, 'deliver', id, { notBefore: 2_000 }],
        [1, 'deadLetter', id, { to: 'dead' }],
      ]),
      [2, 'redrive', 'p-0'],
      [3, 'purge', 'p-1', { target: 'dead' }],
    ]);
    expect(seriesOf(timeline, 'dead')).toEqual({ depth: [0, 2, 1, 0, 0] });
    expect(seriesOf(timeline).depth).toEqual([2, 0, 1, 1, 1]);
  });

  test('a delayed message waits from when it is due', () => {
    const rows: Row[] = [...pushed('p-0', 0, { notBefore: 1_002 }), [3.5, 'deliver', 'p-0', { notBefore: 2_000 }]];
    const { depth, lag } = seriesOf(timelineOf(rows));
    expect([depth, lag]).toEqual([
      [1, 1, 1, 0, 0],
      [null, null, 1, 1.5, null],
    ]);
  });

  test('those beyond the first twenty have none, and their messages are told all the same', () => {
    const timeline = timelineOf(
      Array.from({ length: 30 }, (_, n) => pushed(`p-${n}`, 0, { target: `queue ${n}` })).flat(),
    );
    expect(new Set(timeline?.series.map(({ of }) => of)).size).toBe(20);
    expect(timeline?.messages.lives).toHaveLength(30);
  });
});

describe('buckets', () => {
  test.each([
    [0, 1, 1],
    [1, 1, 1],
    [300, 1, 300],
    [301, 2, 151],
    [1_000, 5, 200],
    [60_000, 200, 300],
    [3_600_000, 20_000, 180],
  ])('of a case of %d ms are %d ms wide, and there are %d', (durationMs, bucketMs, buckets) => {
    const timeline = timelineOf(pushed('p-0', 0), { endMs: 1_000 + durationMs })!;
    expect([timeline.bucketMs, timeline.buckets]).toEqual([bucketMs, buckets]);
    for (const { values } of timeline.series) expect(values).toHaveLength(buckets);
  });

  test('what is outside of the case belongs to the first and the last', () => {
    expect(seriesOf(timelineOf([...pushed('p-0', -5), ...pushed('p-1', 50)])).pushed).toEqual([1_000, 0, 0, 0, 1_000]);
  });
});

test('latencies of a queue are distributed over buckets that can be added up', () => {
  const rows = [1, 2, 2].flatMap((took, n): Row[] => [
    ...pushed(`p-${n}`, 0),
    [took, 'deliver', `p-${n}`, { notBefore: 2_000 }],
    [took, 'complete', `p-${n}`],
  ]);
  expect(timelineOf(rows)?.distributions).toEqual([
    {
      of: 'orders',
      count: 3,
      buckets: [
        [1.0078125, 1],
        [2.015625, 2],
      ],
    },
  ]);
});

describe('loads', () => {
  const latency = { p50: 1, p99: 4 };
  const load = {
    of: 'gets',
    startMs: 1_000,
    endMs: 2_500,
    buckets: [
      [1, 2],
      [4, 1],
    ] as [number, number][],
  };
  const second = { operations: 1_000, errors: 0, unknown: 0, latency };
  const seconds = [second, { operations: 100, errors: 10, unknown: 40, latency: { p50: 2, p99: 3 } }];

  test('spread a second over its buckets, the last one over what there was of it', () => {
    const { operations, errors, p50, p99 } = seriesOf(
      timelineOf([], { endMs: 101_000, loads: [{ ...load, seconds }] }),
      'gets',
    );
    const bucketMs = 500;
    expect(bucketMs * operations!.length).toBe(100_000);
    expect(operations!.slice(0, 4)).toEqual([1_000, 1_000, 200, null]);
    expect(errors!.slice(0, 4)).toEqual([0, 0, 100, null]);
    expect([p50!.slice(0, 4), p99!.slice(0, 4)]).toEqual([
      [1, 1, 2, null],
      [4, 4, 3, null],
    ]);
  });

  test('of several seconds in a bucket the slowest counts: percentiles have no mean', () => {
    const facts = { endMs: 601_000, loads: [{ ...load, seconds }] };
    const { operations, p50, p99 } = seriesOf(timelineOf([], facts), 'gets');
    expect([operations![0], p50![0], p99![0]]).toEqual([550, 2, 4]);
  });

  test('that run again under one name are one, with their distributions added up', () => {
    const again = { ...load, startMs: 3_000, endMs: 4_000, seconds: [second] };
    const timeline = timelineOf([], { endMs: 6_000, loads: [{ ...load, seconds }, again] });
    expect(timeline?.distributions).toEqual([
      {
        of: 'gets',
        count: 6,
        buckets: [
          [1, 4],
          [4, 2],
        ],
      },
    ]);
    expect(timeline?.series.map(({ measure }) => measure)).toEqual(['operations', 'errors', 'p50', 'p99']);
    expect(timeline?.messages).toEqual({ total: 0, lives: [] });
  });
});
