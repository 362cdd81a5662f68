import type { RunEvent, StepReference } from '../../../src/contracts/event.js';
import type { Failure, Location } from '../../../src/contracts/result.js';

const TIME = 1_795_000_000_000;
const STEPS = 5;

/** A run of many cases, every fiftieth of which fails. */
export function* manyCases(count: number): Generator<RunEvent> {
  yield { type: 'run.started', time: TIME, format: 1, redrill: '0.1.0', seed: 1, files: count / 100, cases: count };
  let failed = 0;
  for (let index = 0; index < count; index++) {
    const file = `scenarios/customers/${Math.floor(index / 100)}.yaml`;
    const reference = { id: `${file}#${index}`, name: `Orders of customer ${index} come in order`, file };
    const location = locationAt(file, 1 + (index % 100) * 20);
    const tags = ['queue', `shard-${index % 9}`];
    const started = { time: TIME + index, case: reference, location, tags };
    yield { type: 'case.started', ...started, matrix: {}, seed: index, namespace: `redrill:{${index}}:` };
    const fails = index % 50 === 0;
    for (let step = 0; step < STEPS; step++) {
      yield* finishedStep(index, step, reference.id, location, fails && step === STEPS - 1);
    }
    if (fails) failed++;
    const failure = fails && { failure: failureAt(location) };
    const verdict = fails ? 'failed' : 'passed';
    yield { type: 'case.finished', ...started, verdict, durationMs: 10, judgements: STEPS, ...failure };
  }
  const counts = { failed, errored: 0, unknown: 0, flaky: 0, passed: count - failed, skipped: 0 };
  const ended = { verdict: 'failed', exitCode: 1, durationMs: count, cases: counts, steps: counts } as const;
  yield { type: 'run.finished', time: TIME + count, ...ended, judgements: STEPS * count };
}

const locationAt = (file: string, line: number): Location => ({ file, line, column: 5, endLine: line, endColumn: 15 });

const failureAt = (location: Location): Failure => ({
  message: 'the result is not as expected at lost',
  code: 'MISMATCH',
  frame: { ...location, startLine: location.line, lines: ['  - queue.work: orders', '    expect:', '      lost: 0'] },
});

function* finishedStep(
  index: number,
  number: number,
  id: string,
  location: Location,
  fails: boolean,
): Generator<RunEvent> {
  const step: StepReference = {
    key: `steps.${number}`,
    parent: null,
    section: 'steps',
    id: null,
    action: 'queue.work',
    title: `queue.work orders-${number}`,
    location,
    background: false,
  };
  const time = TIME + index + number;
  yield { type: 'step.started', time, case: id, step };
  const result = { delivered: 400, completed: 383, latency: { p50: 1, p99: 2, max: 3 } };
  const end = { verdict: fails ? 'failed' : 'passed', durationMs: 2, runs: 1, judged: true, result } as const;
  yield {
    type: 'step.finished',
    time: time + 2,
    case: id,
    step,
    ...end,
    ...(fails && { failure: failureAt(location) }),
  };
}
