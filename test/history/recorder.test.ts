import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { CheckedEvent } from '../../src/contracts/checker.js';
import type { HistoryEvent } from '../../src/contracts/history.js';
import { OPERATIONS, PHASES } from '../../src/history/frames.js';
import type { SkimmedEvent } from '../../src/history/reader.js';
import { type CaseRecorder, createRecorder } from '../../src/history/recorder.js';

const chosenOf = (recorder: CaseRecorder, isChosen: (message: number) => boolean = () => false): Uint8Array =>
  Uint8Array.from({ length: recorder.view().messages }, (_, message) => Number(isChosen(message)));

/** All that it shows, each event by itself, and what it tells in whole. */
function shown(recorder: CaseRecorder, isChosen?: (message: number) => boolean) {
  const seen: SkimmedEvent[] = [];
  const taken: CheckedEvent[] = [];
  const runs: number[] = [];
  recorder.show({
    see(event, count) {
      runs.push(count);
      for (let more = 0; more < count; more++) seen.push({ ...event, message: event.message + more });
    },
    chosen: chosenOf(recorder, isChosen),
    take: (event) => void taken.push(event),
  });
  return { seen, taken, runs };
}

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
    ...PHASES.flatMap((phase) => OPERATIONS.map((operation) => event({ phase, operation }))),
    ...messages.map((message) => event({ message })),
    event({ time: 0.1 + 0.2, process: 2 ** 31, attempt: 70_000 }),
    event({ entryId: '1700000000000-3' }),
    event({ entryId: '' }),
    event({ key: 'customer 7' }),
    event({ key: 'ключ \ud800' }),
    event({ notBefore: 0 }),
    event({ notBefore: 1234.567 }),
    event({ since: 0 }),
    event({ hash: 0 }),
    event({ hash: 2 ** 32 - 1 }),
    event({ connection: 0 }),
    event({ namedBy: 'identity' }),
    event({ namedBy: 'content' }),
    event({ pattern: true }),
    event({ pattern: false }),
    event({ shard: true }),
    event({ body: '' }),
    event({ body: '{"name":"Ada"}'.repeat(70) }),
    event({ body: 'é'.repeat(512) }),
    event({ body: 'larger than a chunk '.repeat(100_000) }),
    event({ to: 'orders-dlq', fault: 'crash', entryId: '1-0', key: 'k', notBefore: 0.5, since: 0.25, connection: 9 }),
  ];

  test.each(events)('$phase $operation $message', (one) => {
    using recorder = createRecorder();
    const other = event({
      message: 'other-1',
      entryId: 'x',
      key: 'y',
      notBefore: 1,
      hash: 7,
      body: 'z',
      pattern: true,
    });
    for (const given of [other, one, other]) recorder.record(given);
    expect(recorder.size).toBe(3);
    expect([...recorder.events()][1]).toStrictEqual({ ...one, step: '' });
    const skimmed = shown(recorder).seen;
    const { phase, operation, target, time, attempt, actor, notBefore = Number.NaN, to, fault } = one;
    const message = recorder.find(one.message);
    expect(skimmed[1]).toMatchObject({
      frame: { phase, operation, target, actor, step: '', to, fault },
      ...{ message, time, attempt, notBefore },
    });
    expect([skimmed.length, skimmed[2]?.message]).toEqual([3, recorder.find('other-1')]);
    const told = message < 0 ? [] : [{ ...one, message, step: '' }];
    expect(shown(recorder, (seen) => seen === message).taken).toStrictEqual(told);
  });
});

/** What cannot be: a history of several chunks in memory, or in the file. */
const STORES = [
  { where: 'in memory', memoryBytes: 2 ** 30 },
  { where: 'in the temporary file', memoryBytes: 0 },
];

