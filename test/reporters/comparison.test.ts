import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/contracts/event.js';
import type { Verdict } from '../../src/contracts/result.js';
import { ComparisonCollector } from '../../src/reporters/comparison.js';
import { createPaint } from '../../src/reporters/paint.js';
import { renderComparison } from '../../src/reporters/pretty/comparison.js';
import { savedEvents } from './replay.js';

function compare(events: Iterable<RunEvent>, columns?: number): string[] | undefined {
  const collector = new ComparisonCollector();
  for (const event of events) collector.add(event);
  const comparison = collector.comparison();
  return comparison && renderComparison(comparison, { paint: createPaint(false), columns });
}

function* caseOn(target: string, name: string, verdict: Verdict, line = 1): Generator<RunEvent> {
  const common = {
    time: 0,
    case: { id: `a.yaml#${name}@${target}`, name, file: 'a.yaml', target },
    location: { file: 'a.yaml', line, column: 7, endLine: line, endColumn: 8 },
    tags: [],
  };
  yield { type: 'case.started', ...common, matrix: {}, seed: 1, namespace: '' };
  yield { type: 'case.finished', ...common, verdict, durationMs: 1, judgements: 1 };
}

test('a run on one target compares nothing', () => {
  expect(compare(savedEvents('matrix'))).toBeUndefined();
});

describe('where the terminal is narrow', () => {
  test('names are wrapped, and targets that have no room stand below', () => {
    expect(compare(savedEvents('targets'), 60)?.join('\n')).toMatchInlineSnapshot(`
      "
                                    redis-7       redis-8-shards
                                    redis 7.0.15  redis 8.0.2
                                    standalone    cluster
      scenarios/cache.yaml
        Two keys are set at once    ✓             ✗
        A session is there          ✓             ✓
        One field of a hash         ○             ✓
          expires
      scenarios/queue.yaml
        A crashed worker loses      ✓             ✓
          nothing [workers=1]
        A crashed worker loses      ✓             ✓
          nothing [workers=4]
        Nothing is said             ?             ?

                                    valkey-8      staging
                                    valkey 8.1.1  not reached
                                    standalone
      scenarios/cache.yaml
        Two keys are set at once    ✓             !
        A session is there          ✓             !
        One field of a hash         ○             !
          expires
      scenarios/queue.yaml
        A crashed worker loses      ✓             !
          nothing [workers=1]
        A crashed worker loses      ✓             !
          nothing [workers=4]
        Nothing is said             ?             !

        ✗ failed  ! errored  ? unknown  ✓ passed  ○ skipped

        2 of 6 cases differ between targets, leaving out staging
          Two keys are set at once  scenarios/cache.yaml:1:7
            ✓ redis-7, valkey-8
            ✗ redis-8-shards: CROSSSLOT Keys in request don't
                hash to the same slot
          One field of a hash expires  scenarios/cache.yaml:13:7
            ○ redis-7: needs redis >= 7.4, and the server is
                redis 7.0.15
            ✓ redis-8-shards
            ○ valkey-8: needs redis >= 7.4, and the server is
                valkey 8.1.1"
    `);
  });

  test.each([20, 40, 60, 80, 100])('no row is wider than %i columns', (columns) => {
    const lines = compare(savedEvents('targets'), columns) ?? [];
    const table = lines.slice(0, lines.findIndex((line) => line.includes('differ')) - 2);
    // One target beside a name needs so much.
    for (const line of table) expect(line.length, line).toBeLessThanOrEqual(Math.max(columns, 42));
  });
});

test('what was interrupted has not run, and differs in nothing', () => {
  const events = savedEvents('targets');
  const second = events.findIndex((event) => event.type === 'target.started' && event.target.name === 'redis-8-shards');
  expect(compare(events.slice(0, second))?.join('\n')).toMatchInlineSnapshot(`
    "
                                                  redis-7       redis-8-shards  valkey-8  staging
                                                  redis 7.0.15
                                                  standalone
    scenarios/cache.yaml
      Two keys are set at once                    ✓             ·               ·         ·
      A session is there                          ✓             ·               ·         ·
      One field of a hash expires                 ○             ·               ·         ·
    scenarios/queue.yaml
      A crashed worker loses nothing [workers=1]  ✓             ·               ·         ·
      A crashed worker loses nothing [workers=4]  ✓             ·               ·         ·
      Nothing is said                             ?             ·               ·         ·

      ? unknown  ✓ passed  ○ skipped  · not run

      No case differs between targets"
  `);
});

test('cases are in the order of their file, whichever started first', () => {
  const events = ['a', 'b'].flatMap((target) => [
    ...caseOn(target, 'second', 'passed', 9),
    ...caseOn(target, 'first', 'passed', 1),
  ]);
  expect(compare(events)?.filter((line) => /first|second/.test(line))).toEqual(['  first   ✓  ✓', '  second  ✓  ✓']);
});

test('of many differences the first are listed', () => {
  const events = Array.from({ length: 25 }, (_, index) => [
    ...caseOn('a', `case ${index}`, 'passed', index),
    ...caseOn('b', `case ${index}`, index === 0 ? 'passed' : 'failed', index),
  ]).flat();
  const lines = compare(events) ?? [];
  expect(lines.at(lines.findIndex((line) => line.includes('differ')))).toBe('  24 of 25 cases differ between targets');
  expect(lines.slice(-4)).toEqual(['    case 20  a.yaml:20:7', '      ✓ a', '      ✗ b', '  … 4 more']);
});
