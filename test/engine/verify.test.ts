import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Checker, CheckReport, CheckRequest } from '../../src/contracts/checker.js';
import type { HistoryEvent, HistoryOperation } from '../../src/contracts/history.js';
import { runChecks } from '../../src/engine/check.js';
import { verifyHistory } from '../../src/engine/verify.js';
import { type CaseRecorder, createRecorder } from '../../src/history/recorder.js';
import { saveHistory } from '../../src/history/save.js';
import { folderWith } from '../support/redrill.js';

/** Every message that was pushed to the queue was delivered; it names those that were not. */
const delivered: Checker = {
  name: 'delivered',
  summary: '',
  definition: '',
  start({ queue }, names) {
    const missing = new Set<number>();
    return {
      see: ({ operation, message, target }) => {
        if (operation === 'push' && target === queue) missing.add(message);
        if (operation === 'deliver') missing.delete(message);
      },
      report: (): CheckReport => ({
        verdict: missing.size > 0 ? 'failed' : names.messages === 0 ? 'unknown' : 'passed',
        reasons: missing.size > 0 ? [`${missing.size} of ${names.messages} were not delivered`] : [],
        counts: { missing: missing.size },
        examples: { missing: Array.from(missing, (message) => names.idOf(message)) },
      }),
    };
  },
};
const loadCheckers = async () => new Map([['delivered', delivered]]);
const REQUEST: CheckRequest = { checker: 'delivered', options: { queue: 'orders' } };
const COUNTED: CheckRequest = { checker: 'delivered', options: { queue: 'orders', judged: false } };

const event = (operation: HistoryOperation, message: string): HistoryEvent => ({
  phase: 'ok',
  operation,
  target: 'orders',
  message,
  time: 1,
  process: 1,
  attempt: 1,
  actor: 'a',
});

/** Does as a step would: asks, and keeps what was said. */
async function check(recorder: CaseRecorder, step: string, requests = [REQUEST], judged = true): Promise<void> {
  const view = recorder.view();
  const reports = await runChecks(view, requests, loadCheckers);
  recorder.checked(step, [{ step, events: view.size, judged, requests, reports }]);
}

/** Records, saves, and verifies what `change` makes of the file. */
async function verified(
  record: (recorder: CaseRecorder) => Promise<void> | void,
  change: (text: string) => string = (text) => text,
  asked: readonly CheckRequest[] = [],
) {
  using recorder = createRecorder();
  await record(recorder);
  const header = {
    type: 'history',
    format: 1,
    redrill: '1.2.3',
    case: 'a.yaml#a',
    file: 'a.yaml',
    seed: 7,
    target: 'url',
    startedAt: '2026-11-23T10:00:00.000Z',
  } as const;
  const file = await saveHistory(folderWith(), { header, recorder, verdict: 'passed', redact: (text) => text });
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  const result = await verifyHistory(file, asked, loadCheckers);
  expect(path.basename(result.file)).toMatch(/^a\.yaml-a-/);
  return result;
}

const pushAndDeliver = async (recorder: CaseRecorder) => {
  recorder.record(event('push', 'p-0'));
  recorder.record(event('push', 'p-1'));
  await check(recorder, 'early');
  recorder.record(event('deliver', 'p-1'));
  recorder.record(event('deliver', 'p-0'));
  await check(recorder, 'late');
};