describe.each(STORES)('many events $where', ({ memoryBytes }) => {
  const COUNT = 60_000;
  const made = (n: number) =>
    event({ message: `push-${n % 1_000}`, time: n, entryId: `${n}-0`, hash: n, body: `body of ${n}` });
  const fill = (recorder: ReturnType<typeof createRecorder>, from: number, until: number) => {
    for (let n = from; n < until; n++) recorder.record(made(n));
  };

  test('come back in order, as often as they are read', () => {
    using recorder = createRecorder({ memoryBytes });
    fill(recorder, 0, COUNT);
    for (const _ of ['once', 'again']) {
      let n = 0;
      for (const seen of recorder.events()) {
        if (n % 1_000 === 0) expect(seen).toStrictEqual({ ...made(n), step: '' });
        else expect(seen.time).toBe(n);
        n++;
      }
      expect(n).toBe(COUNT);
    }
  });

  test('a view stays what it was while recording goes on', () => {
    using recorder = createRecorder({ memoryBytes });
    fill(recorder, 0, 5_000);
    const view = recorder.view();
    recorder.record(event({ message: 'late-1' }));
    let read = 0;
    for (const seen of view.events()) {
      expect(seen.time).toBe(read++);
      // Chunks fill, and go to the file, under the hands of the reader.
      if (read % 100 === 0) fill(recorder, 0, 1_000);
    }
    expect([view.size, read, view.messages, [...view.events()].length]).toEqual([5_000, 5_000, 1_000, 5_000]);
  });

  test('gives the last ones without reading the rest', () => {
    using recorder = createRecorder({ memoryBytes });
    fill(recorder, 0, COUNT);
    const times = (count: number, until?: number) => recorder.last(count, until).map(({ time }) => time);
    expect(times(3)).toEqual([COUNT - 3, COUNT - 2, COUNT - 1]);
    expect(times(2, 30_000)).toEqual([29_998, 29_999]);
    expect(times(5, 2)).toEqual([0, 1]);
    expect(times(0)).toEqual([]);
  });

  test('leaves no file with a name, and nothing after it was disposed', () => {
    const files = () => readdirSync(tmpdir()).filter((name) => name.startsWith('redrill-history-'));
    const recorder = createRecorder({ memoryBytes });
    fill(recorder, 0, COUNT);
    const view = recorder.view();
    expect(files()).toEqual([]);
    recorder[Symbol.dispose]();
    recorder.record(event());
    expect([recorder.size, [...view.events()]]).toEqual([0, []]);
  });
});

test('checkers see dense numbers, and -1 for no message', () => {
  using recorder = createRecorder();
  for (const message of ['a-5', 'b-5', '', 'order 7', 'a-5', 'a-4']) recorder.record(event({ message }));
  const view = recorder.view();
  expect(Array.from(view.events(), ({ message }) => message)).toEqual([0, 1, -1, 2, 0, 3]);
  expect([-1, 0, 1, 2, 3, 4].map((message) => view.idOf(message))).toEqual(['', 'a-5', 'b-5', 'order 7', 'a-4', '']);
});

test('names the step that recorded', () => {
  using recorder = createRecorder();
  const work = recorder.forStep('work');
  recorder.forStep('push').record(event());
  work.record(event({ operation: 'deliver' }));
  expect(Array.from(recorder.events(), ({ step, operation }) => [step, operation])).toEqual([
    ['push', 'push'],
    ['work', 'deliver'],
  ]);
});

test('a series of events is what they are one by one', () => {
  using recorder = createRecorder();
  const { message: _, time: __, ...delivery } = event({ operation: 'deliver', to: 'o*', connection: 300, shard: true });
  const work = recorder.forStep('work');
  work.record(event({ message: 'push-7' }));
  const [series, other] = [work.series(delivery, 'push'), recorder.series(delivery, 'é-1')];
  const recorded = [7, 8, 9, 1_000_000_000, 2 ** 40, 8];
  for (const sequence of recorded) series.record(sequence, sequence + 0.5);
  other.record(0, 1);
  const events = recorded.map((sequence) => ({
    ...delivery,
    message: `push-${sequence}`,
    time: sequence + 0.5,
    step: 'work',
  }));
  expect(Array.from(recorder.events()).slice(1)).toEqual([
    ...events,
    { ...delivery, message: 'é-1-0', time: 1, step: '' },
  ]);
  expect(recorder.view().messages).toBe(6);
});

