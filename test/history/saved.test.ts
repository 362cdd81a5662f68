import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from '../../src/contracts/history.js';
import { loadHistory } from '../../src/history/load.js';
import { type CaseRecorder, createRecorder } from '../../src/history/recorder.js';
import { type EndedCase, fileNameOf, saveHistory } from '../../src/history/save.js';
import { createRedactor } from '../../src/redis/redact.js';
import { folderWith } from '../support/redrill.js';

const HEADER = {
  type: 'history',
  format: 1,
  redrill: '1.2.3',
  case: 'orders.yaml#Nothing is lost[workers=4]',
  file: 'orders.yaml',
  seed: 7,
  target: 'managed',
  startedAt: '2026-11-23T10:00:00.000Z',
} as const;
const FILE = 'orders.yaml-Nothing-is-lost-workers-4-b13f2411.ndjson';

const PUSH: HistoryEvent = {
  phase: 'ok',
  operation: 'push',
  target: 'orders',
  message: 'push-0',
  time: 12.5,
  process: 1,
  attempt: 0,
  actor: 'push',
};

const ended = (recorder: CaseRecorder, change: Partial<EndedCase> = {}): EndedCase => ({
  header: HEADER,
  recorder,
  verdict: 'passed',
  redact: (text) => text,
  ...change,
});

const linesIn = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a saved history', () => {
  test('is a header, events with the checks at their places, and an end', async () => {
    using recorder = createRecorder();
    const work = recorder.forStep('work');
    recorder.forStep('push').record({ ...PUSH, hash: 0, body: '{"order":1}', pattern: false, notBefore: 0 });
    const requests = [{ checker: 'total', options: { queue: 'orders' } }];
    const report = {
      verdict: 'failed',
      reasons: ['1 is lost'],
      counts: { lost: 1 },
      examples: { lost: ['push-0'] },
    } as const;
    recorder.checked('steps.1', [{ step: 'check', events: 1, judged: true, requests, reports: [report] }]);
    work.record({ ...PUSH, operation: 'deliver', phase: 'info', message: '', since: 11 });
    const folder = path.join(folderWith(), 'made', 'on the way');
    const file = await saveHistory(folder, ended(recorder));
    expect(file).toBe(path.join(folder, FILE));
    const lines = linesIn(file);
    expect(lines).toEqual([
      HEADER,
      { type: 'event', ...PUSH, step: 'push', hash: 0, body: '{"order":1}', pattern: false, notBefore: 0 },
      { type: 'check', step: 'check', events: 1, judged: true, requests, reports: [report] },
      { type: 'event', ...PUSH, operation: 'deliver', phase: 'info', message: '', since: 11, step: 'work' },
      { type: 'end', events: 2, verdict: 'passed' },
    ]);
    expect([...loadHistory(file)]).toEqual(lines);
  });

  test('of many events is read as it was written', async () => {
    using recorder = createRecorder({ memoryBytes: 0 });
    const step = recorder.forStep('ключ');
    for (let n = 0; n < 40_000; n++) step.record({ ...PUSH, message: `é-${n}`, time: n / 3, body: `тело ${n}` });
    const file = await saveHistory(folderWith(), ended(recorder));
    const events = [...loadHistory(file)].slice(1, -1);
    expect(events).toHaveLength(40_000);
    let differing = 0;
    let at = 0;
    for (const event of recorder.events()) {
      if (JSON.stringify({ type: 'event', ...event }) !== JSON.stringify(events[at++])) differing++;
    }
    expect(differing).toBe(0);
  });

  test('replaces an earlier one whole, and leaves nothing else', async () => {
    const folder = folderWith({ [FILE]: 'an earlier one' });
    using recorder = createRecorder();
    await saveHistory(folder, ended(recorder));
    expect(readdirSync(folder)).toEqual([FILE]);
    expect(linesIn(path.join(folder, FILE))).toHaveLength(2);
  });

  test('that cannot be written leaves what was there', async () => {
    const folder = folderWith();
    mkdirSync(path.join(folder, FILE));
    using recorder = createRecorder();
    await expect(saveHistory(folder, ended(recorder))).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder)).toEqual([FILE]);
  });

  test('has no secrets, and what differed by them differs still', async () => {
    using recorder = createRecorder();
    const { text: redact } = createRedactor(['hunter2', 'swordfish', 'passed']);
    const event = { ...PUSH, key: 'hunter2', entryId: 'x', to: 'swordfish', fault: 'hunter2', body: 'a hunter2 b' };
    recorder.record({ ...event, message: 'hunter2-1', target: 'queue swordfish' });
    recorder.record({ ...event, message: 'swordfish-1', actor: 'hunter2' });
    const options = { queue: 'queue swordfish', messages: ['hunter2-1'] };
    const report = {
      verdict: 'passed',
      reasons: ['of hunter2'],
      counts: {},
      examples: { lost: ['swordfish-1'] },
    } as const;
    const requests = [{ checker: 'total', options }];
    recorder.checked('k', [{ step: 'hunter2', events: 2, judged: true, requests, reports: [report] }]);
    const file = await saveHistory(
      folderWith(),
      ended(recorder, { redact, header: { ...HEADER, file: 'hunter2.yaml', case: 'of hunter2' } }),
    );
    expect(path.basename(file)).toMatch(/^of-[\da-f]{8}\.ndjson$/);
    expect(readFileSync(file, 'utf8')).not.toMatch(/hunter2|swordfish/);
    expect([...loadHistory(file)]).toMatchObject([
      { file: '***.yaml' },
      {
        message: '***-1#2',
        target: 'queue ***#1',
        key: '***#4',
        to: '***#3',
        fault: '***#4',
        body: 'a *** b',
        entryId: 'x',
      },
      { message: '***-1#5', target: 'orders', actor: '***#4' },
      {
        step: '***#4',
        requests: [{ checker: 'total', options: { queue: 'queue ***#1', messages: ['***-1#2'] } }],
        reports: [{ verdict: 'passed', reasons: ['of ***'], examples: { lost: ['***-1#5'] } }],
      },
      { type: 'end', verdict: 'passed' },
    ]);
  });
});

