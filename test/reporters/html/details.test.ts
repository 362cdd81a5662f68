import { describe, expect, test } from 'vitest';
import type { LatencyDistribution, Timeline, TimelineMark } from '../../../src/contracts/timeline.js';
import { percentile, renderDistributions } from '../../../src/reporters/html/details/distribution.js';
import { renderForensics } from '../../../src/reporters/html/details/forensics.js';
import { renderLoad } from '../../../src/reporters/html/details/load.js';
import { renderMarkLane } from '../../../src/reporters/html/details/marks.js';
import { niceTicks, shortNumber, shortTime, timeTicks } from '../../../src/reporters/html/details/scale.js';
import { renderSteps } from '../../../src/reporters/html/details/steps.js';
import { renderTimeline } from '../../../src/reporters/html/details/timeline.js';
import { renderValue } from '../../../src/reporters/html/details/value.js';
import { renderFrame } from '../../../src/reporters/html/frame.js';
import { html, prose, scriptJson } from '../../../src/reporters/html/markup.js';

/** What a reader sees of HTML. */
const textOf = (text: string): string => text.replaceAll(/<[^>]*>/g, '');

describe('a template of HTML', () => {
  test.each([
    ['a < b & "c"', 'a &lt; b &amp; &quot;c&quot;'],
    ["'", '&#39;'],
    ['\u001b[1m\u202e', '\\u001b[1m\\u202e'],
    [3, '3'],
    [undefined, ''],
    [null, ''],
    [false, ''],
    [[html`<b>1</b>`, '<'], '<b>1</b>&lt;'],
  ] as const)('takes %j as %j', (content, expected) => {
    expect(html`[${content}]`.text).toBe(`[${expected}]`);
  });

  test('shows what stands between backticks as code, and nothing in it as HTML', () => {
    expect(prose('use `<b>`, or `x').text).toBe('use <code>&lt;b&gt;</code>, or `x');
  });

  test('no JSON ends its script', () => {
    const text = scriptJson({ body: '</script><!--' });
    expect(text).not.toContain('<');
    expect(JSON.parse(text)).toEqual({ body: '</script><!--' });
  });
});

describe('an axis', () => {
  test.each([
    [0, [0, 1]],
    [1, [0, 0.5, 1]],
    [900, [0, 500, 1000]],
    [0.29, [0, 0.1, 0.2, 0.3]],
    [7, [0, 5, 10]],
  ])('up to %d has %j', (max, ticks) => {
    expect(niceTicks(max)).toEqual(ticks);
  });

  test.each([
    [2_050, [0, 500, 1_000, 1_500, 2_000]],
    [7, [0, 1, 2, 3, 4, 5, 6, 7]],
    [0.4, [0]],
    [90_000, [0, 15_000, 30_000, 45_000, 60_000, 75_000, 90_000]],
    [86_400_000, [0, 18_000_000, 36_000_000, 54_000_000, 72_000_000]],
  ])('of %d ms has the moments %j', (duration, ticks) => {
    expect(timeTicks(duration)).toEqual(ticks);
  });

  test('is labelled in few characters', () => {
    expect([0, 0.123456, 12.345, 999.6, 9_999, 12_345, 1_234_567].map(shortNumber)).toEqual([
      '0',
      '0.123',
      '12.3',
      '1000',
      '9999',
      '12.3k',
      '1.23M',
    ]);
    expect([0, 0.0654, 0.9, 4.71, 2_000].map(shortTime)).toEqual(['0ms', '65.4µs', '900µs', '4.7ms', '2s']);
  });
});

describe('a distribution', () => {
  const distribution: LatencyDistribution = {
    of: 'orders',
    count: 100,
    buckets: [
      [1, 50],
      [2, 40],
      [10, 9],
      [80, 1],
    ],
  };

  test.each([
    [0.5, 1],
    [0.51, 2],
    [0.9, 2],
    [0.99, 10],
    [1, 80],
  ])('has the share %d by %d ms', (share, ms) => {
    expect(percentile(distribution, share)).toBe(ms);
  });

  test('says its percentiles, and the title of the step that it is of', () => {
    const text = textOf(renderDistributions([distribution], new Map([['orders', 'load GET']])).text);
    expect(text).toContain('Latency of load GET');
    expect(text).toMatch(/1ms2ms10ms80ms80ms/);
  });

  test('is left out where nothing was measured', () => {
    expect(renderDistributions([{ of: 'orders', count: 0, buckets: [] }], new Map()).text).toBe('');
  });

  test('can be a single bucket', () => {
    expect(renderDistributions([{ of: 'a', count: 1, buckets: [[5, 1]] }], new Map()).text).toContain('class="bar"');
  });
});