describe.each(STORES)('events of messages that follow each other $where', ({ memoryBytes }) => {
  const { message: _, time: __, ...delivery } = event({ operation: 'deliver', to: 'o*', connection: 300 });
  /** Two series that take turns, whose messages, times and other events come between. */
  function fill(recorder: ReturnType<typeof createRecorder>): HistoryEvent[] {
    const [first, second] = [delivery, { ...delivery, actor: 'other' }];
    const series = [recorder.series(first, 'push'), recorder.series(second, 'push')] as const;
    const recorded: HistoryEvent[] = [];
    const one = (which: 0 | 1, sequence: number, time: number) => {
      series[which].record(sequence, time);
      recorded.push({ ...(which === 0 ? first : second), message: `push-${sequence}`, time });
    };
    const other = (more: HistoryEvent) => {
      recorder.record(more);
      recorded.push(more);
    };
    for (const sequence of [0, 1, 2, 4, 5, 5, 3, 6, 7]) one(0, sequence, 1.5);
    for (const sequence of [0, 1, 2]) one(1, sequence, 1.5);
    one(0, 8, 1.5);
    one(1, 3, 1.5);
    for (const sequence of [4, 5]) one(1, sequence, sequence);
    other(event({ message: 'push-6', time: 5 }));
    for (const sequence of [6, 7, 8]) one(1, sequence, 5);
    other(event({ message: '' }));
    for (let n = 0; n < 70_000; n++) one(n % 1_000 < 500 ? 0 : 1, n, 9);
    return recorded;
  }

  test('come back as they were, in whole and by their messages', () => {
    using recorder = createRecorder({ memoryBytes });
    const recorded = fill(recorder).map((one) => ({ ...one, step: '' }));
    const messages = recorded.map(({ message }) => recorder.find(message));
    expect([...recorder.events()]).toStrictEqual(recorded);
    const isChosen = (message: number) => message % 7 === 3;
    const { seen, taken } = shown(recorder, isChosen);
    expect(seen.map(({ message, time }) => [message, time])).toEqual(
      recorded.map(({ time }, index) => [messages[index], time]),
    );
    expect(taken).toStrictEqual(
      recorded
        .map((one, index) => ({ ...one, message: messages[index] }))
        .filter(({ message }) => isChosen(message ?? -1)),
    );
    for (const until of [3, 5, 20, recorded.length]) {
      expect(recorder.last(4, until)).toStrictEqual(recorded.slice(Math.max(0, until - 4), until));
    }
  });

  test('are read by several at once', () => {
    using recorder = createRecorder({ memoryBytes });
    const recorded = fill(recorder).length;
    const [ahead, behind] = [recorder.view().events(), recorder.view().events()].map((all) => all[Symbol.iterator]());
    for (let n = 0; n < 5; n++) ahead!.next();
    for (let n = 5; n < recorded; n++) expect(behind!.next().value.message).toBeTypeOf('number');
    expect(ahead!.next().value.message).toBe(recorder.find('push-5'));
  });

  test('begin anew in each chunk', () => {
    using recorder = createRecorder({ memoryBytes });
    const series = recorder.series(delivery, 'push');
    const count = 2 ** 20 + 10;
    for (let sequence = 0; sequence < count; sequence++) series.record(sequence, 1);
    const runs: [first: number, count: number][] = [];
    const see = ({ message }: SkimmedEvent, many: number) => void runs.push([message, many]);
    recorder.show({ see, chosen: chosenOf(recorder), take: () => {} });
    expect(runs.length).toBeGreaterThan(1);
    expect(runs.map(([first]) => first)).toEqual(
      runs.map((_, index) => runs.slice(0, index).reduce((sum, [, many]) => sum + many, 0)),
    );
    expect(runs.reduce((sum, [, many]) => sum + many, 0)).toBe(count);
    expect(recorder.last(12).map(({ message }) => message)).toEqual(
      Array.from({ length: 12 }, (_, index) => `push-${count - 12 + index}`),
    );
  });
});

test('a series holds bodies as single events do', () => {
  using recorder = createRecorder();
  const { message: _, time: __, ...push } = event({ phase: 'invoke', connection: 3, to: 'o*', shard: true });
  const series = recorder.series(push, 'push');
  const bytes = Buffer.from('abc größer');
  const body = { bytes, length: 3, isAscii: true, hash: 2 ** 32 - 1, isKept: true, revision: 1 };
  series.record(0, 1, body);
  series.record(1, 1, { ...body, length: bytes.length, isAscii: false, hash: 0 });
  series.record(2, 1, { ...body, isKept: false });
  series.record(3, 1);
  const recorded = { ...push, time: 1, step: '' };
  expect([...recorder.events()]).toEqual([
    { ...recorded, message: 'push-0', hash: 2 ** 32 - 1, body: 'abc' },
    { ...recorded, message: 'push-1', hash: 0, body: 'abc größer' },
    { ...recorded, message: 'push-2', hash: 2 ** 32 - 1 },
    { ...recorded, message: 'push-3' },
  ]);
});

