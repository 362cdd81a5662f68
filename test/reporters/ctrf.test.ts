import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { ctrf } from '../../src/reporters/ctrf.js';
import { RUNS, report, savedEvents } from './replay.js';

/** The schema that ctrf.io publishes. */
const schema: object = JSON.parse(
  readFileSync(fileURLToPath(new URL('./ctrf-schema-0.0.json', import.meta.resolve('ctrf'))), 'utf8'),
);
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

interface Ctrf {
  readonly results: {
    readonly summary: Readonly<Record<string, number>>;
    readonly tests: readonly { readonly name: string; readonly status: string; readonly rawStatus: string }[];
  };
}

describe.each(RUNS)('the report of %s', (run) => {
  const events = savedEvents(run);
  const document = JSON.parse(report(ctrf, events)) as Ctrf; // held against the schema below
  const { summary, tests } = document.results;

  test('is valid by the schema', () => {
    validate(document);
    expect(validate.errors).toBeNull();
  });

  test('counts what it lists', () => {
    const count = (status: string) => tests.filter((one) => one.status === status).length;
    expect(summary).toMatchObject({ tests: tests.length, passed: count('passed'), failed: count('failed') });
    expect(summary.tests).toBe(count('passed') + count('failed') + count('skipped'));
  });

  test('is green only for a run that passed', () => {
    const finished = events.findLast((event) => event.type === 'run.finished');
    expect(summary.failed === 0).toBe(finished?.exitCode === 0);
  });
});

test('a flaky case has passed, and says what its attempts came to', () => {
  const { summary, tests } = (JSON.parse(report(ctrf, savedEvents('flaky'))) as Ctrf).results;
  expect(summary).toMatchObject({ passed: 2, failed: 0, flaky: 1 });
  expect(tests[1]).toMatchObject({ status: 'passed', rawStatus: 'flaky', flaky: true, retries: 1 });
  expect(tests[1]).toHaveProperty('retryAttempts.0.status', 'failed');
});

test('a report without the name of a test is not valid', () => {
  const document = JSON.parse(report(ctrf, savedEvents('all-passed'))) as Ctrf;
  const [first, ...others] = document.results.tests;
  const { name, ...nameless } = first!;
  expect(validate({ ...document, results: { ...document.results, tests: [nameless, ...others] } })).toBe(false);
});
