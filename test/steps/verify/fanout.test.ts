import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SubscriberRow } from '../../../src/checkers/fan-out-reasons.js';
import type { CaseReport } from '../../../src/reporters/json.schema.js';
import { folderWith, readReport, runRedrill } from '../../support/redrill.js';

const report = path.join(folderWith({}, afterAll), 'report.json');
let cases: readonly CaseReport[];

beforeAll(async () => {
  await runRedrill(['run', 'scenarios/pubsub-losses.yaml', '--report', `json=${report}`], {
    cwd: path.resolve(import.meta.dirname, '../../..'),
  });
  cases = readReport(report).files.flatMap((file) => file.cases);
}, 60_000);

/** What the first verify.fanout of this case that found a loss said of each subscriber. */
function lossesIn(name: RegExp): readonly SubscriberRow[] {
  const found = cases.find((one) => name.test(one.name));
  expect(found?.verdict, JSON.stringify(found?.failure)).toBe('passed');
  const results = found!.steps.flatMap(({ action, result }) => (action === 'verify.fanout' ? [result] : []));
  return (results as { lost: number; perSubscriber: SubscriberRow[] }[]).find(({ lost }) => lost > 0)!.perSubscriber; // as the action's schema says
}

const numberOf = (id: string | null | undefined) => Number(/-(\d+)$/.exec(id ?? '')?.[1]);

describe('the shipped scenario of losses', () => {
  test('a subscriber that came late', () => {
    expect(lossesIn(/late/)).toMatchObject([
      {
        subscriber: 'late/subscriber-1',
        owed: 20,
        received: 10,
        gaps: [{ subscription: 'n*', cause: 'late', count: 10 }],
      },
    ]);
  });

  test('a paused subscriber that the server dropped: all that follows what was under way', () => {
    const [row] = lossesIn(/too slow/);
    const [gap] = row!.gaps;
    expect(row).toMatchObject({ subscriber: 'slow/subscriber-1', disconnects: 1, caughtUp: true, undecided: 0 });
    expect(gap).toMatchObject({ cause: 'disconnect', count: row!.lost, last: 'flood/publisher-1-899', before: null });
    expect(numberOf(gap?.after)).toBe(row!.received - 1);
    expect(numberOf(gap?.first)).toBe(row!.received);
  });

  test('subscribers whose connection was killed: what lies between two that they received', () => {
    const rows = lossesIn(/broken/);
    expect(rows).toHaveLength(2);
    for (const { lost, owed, received, gaps } of rows) {
      expect([gaps.length, received + lost]).toEqual([1, owed]);
      const [gap] = gaps;
      expect(gap).toMatchObject({
        publisher: 'publish/publisher-1',
        channel: 'news',
        cause: 'disconnect',
        count: lost,
      });
      expect(numberOf(gap?.before) - numberOf(gap?.after)).toBe(lost + 1);
    }
  });
});