test('a series of messages that are sent together tells the body of each', () => {
  using recorder = createRecorder();
  const { message: _, time: __, ...push } = event({ phase: 'invoke' });
  const series = recorder.series(push, 'push');
  const bodies = ['a', 'größer', 'a', 'a', 'x'.repeat(300), ''];
  const long = { bytes: Buffer.alloc(2_000, 'y'), length: 2_000, isAscii: true, isKept: false };
  for (const [n, text] of bodies.entries()) {
    const bytes = Buffer.from(text);
    const isAscii = bytes.length === text.length;
    series.record(n, 1, { bytes, length: bytes.length, isAscii, hash: n, isKept: true, revision: n });
  }
  for (const n of [6, 7, 8]) series.record(n, 1, { ...long, hash: n, revision: n });
  const whole = (n: number) => ({ ...push, message: n, time: 1, step: '', hash: n, ...(n < 6 && { body: bodies[n] }) });
  expect([...recorder.view().events()]).toEqual(Array.from({ length: 9 }, (_, n) => whole(n)));
  const { runs, taken } = shown(recorder, (message) => message % 3 === 2);
  expect(runs).toEqual([6, 3]);
  expect(taken).toEqual([whole(2), whole(5), whole(8)]);
});

test('a series holds a body that stays the same once, and tells it of each message', () => {
  using recorder = createRecorder({ memoryBytes: Number.POSITIVE_INFINITY });
  const { message: _, time: __, ...push } = event({ phase: 'invoke' });
  const series = recorder.series(push, 'push');
  const bytes = Buffer.alloc(1_000, 'a');
  const body = { bytes, length: bytes.length, isAscii: true, hash: 1, isKept: true, revision: 1 };
  const before = process.memoryUsage().arrayBuffers;
  const count = 100_000;
  for (let sequence = 0; sequence < count; sequence++) series.record(sequence, 1, body);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * count);
  bytes.write('b');
  series.record(count, 1, Object.assign(body, { hash: 2, revision: 2 }));
  series.record(count + 1, 2, body);
  series.record(count + 2, 2, { ...body, hash: 3 });
  const told = recorder.last(5).map(({ message, time, hash, body }) => [message, time, hash, body?.slice(0, 2)]);
  expect(told).toEqual([
    [`push-${count - 2}`, 1, 1, 'aa'],
    [`push-${count - 1}`, 1, 1, 'aa'],
    [`push-${count}`, 1, 2, 'ba'],
    [`push-${count + 1}`, 2, 2, 'ba'],
    [`push-${count + 2}`, 2, 3, 'ba'],
  ]);
  expect([...recorder.view().events()].filter(({ hash }) => hash === 1)).toHaveLength(count);
});

test('gives each process a number of its own, across steps', () => {
  using recorder = createRecorder();
  const numbers = [recorder.newProcess(), recorder.forStep('a').newProcess(), recorder.forStep('b').newProcess()];
  expect(new Set(numbers).size).toBe(3);
});

test('keeps the checks of the last run of each step, by their place', () => {
  using recorder = createRecorder();
  const check = (step: string, events: number) => ({ step, events, judged: true, requests: [], reports: [] });
  recorder.checked('steps.1', [check('first', 10)]);
  recorder.checked('steps.2', [check('second', 20)]);
  recorder.checked('steps.1', [check('first', 30), check('first', 40)]);
  expect(recorder.checks().map(({ step, events }) => [step, events])).toEqual([
    ['second', 20],
    ['first', 30],
    ['first', 40],
  ]);
});

test('holds bytes, not objects: less than 40 an event', () => {
  using recorder = createRecorder();
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 500_000; n++) recorder.record(event({ message: `push-${n}`, time: n }));
  expect((process.memoryUsage().arrayBuffers - before) / 500_000).toBeLessThan(40);
});

test('holds at most 24 bytes of each of a series', () => {
  using recorder = createRecorder({ memoryBytes: Number.POSITIVE_INFINITY });
  const { message: _, time: __, ...delivery } = event({ operation: 'deliver', connection: 1_000, process: 1_000 });
  const all = Array.from({ length: 100 }, (_, n) => recorder.series({ ...delivery, actor: `subscriber-${n}` }, 'push'));
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 10_000; n++) for (const series of all) series.record(n, n);
  expect((process.memoryUsage().arrayBuffers - before) / 1e6).toBeLessThan(24);
});

test('holds little more than a byte of each of what arrives together', () => {
  using recorder = createRecorder({ memoryBytes: Number.POSITIVE_INFINITY });
  const { message: _, time: __, ...delivery } = event({ operation: 'deliver' });
  const series = recorder.series(delivery, 'push');
  series.record(0, 0);
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 1; n < 3_000_000; n++) series.record(n % 100_000, Math.floor(n / 100));
  expect((process.memoryUsage().arrayBuffers - before) / 3e6).toBeLessThan(2);
});
