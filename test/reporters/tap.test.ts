import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { tap } from '../../src/reporters/tap.js';
import { RUNS, report, savedEvents } from './replay.js';

/** What TAP 14 asks of a stream: a version, test points that count up, YAML blocks, and a plan that agrees. */
describe.each(RUNS)('the report of %s', (run) => {
  const events = savedEvents(run);
  const text = report(tap, events);
  const lines = text.trimEnd().split('\n');
  const points = lines.filter((line) => /^(?:not )?ok /.test(line));

  test('is a stream that readers of TAP take', () => {
    expect(lines[0]).toBe('TAP version 14');
    expect(lines.at(-1)).toBe(`1..${points.length}`);
    expect(points.map((line) => Number(/^(?:not )?ok (\d+) - \S/.exec(line)?.[1]))).toEqual(
      points.map((_, index) => index + 1),
    );
    const blocks = [...text.matchAll(/^ {2}---\n((?: {2}.*\n)*?) {2}\.\.\.$/gm)].map(([, block]) => parse(block!));
    expect(blocks).toHaveLength(text.split('\n  ---\n').length - 1);
    for (const block of blocks) expect(Object.keys(block as object)).not.toEqual([]);
    for (const line of lines.slice(1, -1)) expect(line).toMatch(/^(?:(?:not )?ok \d+ - | {2})/);
  });

  test('is green only for a run that passed', () => {
    const finished = events.findLast((event) => event.type === 'run.finished');
    expect(points.every((line) => line.startsWith('ok'))).toBe(finished?.exitCode === 0);
  });
});

test('a name that would be a directive is none', () => {
  const events = savedEvents('all-passed').map((event) =>
    event.type === 'case.finished' ? { ...event, case: { ...event.case, name: 'say \\ # TODO later' } } : event,
  );
  expect(report(tap, events)).toContain('> say \\\\ \\# TODO later\n');
});
