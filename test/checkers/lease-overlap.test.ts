import { expect, it, test } from 'vitest';
import { leaseOverlap } from '../../src/checkers/lease-overlap.js';
import {
  complete,
  crash,
  deadLetter,
  deliver,
  discard,
  effect,
  handlerFail,
  judge,
  nonZero,
  type Part,
  pushed,
  retry,
  type Written,
} from './histories.js';

const queue = { queue: 'orders' };
const leased = (worker: number, n = 1): Written => deliver(n).by(`work/${worker}`).notBefore(1_000);
const by = (worker: number, written: Written): Written => written.by(`work/${worker}`);

const told: readonly [name: string, parts: Part[], verdict: string, counts: Record<string, number>][] = [
  ['nothing was delivered', [pushed(1)], 'unknown', {}],
  ['delivered without a lease', [deliver(1).by('work/1'), deliver(1).by('work/2'), by(1, complete(1))], 'unknown', {}],
  ['one worker', [leased(1), by(1, complete(1))], 'passed', { leases: 1 }],
  ['one after the other', [leased(1), by(1, crash(1)), leased(2), by(2, complete(1))], 'passed', { leases: 2 }],
  [
    'two at once',
    [leased(1), leased(2), by(2, complete(1)), by(1, complete(1).fail())],
    'failed',
    { leases: 2, overlapping: 1 },
  ],
  [
    'two at once, the first ends first',
    [leased(1), leased(2), by(1, handlerFail(1)), by(2, complete(1))],
    'failed',
    { leases: 2, overlapping: 1 },
  ],
  ['an effect while another has it', [leased(1), leased(2), by(1, effect(1))], 'failed', { leases: 2, overlapping: 1 }],
  [
    'an effect before another has it',
    [leased(1), by(1, effect(1)), leased(2), by(2, complete(1))],
    'passed',
    { leases: 2 },
  ],
  ['stopped in its handler', [leased(1), leased(2), by(2, effect(1)), by(2, complete(1))], 'passed', { leases: 2 }],
  [
    'let go at the moment of the other delivery',
    [leased(1), leased(2).at(5), by(1, complete(1)).at(5)],
    'passed',
    { leases: 2 },
  ],
  [
    'three at once are one message',
    [leased(1), leased(2), leased(3), by(1, crash(1)), by(2, crash(1)), by(3, complete(1))],
    'failed',
    { leases: 3, overlapping: 1 },
  ],
  ['again to the same worker', [leased(1), leased(1), by(1, complete(1))], 'passed', { leases: 2 }],
  [
    'again to the first of two',
    [leased(1), leased(2), leased(1), by(1, complete(1)), by(2, complete(1).fail())],
    'failed',
    { leases: 3, overlapping: 1 },
  ],
  [
    'after two at once were over',
    [
      leased(1),
      leased(2),
      by(1, effect(1)).at(2),
      by(2, complete(1)),
      by(1, crash(1)).at(2),
      leased(3),
      by(3, complete(1)),
    ],
    'passed',
    { leases: 3 },
  ],
  ['different messages', [leased(1), leased(2, 2), by(1, complete(1)), by(2, complete(2))], 'passed', { leases: 2 }],
  [
    'a worker under a new process number',
    [leased(1).as(7), by(1, complete(1)).as(8), leased(2), by(1, retry(1)).as(8)],
    'passed',
    { leases: 2 },
  ],
  [
    'the same name in another step',
    [leased(1), leased(1).in('again'), by(1, complete(1))],
    'failed',
    { leases: 2, overlapping: 1 },
  ],
  ...[retry(1), deadLetter(1), discard(1), complete(1).info()].map(
    (end): [string, Part[], string, Record<string, number>] => [
      `${end.event.operation} lets go`,
      [leased(1), by(1, end), leased(2), by(2, complete(1))],
      'passed',
      { leases: 2 },
    ],
  ),
];
test.each(told)('%s', (_, parts, verdict, counts) => {
  const report = judge(leaseOverlap, queue, ...parts);
  expect([report.verdict, nonZero(report.counts)]).toEqual([verdict, counts]);
  expect(report.examples.overlapping).toEqual(verdict === 'failed' ? ['push-1'] : []);
});

it('says who had what', () => {
  const both = (n: number) => [leased(1, n), leased(2, n), by(1, complete(n).fail())];
  expect(judge(leaseOverlap, queue, both(1)).reasons).toEqual([
    '1 message was with two workers at once: push-1 was delivered to work/2 while work/1 had it',
  ]);
  expect(judge(leaseOverlap, queue, both(1), both(2)).reasons).toEqual([
    '2 messages were with two workers at once: push-1 was delivered to work/2 while work/1 had it',
  ]);
  expect(judge(leaseOverlap, queue).reasons).toEqual(['no message was delivered under a lease']);
});
