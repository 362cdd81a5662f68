import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/contracts/event.js';
import { redactEvent } from '../../src/engine/redact.js';
import { createRedactor } from '../../src/redis/redact.js';
import { RUNS, savedEvents } from '../reporters/replay.js';

describe('redactEvent', () => {
  const words = ['type', 'passed', 'failed', 'steps', 'case', 'run', 'started', 'command', 'verdict', 'redis', 'url'];
  const skeleton = (event: RunEvent): unknown => [
    event.type,
    Object.keys(event),
    'verdict' in event && event.verdict,
    'step' in event && [event.step.key, event.step.parent, event.step.section, event.step.action],
  ];

  test.each(RUNS)('leaves the words that reporters go by in %s', (run) => {
    const redactor = createRedactor(words);
    for (const event of savedEvents(run)) expect(skeleton(redactEvent(event, redactor))).toEqual(skeleton(event));
  });

  test('leaves the words of a timeline, and takes a secret out of its messages', () => {
    const life = { id: 'p-0', of: 'orders', findings: ['lost'], body: 'deliver depth to Ada' };
    const event = { atMs: 1, phase: 'invoke', operation: 'deliver', target: 'orders', actor: 'w', attempt: 1 } as const;
    const redacted = redactEvent(
      {
        type: 'case.timeline',
        time: 0,
        case: 'a',
        timeline: {
          bucketMs: 1,
          buckets: 1,
          series: [{ of: 'orders', measure: 'depth', unit: 'messages', values: [1] }],
          marks: [{ kind: 'crash', atMs: 1, label: 'a crash' }],
          distributions: [],
          messages: { total: 1, lives: [{ ...life, events: [{ ...event, step: 'steps.0' }] }] },
        },
      },
      createRedactor(['deliver', 'depth', 'invoke', 'messages', 'crash']),
    );
    expect(redacted).toMatchObject({
      timeline: {
        series: [{ measure: 'depth', unit: 'messages', values: [1] }],
        marks: [{ kind: 'crash', label: 'a ***' }],
        messages: { lives: [{ body: '*** *** to Ada', events: [{ phase: 'invoke', operation: 'deliver' }] }] },
      },
    });
  });

  test('takes a secret out of everything else, keys of data included', () => {
    const reference = { id: 's3cret', name: 's3cret', file: 's3cret.yaml' };
    const event: RunEvent = {
      type: 'case.finished',
      time: 0,
      case: reference,
      location: { file: 's3cret.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 },
      tags: ['s3cret'],
      verdict: 'failed',
      durationMs: 1,
      judgements: 1,
      reason: 'because of s3cret',
      failure: {
        message: 's3cret',
        code: 's3cret',
        next: 's3cret',
        soFar: { s3cret: ['s3cret'] },
        mismatches: [
          {
            path: ['s3cret'],
            expectationPath: ['s3cret'],
            kind: 'equal',
            expected: 's3cret',
            expectedValue: { s3cret: 1 },
            actual: [{ s3cret: 1 }],
            difference: 's3cret',
          },
        ],
        frame: {
          file: 's3cret.yaml',
          line: 1,
          column: 1,
          endLine: 1,
          endColumn: 2,
          startLine: 1,
          lines: ['key: s3cret'],
        },
      },
    };
    expect(JSON.stringify(redactEvent(event, createRedactor(['s3cret'])))).not.toContain('s3cret');
  });
});
