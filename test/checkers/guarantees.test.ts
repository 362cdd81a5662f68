import { describe, expect, test } from 'vitest';
import { atLeastOnce } from '../../src/checkers/at-least-once.js';
import { atMostOnce } from '../../src/checkers/at-most-once.js';
import { exactlyOnceEffect } from '../../src/checkers/exactly-once-effect.js';
import {
  complete,
  crash,
  deadLetter,
  deliver,
  describeVerdicts,
  discard,
  effect,
  judge,
  looked,
  type Part,
  push,
  pushed,
  queued,
  redrive,
  worked,
} from './histories.js';

const orders = { queue: 'orders' };
const early: Part = [push(1).at(0).notBefore(50), push(1).ok(), deliver(1).at(10), complete(1)];

describeVerdicts('at-least-once', atLeastOnce, orders, [
  ['all worked off', [pushed(1), worked(1), looked()], 'passed', {}, []],
  ['delivered twice', [pushed(1), worked(1, 1), looked()], 'passed', {}],
  ['dead-lettered', [pushed(1), deliver(1), deadLetter(1), looked()], 'passed', {}],
  [
    'lost',
    [pushed(1), deliver(1), crash(1), looked()],
    'failed',
    { lost: 1 },
    [
      '1 of 1 acknowledged message was lost: push-1',
      'push-1: pushed at 0.0 ms, delivered to work/1 at 2.0 ms, dropped by the crash of work/1 at 3.0 ms; then nothing',
    ],
  ],
  ['came from nowhere', [pushed(1), worked(1, 2), looked()], 'failed', { unexpected: 1 }],
  [
    'given up',
    [pushed(1), deliver(1), discard(1), looked()],
    'failed',
    { discarded: 1 },
    ['1 message was given up without a dead-letter queue: push-1'],
  ],
  ['early', [early, looked()], 'failed', { early: 1 }],
  ['given up, whatever else is not known', [pushed(1, 2), deliver(1), discard(1)], 'failed', { discarded: 1 }],
  [
    'nobody looked',
    [pushed(1), deliver(1), crash(1)],
    'unknown',
    {},
    [
      'nobody looked at what is left in orders',
      '1 of 1 acknowledged message may be lost or still be somewhere: push-1',
    ],
  ],
  ['not drained', [pushed(1, 2), worked(1), looked(queued(2))], 'unknown', {}, ['not drained: 1 queued, 0 in flight']],
  ['nothing was acknowledged', [looked()], 'unknown', {}],
]);

describeVerdicts('at-most-once', atMostOnce, orders, [
  ['all worked off', [pushed(1), worked(1), looked()], 'passed', {}],
  ['lost', [pushed(1, 2), worked(1), deliver(2), crash(2), looked()], 'passed', {}],
  [
    'delivered twice, whatever else is not known',
    [pushed(1), deliver(1), deliver(1), deliver(1)],
    'failed',
    { redelivered: 2 },
    ['2 times a message was delivered again: push-1', 'nobody looked at what is left in orders'],
  ],
  ['redriven', [pushed(1), deliver(1), deadLetter(1), redrive(1), worked(1), looked()], 'failed', { redelivered: 1 }],
  ['came from nowhere', [pushed(1), worked(1, 2), looked()], 'failed', { unexpected: 1 }],
  ['nothing was delivered', [pushed(1), looked()], 'unknown', {}, ['no message was delivered']],
  ['not drained', [pushed(1, 2), worked(1), looked(queued(2))], 'unknown', {}, ['not drained: 1 queued, 0 in flight']],
  ['early', [early, looked()], 'passed', {}],
]);

describeVerdicts('exactly-once-effect', exactlyOnceEffect, orders, [
  ['all worked off', [pushed(1), worked(1), looked()], 'passed', {}],
  [
    'completed twice',
    [pushed(1), worked(1, 1), looked()],
    'failed',
    { duplicated: 1 },
    ['once a message was completed, or had its effect, again: push-1'],
  ],
  [
    'delivered twice, and its effect held back',
    [pushed(1), deliver(1), effect(1), crash(1), deliver(1), effect(1).fail(), complete(1), looked()],
    'passed',
    {},
  ],
  [
    'its effect twice, completed once',
    [pushed(1), deliver(1), effect(1), crash(1), deliver(1), effect(1), complete(1), looked()],
    'failed',
    { duplicated: 1 },
  ],
  [
    'its effect once, and perhaps twice',
    [pushed(1), deliver(1), effect(1).info(), deliver(1), effect(1), complete(1), looked()],
    'unknown',
    {},
    ['the effect of 1 message was never answered and may have been applied twice: push-1'],
  ],
  [
    'its effect perhaps, and then held back',
    [pushed(1), deliver(1), effect(1).info(), deliver(1), effect(1).fail(), complete(1), looked()],
    'passed',
    {},
  ],
  ['lost', [pushed(1), deliver(1), crash(1), looked()], 'failed', { lost: 1 }],
  ['early', [early, looked()], 'failed', { early: 1 }],
  ['not drained', [pushed(1, 2), worked(1), looked(queued(2))], 'unknown', {}],
]);

describe('a guarantee', () => {
  test('counts what it judges', () => {
    const keys = (checker: typeof atLeastOnce) => Object.keys(judge(checker, orders, pushed(1)).counts);
    expect(keys(atLeastOnce)).toEqual(['lost', 'unexpected', 'discarded', 'early']);
    expect(keys(atMostOnce)).toEqual(['redelivered', 'unexpected']);
    expect(keys(exactlyOnceEffect)).toEqual(['lost', 'unexpected', 'discarded', 'duplicated', 'early']);
  });

  test('names messages', () => {
    const { examples } = judge(exactlyOnceEffect, orders, early, pushed(2, 3), worked(2, 2, 9), looked());
    expect(examples).toEqual({ lost: ['push-3'], unexpected: ['push-9'], duplicated: ['push-2'], early: ['push-1'] });
  });
});
