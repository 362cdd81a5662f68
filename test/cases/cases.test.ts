import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaseReport } from '../../src/reporters/json.schema.js';
import { folderWith, readReport, runRedrill } from '../support/redrill.js';

/**
 * Scenarios with the verdict that they must get. Above each stand
 * `# verdict: failed`, what its failure or reason must contain (`# says: … | …`), and the verdicts of its outermost
 * steps in order, if they matter (`# steps: passed skipped`).
 */
interface Wanted {
  readonly name: string;
  readonly line: number;
  readonly verdict: string;
  readonly says: readonly string[];
  readonly steps: string | undefined;
}

const folder = path.dirname(fileURLToPath(import.meta.url));
const project = path.resolve(folder, '../..');
const files = readdirSync(folder).filter((name) => /^[^_].*\.yaml$/.test(name));

function wantedIn(text: string): Wanted[] {
  let line = 1;
  return text.split(/^---\n/m).map((document) => {
    const begin = line;
    line += document.split('\n').length;
    const note = (name: string): string | undefined => new RegExp(`^# ${name}: (.*)$`, 'm').exec(document)?.[1];
    return {
      name: /^name: (.*)$/m.exec(document)?.[1] ?? '',
      line: begin + document.split('\n').findIndex((text) => text.startsWith('name: ')),
      verdict: note('verdict') ?? '',
      says: note('says')?.split(' | ') ?? [],
      steps: note('steps'),
    };
  });
}

const report = path.join(folderWith({}, afterAll), 'report.json');
const cases = new Map<string, CaseReport[]>();

beforeAll(async () => {
  const { stderr } = await runRedrill(
    ['run', 'test/cases', '--seed', '7', '--jobs', '8', '--report', `json=${report}`],
    {
      cwd: project,
    },
  );
  expect(stderr).toBe('');
  for (const { file, cases: found } of readReport(report).files) {
    for (const one of found) {
      const key = `${path.basename(file)}:${one.location.line}`;
      cases.set(key, [...(cases.get(key) ?? []), one]);
    }
  }
}, 60_000);

describe.each(files)('%s', (file) => {
  test.each(wantedIn(readFileSync(path.join(folder, file), 'utf8')))(
    '$name: $verdict',
    ({ line, verdict, says, steps }) => {
      const found = cases.get(`${file}:${line}`) ?? [];
      expect(found.length).toBeGreaterThan(0);
      for (const one of found) {
        const told = [one.reason, one.failure?.message, JSON.stringify(one.failure ?? null)].join('\n');
        expect(one.verdict, told).toBe(verdict);
        for (const words of says) expect(told).toContain(words);
        const verdicts = one.steps.map((step) => step.verdict).join(' ');
        if (steps !== undefined) expect(verdicts).toBe(steps);
      }
    },
  );
});