describe('a saved history is judged as it was when it ran', () => {
  test('each check by the events before it', async () => {
    const { checks, verdict, events, caseVerdict, cutLine } = await verified(pushAndDeliver);
    expect({ verdict, events, caseVerdict, cutLine }).toEqual({
      verdict: 'failed',
      events: 4,
      caseVerdict: 'passed',
      cutLine: null,
    });
    expect(checks).toEqual([
      {
        step: 'early',
        judged: true,
        ...REQUEST,
        report: {
          verdict: 'failed',
          reasons: ['2 of 2 were not delivered'],
          counts: { missing: 2 },
          examples: { missing: ['p-0', 'p-1'] },
        },
      },
      {
        step: 'late',
        judged: true,
        ...REQUEST,
        report: { verdict: 'passed', reasons: [], counts: { missing: 0 }, examples: { missing: [] } },
      },
    ]);
  });

  test('what only counts, or was asked in `catch`, decides nothing', async () => {
    const only = await verified(async (recorder) => {
      recorder.record(event('push', 'p-0'));
      await check(recorder, 'counts', [COUNTED]);
      await check(recorder, 'catch', [REQUEST], false);
    });
    expect(only.checks.map(({ judged, report }) => [judged, report.verdict])).toEqual([
      [false, 'failed'],
      [false, 'failed'],
    ]);
    expect(only.verdict).toBe('unknown');
    const beside = await verified(async (recorder) => {
      recorder.record(event('push', 'p-0'));
      await check(recorder, 'counts', [COUNTED]);
      recorder.record(event('deliver', 'p-0'));
      await check(recorder, 'judges');
    });
    expect(beside.verdict).toBe('passed');
  });

  test('without a check it is unknown', async () => {
    expect(await verified((recorder) => recorder.record(event('push', 'p-0')))).toMatchObject({
      verdict: 'unknown',
      checks: [],
    });
  });

  test('a check that the run did not ask is asked of all of it', async () => {
    const { checks, verdict } = await verified(
      (recorder) => recorder.record(event('push', 'p-0')),
      (text) => text,
      [REQUEST],
    );
    expect([verdict, checks[0]!.step, checks[0]!.report.counts]).toEqual(['failed', null, { missing: 1 }]);
  });

  test('a checker that is not there is unknown', async () => {
    const { verdict, checks } = await verified(() => {}, undefined, [{ checker: 'gone', options: {} }]);
    expect(verdict).toBe('unknown');
    expect(checks[0]!.report.reasons).toEqual(['the checker gone could not run: there is no such checker']);
  });
});

describe('what was said when it ran is told where it differs', () => {
  test('an event that was altered', async () => {
    const { checks, verdict } = await verified(pushAndDeliver, (text) =>
      text.replace(/"deliver"(.*)p-1/, '"crash"$1p-1'),
    );
    expect(verdict).toBe('failed');
    expect(checks.map(({ saved }) => saved?.verdict)).toEqual([undefined, 'passed']);
  });

  test('a verdict that was altered', async () => {
    const { checks } = await verified(pushAndDeliver, (text) => text.replace('"failed"', '"passed"'));
    expect(checks.map(({ report, saved }) => [report.verdict, saved?.verdict])).toEqual([
      ['failed', 'passed'],
      ['passed', undefined],
    ]);
  });

  test('not other words', async () => {
    const { checks } = await verified(pushAndDeliver, (text) => text.replace('were not delivered', 'are missing'));
    expect(checks.map(({ saved }) => saved)).toEqual([undefined, undefined]);
  });
});

describe('a truncated history never passes', () => {
  const complete = async (recorder: CaseRecorder) => {
    recorder.record(event('push', 'p-0'));
    recorder.record(event('deliver', 'p-0'));
    await check(recorder, 'late');
  };
  const lines = (count: number) => (text: string) => text.split('\n').slice(0, count).join('\n');

  test('without its end: what was checked before holds, the whole does not', async () => {
    const { checks, ...rest } = await verified(complete, (text) => `${lines(4)(text)}\n`);
    expect(rest).toMatchObject({ verdict: 'unknown', caseVerdict: null, cutLine: null, events: 2 });
    expect(checks.map(({ report }) => report.verdict)).toEqual(['passed']);
  });

  test('with a line that is cut: it is told and left out', async () => {
    const { checks, ...rest } = await verified(complete, (text) => lines(4)(text).slice(0, -20));
    expect(rest).toMatchObject({ verdict: 'unknown', caseVerdict: null, cutLine: 4, events: 2 });
    expect(checks).toEqual([]);
  });

  test('what is asked now neither passes nor fails', async () => {
    const lost = await verified(complete, (text) => `${lines(2)(text)}\n`, [REQUEST]);
    const whole = await verified(complete, (text) => `${lines(3)(text)}\n`, [REQUEST]);
    expect([lost.verdict, whole.verdict]).toEqual(['unknown', 'unknown']);
    expect(lost.checks[0]!.report).toEqual({
      verdict: 'unknown',
      reasons: ['the history has no end, so that nothing follows from what is not in it', '1 of 1 were not delivered'],
      counts: { missing: 1 },
      examples: { missing: ['p-0'] },
    });
  });
});
