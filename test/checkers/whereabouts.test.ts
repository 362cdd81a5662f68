import { describe, expect, test } from 'vitest';
import { identity } from '../../src/checkers/identity.js';
import { type WhereaboutsOptions, whereabouts } from '../../src/checkers/whereabouts.js';
import { dead, event, inFlight, judge, looked, nonZero, type Part, push, pushed, queued } from './histories.js';

const done = (n: number) => event('done', 'ok', 'verify', 'orders', n);
/** `verify.queue` looks at the dead-letter queue as a part of the queue. */
const buried = (n: number) => dead(n).of('orders');

type Row = [
  name: string,
  history: Part[],
  verdict: string,
  reasons: string[],
  counts: Record<string, number>,
  guarantee?: WhereaboutsOptions['guarantee'],
  completed?: string | null,
  repeats?: boolean,
];

const rows: Row[] = [
  [
    'all are noted as done',
    [pushed(1, 2), looked(done(1), done(2))],
    'passed',
    [],
    { attempted: 2, acknowledged: 2, completed: 2 },
  ],
  [
    'done or in the dead-letter queue',
    [pushed(1, 2), looked(done(1), buried(2))],
    'passed',
    [],
    { attempted: 2, acknowledged: 2, completed: 1, deadLettered: 1 },
  ],
  [
    'one is nowhere',
    [pushed(1, 2, 3), looked(done(1), done(3))],
    'failed',
    ['1 of 3 acknowledged messages lost: push-2'],
    { attempted: 3, acknowledged: 3, completed: 2, gone: 1 },
  ],
  [
    'one is nowhere while another is still queued: that one is lost all the same',
    [pushed(1, 2), looked(queued(2))],
    'failed',
    ['1 of 2 acknowledged messages lost: push-1'],
    { attempted: 2, acknowledged: 2, queued: 1, gone: 1 },
  ],
  [
    'what an earlier look found is forgotten',
    [pushed(1), looked(queued(1)), looked()],
    'failed',
    ['1 of 1 acknowledged message lost: push-1'],
    { attempted: 1, acknowledged: 1, gone: 1 },
  ],
  [
    'a push of unknown outcome is never lost',
    [pushed(1), push(2), push(2).info(), looked(done(1))],
    'passed',
    [],
    { attempted: 2, acknowledged: 1, unknown: 1, completed: 1 },
  ],
  [
    'a push of unknown outcome may be found',
    [pushed(1), push(2), push(2).info(), looked(done(1), done(2))],
    'passed',
    [],
    { attempted: 2, acknowledged: 1, unknown: 1, recovered: 1, completed: 2 },
  ],
  [
    'a push that was refused owes nothing',
    [pushed(1), push(2), push(2).fail(), looked(done(1))],
    'passed',
    [],
    { attempted: 2, acknowledged: 1, completed: 1 },
  ],
  [
    'found though nobody pushed it',
    [pushed(1), looked(done(1), done(9))],
    'failed',
    ['1 message found that nobody pushed: push-9'],
    { attempted: 1, acknowledged: 1, completed: 1, unexpected: 1 },
  ],
  [
    'not drained',
    [pushed(1, 2), looked(queued(1), inFlight(2))],
    'unknown',
    ['the queue is not drained: 1 queued, 1 in flight'],
    { attempted: 2, acknowledged: 2, queued: 1, inFlight: 1 },
  ],
  ['nothing was acknowledged', [looked()], 'unknown', ['no message was acknowledged'], {}],
  [
    'the look was not complete',
    [
      pushed(1),
      looked(done(1)),
      event('look', 'invoke', 'verify', 'orders'),
      event('look', 'info', 'verify', 'orders'),
    ],
    'unknown',
    ['the queue was at work while it was looked at'],
    { attempted: 1, acknowledged: 1, gone: 1 },
  ],
  [
    'pushed after the look',
    [pushed(1), looked(done(1)), pushed(2)],
    'unknown',
    ['the queue was at work while it was looked at'],
    { attempted: 2, acknowledged: 2, completed: 1, gone: 1 },
  ],
  [
    'nothing notes what is done',
    [pushed(1), looked()],
    'unknown',
    ['1 message gone, and nothing tells whether the program completed them'],
    { attempted: 1, acknowledged: 1, gone: 1 },
    'at-least-once',
    null,
  ],
  [
    'noted twice, at least once',
    [pushed(1), looked(done(1), done(1))],
    'passed',
    [],
    { attempted: 1, acknowledged: 1, completed: 1, duplicated: 1 },
  ],
  [
    'noted twice, at most once',
    [pushed(1), looked(done(1), done(1))],
    'failed',
    ['1 message completed more than once: push-1'],
    { attempted: 1, acknowledged: 1, completed: 1, duplicated: 1 },
    'at-most-once',
  ],
  [
    'lost, at most once',
    [pushed(1, 2), looked(done(1))],
    'passed',
    [],
    { attempted: 2, acknowledged: 2, completed: 1, gone: 1 },
    'at-most-once',
  ],
  [
    'noted where a second time leaves no trace',
    [pushed(1), looked(done(1))],
    'unknown',
    ['done cannot show that a message was completed twice'],
    { attempted: 1, acknowledged: 1, completed: 1 },
    'exactly-once-effect',
    'done',
    false,
  ],
  [
    'noted twice and lost, exactly once',
    [pushed(1, 2), looked(done(1), done(1))],
    'failed',
    ['1 of 2 acknowledged messages lost: push-2', '1 message completed more than once: push-1'],
    { attempted: 2, acknowledged: 2, completed: 1, duplicated: 1, gone: 1 },
    'exactly-once-effect',
  ],
];

describe('whereabouts', () => {
  test.each(rows)(
    '%s',
    (_, history, verdict, reasons, counts, guarantee = 'at-least-once', completed = 'done', repeats = true) => {
      const report = judge(whereabouts, { queue: 'orders', guarantee, completed, repeats }, ...history);
      expect({ verdict: report.verdict, reasons: report.reasons }).toEqual({ verdict, reasons });
      expect(nonZero(report.counts)).toEqual(counts);
    },
  );
});

describe('identity', () => {
  const named = (n: number, hash: number) => [push(n).hash(hash).with({ namedBy: 'content' }), push(n).ok()];

  test.each<[string, Part[], number]>([
    ['all contents differ', [named(1, 7), named(2, 8)], 0],
    ['two are equal', [named(1, 7), named(2, 7), named(3, 8)], 2],
    ['messages with an envelope have a name of their own', [push(1).hash(7), push(2).hash(7)], 0],
  ])('%s', (_, history, equalPayloads) => {
    const { counts, verdict, reasons } = judge(identity, { queue: 'orders' }, ...history);
    expect({ counts, verdict }).toEqual({ counts: { equalPayloads }, verdict: 'passed' });
    expect(reasons).toEqual(
      equalPayloads === 0
        ? []
        : ['2 messages have a payload that another has too, and no identity: they are counted as a multiset'],
    );
  });
});
