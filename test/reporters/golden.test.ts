import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ReporterDefinition } from '../../src/contracts/reporter.js';
import { script, style } from '../../src/generated/html.js';
import { ctrf } from '../../src/reporters/ctrf.js';
import { durations } from '../../src/reporters/durations.js';
import { github } from '../../src/reporters/github.js';
import { html } from '../../src/reporters/html.js';
import { json } from '../../src/reporters/json.js';
import { junit } from '../../src/reporters/junit.js';
import { markdown } from '../../src/reporters/markdown.js';
import { ndjson } from '../../src/reporters/ndjson.js';
import { pretty } from '../../src/reporters/pretty.js';
import { tap } from '../../src/reporters/tap.js';
import { goldenFile, RUNS, report, savedEvents, savedText } from './replay.js';

const REPORTERS: readonly [file: string, reporter: ReporterDefinition, verbose: boolean][] = [
  ['pretty.txt', pretty, false],
  ['verbose.txt', pretty, true],
  ['json.txt', json, false],
  ['junit.xml', junit, false],
  ['github.txt', github, false],
  ['markdown.md', markdown, false],
  ['ctrf.txt', ctrf, false],
  ['tap.txt', tap, false],
  ['page.html', html, false],
  ['durations.txt', durations, false],
];

/** A page holds its script and its style; what they are is no matter of the run. */
const withoutProgram = (text: string): string =>
  text
    .replace(script, '')
    .replace(style, '')
    .replaceAll(/sha256-[^&]+/g, 'sha256-…');

describe.each(RUNS)('the run %s', (run) => {
  test.each(REPORTERS)('is reported as %s', async (file, reporter, verbose) => {
    const text = withoutProgram(report(reporter, savedEvents(run), { verbose }));
    await expect(text).toMatchFileSnapshot(goldenFile(run, file));
  });

  test('is its own ndjson report', () => {
    expect(report(ndjson, savedEvents(run))).toBe(savedText(run));
  });

  test('has no escape code in a plain report, and nothing but colours more in a coloured one', () => {
    for (const verbose of [false, true]) {
      const plain = report(pretty, savedEvents(run), { verbose });
      expect(plain).not.toMatch(/[^\P{Cc}\n]/u);
      const colored = report(pretty, savedEvents(run), { verbose, color: true });
      expect(stripVTControlCharacters(colored)).toBe(plain);
    }
  });

  test('is reported whichever event is missing', () => {
    const events = savedEvents(run);
    for (const [, reporter, verbose] of REPORTERS) {
      for (const missing of events.keys()) {
        expect(() => report(reporter, events.toSpliced(missing, 1), { verbose })).not.toThrow();
      }
    }
  });
});

test('colours point at what failed', () => {
  const text = report(pretty, savedEvents('mismatch'), { color: true });
  expect(text).toContain('\u001b[1m\u001b[31m✗ Poison orders end in the dead-letter queue\u001b[39m\u001b[22m');
  expect(text).toContain('\u001b[90mactual    \u001b[39m\u001b[31m2\u001b[39m');
});
