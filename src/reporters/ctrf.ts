import { defineReporter } from '../contracts/reporter.js';
import type { Verdict } from '../contracts/result.js';
import { attemptText, CaseCollector, causeOf, type EndedCase, failureText, type RetriedAttempt } from './collect.js';

/** CTRF knows no verdict for a case that proved nothing, and whatever is no failure counts as well there. */
const STATUSES: Readonly<Record<Verdict, 'passed' | 'failed' | 'skipped'>> = {
  flaky: 'passed',
  passed: 'passed',
  failed: 'failed',
  errored: 'failed',
  unknown: 'failed',
  skipped: 'skipped',
};

/**
 * Common Test Report Format (ctrf.io): one JSON document with a test for each case. `rawStatus` holds the verdict. A run
 * that is no pass though no case says so gets a test of its own.
 */
export const ctrf = defineReporter({
  name: 'ctrf',
  summary: 'Common Test Report Format (ctrf.io): one JSON document at the end.',
  create: ({ output }) => {
    const tests: Test[] = [];
    const collector = new CaseCollector((ended) => tests.push(testOf(ended)));
    return {
      onEvent: (event) => collector.add(event),
      finish: () => output.write(`${JSON.stringify(report(collector, tests), null, 2)}\n`),
    };
  },
});

interface Test {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly [field: string]: unknown;
}

function testOf(ended: EndedCase): Test {
  const { event, matrix, retried } = ended;
  const { case: reference, verdict, durationMs, location, time, tags } = event;
  const stop = Math.round(time);
  const red = STATUSES[verdict] === 'failed';
  return {
    testId: reference.id,
    name: reference.name,
    status: STATUSES[verdict],
    duration: Math.round(durationMs),
    start: Math.round(time - durationMs),
    stop,
    suite: reference.target === undefined ? [reference.file] : [reference.target, reference.file],
    ...(verdict !== 'passed' && { message: causeOf(event) }),
    ...(red && { trace: failureText(ended) }),
    line: event.failure?.frame?.line ?? location.line,
    rawStatus: verdict,
    ...(retried.length > 0 && {
      retries: retried.length,
      retryAttempts: retried.map(attemptOf),
      flaky: verdict === 'flaky',
    }),
    tags: [...tags],
    type: 'integration',
    filePath: event.failure?.frame?.file ?? location.file,
    ...(Object.keys(matrix).length > 0 && { parameters: matrix }),
    extra: { judgements: event.judgements },
  };
}

const attemptOf = ({ event, failedSteps }: RetriedAttempt) => ({
  attempt: event.attempt,
  status: STATUSES[event.verdict],
  duration: Math.round(event.durationMs),
  message: causeOf(event),
  trace: attemptText(event, failedSteps),
  start: Math.round(event.time - event.durationMs),
  stop: Math.round(event.time),
});

function report({ started, finished, problem }: CaseCollector, tests: Test[]): unknown {
  const start = Math.round(started?.time ?? 0);
  const stop = Math.round(finished?.time ?? start);
  const shard = started?.shard && `${started.shard.index}/${started.shard.total}`;
  if (problem !== undefined)
    tests.push({
      name: 'run',
      status: 'failed',
      duration: 0,
      message: problem,
      rawStatus: finished?.verdict ?? 'unfinished',
    });
  const count = (status: string): number => tests.filter((test) => test.status === status).length;
  return {
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    timestamp: new Date(stop).toISOString(),
    generatedBy: 'redrill',
    results: {
      tool: { name: 'redrill', ...(started && { version: started.redrill }) },
      summary: {
        tests: tests.length,
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        pending: 0,
        other: 0,
        flaky: tests.filter(({ rawStatus }) => rawStatus === 'flaky').length,
        suites: new Set(tests.flatMap(({ suite }) => (suite === undefined ? [] : [JSON.stringify(suite)]))).size,
        start,
        stop,
        ...(finished && { duration: Math.round(finished.durationMs) }),
      },
      tests,
      ...(started && { extra: { seed: started.seed, exitCode: finished?.exitCode ?? null, ...(shard && { shard }) } }),
    },
  };
}