test.each<[id: string, name: RegExp]>([
  ['orders.yaml#Nothing is lost[workers=4]', /^orders\.yaml-Nothing-is-lost-workers-4-[\da-f]{8}\.ndjson$/],
  ['../../etc/passwd', /^etc-passwd-[\da-f]{8}\.ndjson$/],
  ['заказы', /^case-[\da-f]{8}\.ndjson$/],
  [`${'deep/'.repeat(100)}a.yaml#x`, /^(?:deep-){14}a\.yaml-x-[\da-f]{8}\.ndjson$/],
])('the file of %s has a safe name', (id, name) => {
  expect(fileNameOf(id)).toMatch(name);
});

test('cases whose names differ in signs alone have files of their own', () => {
  expect(new Set(['a#b', 'a-b', 'a/b', 'A#b'].map((id) => fileNameOf(id).toLowerCase())).size).toBe(4);
});

describe('what is no saved history', () => {
  const header = JSON.stringify(HEADER);
  const event = (change: object = {}) => JSON.stringify({ type: 'event', ...PUSH, step: 'push', ...change });
  const check = (change: object = {}) =>
    JSON.stringify({ type: 'check', step: 'a', events: 1, judged: true, requests: [], reports: [], ...change });
  const end = (events: number) => JSON.stringify({ type: 'end', events, verdict: 'passed' });
  const NOT_SAVED = 'give a file that `redrill run --history FOLDER` wrote';
  const ALTERED = 'the file was altered, or a newer redrill wrote it: save the history again';
  const request = { checker: 'order', options: {} };

  const problem = (text: string): string => {
    const file = path.join(folderWith({ history: text }), 'history');
    try {
      return `read ${[...loadHistory(file)].length} lines`;
    } catch (error) {
      const { message, details } = error as { message: string; details: { next: string } }; // a ScenarioError
      return `${message.replace(file, 'FILE')} | ${details.next}`;
    }
  };

  test.each<[what: string, lines: readonly string[], said: string]>([
    ['nothing', [], `FILE is empty | ${NOT_SAVED}`],
    ['a scenario', ['name: a', 'steps: []'], `FILE:1 is no saved history | ${NOT_SAVED}`],
    ['a report', ['{"type":"run.started"}'], `FILE:1 is no saved history | ${NOT_SAVED}`],
    [
      'a later format',
      ['{"type":"history","format":2}'],
      `FILE:1 has format 2, and this program reads 1 | ${NOT_SAVED}`,
    ],
    ['no JSON', [header, 'event', end(0)], `FILE:2 is not a JSON object | ${ALTERED}`],
    ['an empty line', [header, '', end(0)], `FILE:2 is not a JSON object | ${ALTERED}`],
    [
      'another header',
      [header, header],
      `FILE:2 is no line of a history: type is "history", expected event, check or end | ${ALTERED}`,
    ],
    [
      'no type',
      [header, '{}'],
      `FILE:2 is no line of a history: type is missing, expected event, check or end | ${ALTERED}`,
    ],
    [
      'a phase',
      [header, event({ phase: 'okay' })],
      `FILE:2 has phase "okay", expected one of invoke, ok, fail, info | ${ALTERED}`,
    ],
    ['no message', [header, event({ message: undefined })], `FILE:2 has message missing, expected a text | ${ALTERED}`],
    ['a time', [header, event({ time: null })], `FILE:2 has time null, expected a number | ${ALTERED}`],
    ['an attempt', [header, event({ attempt: -1 })], `FILE:2 has attempt -1, expected a whole number | ${ALTERED}`],
    ['a pattern', [header, event({ pattern: 1 })], `FILE:2 has pattern 1, expected true or false | ${ALTERED}`],
    [
      'a missing event',
      [header, event(), end(2)],
      `FILE:3 comes after 2 events, and the file has 1 before it | ${ALTERED}`,
    ],
    ['a check elsewhere', [header, check()], `FILE:2 comes after 1 events, and the file has 0 before it | ${ALTERED}`],
    [
      'a request',
      [header, event(), check({ requests: [7], reports: [7] })],
      `FILE:3 holds 7, expected an object | ${ALTERED}`,
    ],
    [
      'a report',
      [header, event(), check({ requests: [request], reports: [{}] })],
      `FILE:3 has verdict missing, expected one of passed, failed, unknown | ${ALTERED}`,
    ],
    [
      'no report',
      [header, event(), check({ requests: [request] })],
      `FILE:3 has 1 requests, and 0 reports | ${ALTERED}`,
    ],
    ['more after the end', [header, end(0), event()], `FILE:3 stands after the end of the history | ${ALTERED}`],
  ])('%s', (_, lines, said) => {
    expect(problem(lines.map((line) => `${line}\n`).join(''))).toBe(said);
  });

  test('a file that there is not', () => {
    expect(() => [...loadHistory('/nowhere/a')]).toThrow(
      "the history /nowhere/a cannot be read: ENOENT: no such file or directory, open '/nowhere/a'",
    );
  });

  test.each<[what: string, text: string, last: object]>([
    ['between lines', `${header}\n${event()}\n`, { type: 'event' }],
    ['within a line', `${header}\n${event()}\n${event().slice(0, 50)}`, { type: 'cut', line: 3 }],
    ['within the end', `${header}\n${event()}\n${end(1).slice(0, -1)}`, { type: 'cut', line: 3 }],
    ['within a character', `${header}\n{"type":"event","body":"\ud83d`, { type: 'cut', line: 2 }],
    ['before the last line break', `${header}\n${end(0)}`, { type: 'end' }],
  ])('one that was cut off %s is read as far as it goes', (_, text, last) => {
    const file = path.join(folderWith(), 'history');
    writeFileSync(file, text);
    expect([...loadHistory(file)].at(-1)).toMatchObject(last);
  });
});