describe('labels of marks', () => {
  const axis = { bucketMs: 10, buckets: 100 };
  const crash = (atMs: number): TimelineMark => ({ kind: 'crash', atMs, label: 'worker 1 crashed' });
  const rows = (marks: readonly TimelineMark[]) =>
    [...renderMarkLane(marks, axis).text.matchAll(/<rect x="([\d.]+)" y="(\d+)"/g)].map(([, x, y]) => [
      Number(x),
      Number(y),
    ]);

  test('stand below those that they would cover, and within the drawing', () => {
    expect(rows([crash(500), crash(0), crash(40), crash(1_000)])).toEqual([
      [52, 0],
      [89.4, 22],
      [520, 0],
      [878.4, 0],
    ]);
  });

  test('of single messages give way where there are many', () => {
    const faults = Array.from(
      { length: 30 },
      (_, index): TimelineMark => ({ kind: 'fault', atMs: index * 30, label: 'fail' }),
    );
    expect(rows(faults)).toEqual([]);
    expect(rows([...faults, crash(500), { kind: 'fault', atMs: 0, untilMs: 90, label: 'server.pause' }])).toHaveLength(
      2,
    );
  });
});

describe('a timeline', () => {
  const timeline = (values: readonly (number | null)[], of = ['orders']): Timeline => ({
    bucketMs: 10,
    buckets: values.length,
    series: of.map((name) => ({ of: name, measure: 'pushed', unit: 'perSecond', values })),
    marks: [],
    distributions: [],
    messages: { total: 0, lives: [] },
  });
  const pathOf = (drawn: Timeline) =>
    /class="series m-pushed" d="([^"]*)"/.exec(renderTimeline(drawn, new Map()).text)?.[1];

  test('breaks a line where there is no value', () => {
    expect(pathOf(timeline([1, 1, null, 1, 1]))?.match(/M/g)).toHaveLength(2);
  });

  test('draws a value between gaps as a dot', () => {
    expect(renderTimeline(timeline([null, 1, null]), new Map()).text).toContain('class="series dot m-pushed"');
  });

  test('of many fine buckets shows means of rates, and says so', () => {
    const values = Array.from({ length: 200 }, (_, index) => (index % 5 === 0 ? 500 : 0));
    const text = textOf(renderTimeline(timeline(values), new Map()).text);
    expect(text).toContain('a second, mean of 50ms');
    expect(text).not.toContain('max 500');
  });

  test('of several queues has a part for each, the first few open', () => {
    const names = Array.from({ length: 6 }, (_, index) => `queue-${index}`);
    const { text } = renderTimeline(timeline([1, 2], names), new Map());
    expect(text.match(/<details class="of" open>/g)).toHaveLength(4);
    expect(text.match(/<details class="of">/g)).toHaveLength(2);
  });

  test('without anything to show is nothing', () => {
    expect(renderTimeline(timeline([], []), new Map()).text).toBe('');
  });
});

test('a case without keys says so, without an empty list', () => {
  const nothing = { keys: [], moreKeys: 0, clients: [], slow: [], server: [], refused: [] };
  expect(textOf(renderForensics(nothing).text)).toContain('The case had no keys.');
  expect(textOf(renderForensics({ ...nothing, moreKeys: null }).text)).toContain('0 and more that were not counted');
});

test('what steps under `catch` found stands open, as what passed elsewhere does not', () => {
  const step = { title: 'command LLEN orders', action: 'command', place: '1:1', result: 0 };
  const sections = (['steps', 'catch', 'teardown'] as const).map((section) => ({ section, steps: [step] }));
  const { text } = renderSteps({ file: 'a.yaml', durationMs: 1, sections });
  expect(text.match(/<details class="step"( open)?>/g)).toEqual([
    '<details class="step">',
    '<details class="step" open>',
    '<details class="step">',
  ]);
});

test('a result of a load that has another shape is shown as it is', () => {
  expect(textOf(renderLoad('odd', false).text)).toBe('&quot;odd&quot;');
  expect(textOf(renderLoad({ commands: 3 }, false).text)).toBe('{ commands: 3 }');
});

describe('a value', () => {
  test('that is long has a row for each key', () => {
    expect(renderValue({ name: 'x'.repeat(100), sub: { a: 1 } }).text).toMatch(/^<dl class="pairs"><dt>name<\/dt>/);
  });

  test('that is a list of maps is a table', () => {
    expect(renderValue(Array.from({ length: 20 }, (_, id) => ({ id, queue: 'orders' }))).text).toContain('<table>');
  });

  test('that is a long list is cut', () => {
    expect(textOf(renderValue(Array.from({ length: 150 }, (_, index) => [index])).text)).toContain('… 50 more items');
  });
});

describe('a frame', () => {
  const file = { file: 'a.yaml', startLine: 7, lines: ['steps:', '  - a:\t1', '    b: <2>', '  - c'] };
  const marked = (text: string) => [...text.matchAll(/<mark>(.*?)<\/mark>/g)].map(([, part]) => part);

  test.each([
    ['a part of a line', { line: 9, column: 8, endLine: 9, endColumn: 11 }, ['&lt;2&gt;']],
    [
      'several lines, the last of which it does not touch',
      { line: 8, column: 5, endLine: 10, endColumn: 1 },
      ['a:  1', 'b: &lt;2&gt;'],
    ],
    ['a place without length', { line: 7, column: 1, endLine: 7, endColumn: 1 }, ['s']],
  ])('marks %s', (_, place, expected) => {
    const location = { ...file, ...place };
    expect(marked(renderFrame(location, location).text)).toEqual(expected);
  });
});
