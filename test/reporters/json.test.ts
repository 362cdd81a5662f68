import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { json } from '../../src/reporters/json.js';
import { type Report, reportSchema } from '../../src/reporters/json.schema.js';
import { RUNS, report, savedEvents } from './replay.js';

const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
const validate = ajv.compile<Report>(reportSchema);

function reportOf(run: string): Report {
  const document: unknown = JSON.parse(report(json, savedEvents(run)));
  if (!validate(document)) throw new Error(ajv.errorsText(validate.errors));
  return document;
}

test.each(RUNS)('the report of %s is valid by its schema', (run) => {
  expect(reportOf(run).format).toBe(1);
});

test('the schema refuses an unknown field anywhere', () => {
  const step = reportOf('all-passed').files[0]?.cases[0]?.steps[0];
  expect(step).toBeDefined();
  expect(validate({ ...reportOf('all-passed'), more: 1 })).toBe(false);
  const files = [{ file: 'a.yaml', cases: [], more: 1 }];
  expect(validate({ ...reportOf('all-passed'), files })).toBe(false);
});

describe('the tree', () => {
  test('steps stand inside the step that ran them, in the order they started', () => {
    const [repeat] = reportOf('nested').files[0]?.cases[0]?.steps.filter(({ key }) => key === 'steps.0') ?? [];
    expect(repeat?.steps.slice(0, 3).map(({ key }) => key)).toEqual(['steps.0#0.0', 'steps.0#0.1', 'steps.0#1.0']);
    expect(repeat?.steps[1]?.steps.map(({ key, verdict }) => [key, verdict])).toEqual([
      ['steps.0#0.1.branch0.0', 'passed'],
      ['steps.0#0.1.branch1.0', 'passed'],
      ['steps.0#0.1.branch1.1', 'passed'],
    ]);
  });

  test('interleaved cases keep their own steps, under the file they are of', () => {
    expect(
      reportOf('matrix').files.map(({ file, cases }) => [
        file,
        cases.map(({ steps, verdict }) => [steps.length, verdict]),
      ]),
    ).toEqual([
      [
        'scenarios/queue/crash.yaml',
        [
          [1, 'passed'],
          [1, 'failed'],
          [1, 'passed'],
          [1, 'passed'],
        ],
      ],
      ['scenarios/cache/basics.yaml', [[1, 'passed']]],
    ]);
  });

  test('what had not finished has no verdict', () => {
    const { verdict, exitCode, counts, files } = reportOf('truncated');
    expect({ verdict, exitCode, counts }).toEqual({ verdict: null, exitCode: null, counts: null });
    expect(files[0]?.cases.map((item) => [item.verdict, item.startedAt === null])).toEqual([
      ['failed', true],
      [null, false],
    ]);
  });
});
