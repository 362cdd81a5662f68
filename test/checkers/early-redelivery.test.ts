import { expect, test } from 'vitest';
import { earlyRedelivery } from '../../src/checkers/early-redelivery.js';
import {
  type Case,
  complete,
  crash,
  deadLetter,
  deliver,
  describeVerdicts,
  discard,
  handlerFail,
  judge,
  type Part,
  push,
  pushed,
  redrive,
  retry,
} from './histories.js';

const orders = { queue: 'orders' };
const table = (title: string, cases: readonly Case[]) => describeVerdicts(title, earlyRedelivery, orders, cases);

/** Delivery 1, asked for at 10, with a lease of 100 ms. */
const leased = (n: number): Part => [pushed(n), deliver(n).since(10).at(11).nth(1).notBefore(110)];
const again = (n: number) => deliver(n).by('work/2').nth(2);

table('delays', [
  ['nothing was delivered', [pushed(1)], 'unknown', {}, ['no message was delivered']],
  ['no time was due', [pushed(1), deliver(1)], 'passed', {}],
  ['in time', [push(1).at(0).notBefore(50), deliver(1).at(50)], 'passed', { checked: 1 }],
  [
    'early',
    [push(1).at(0).notBefore(50), deliver(1).at(40)],
    'failed',
    { checked: 1, early: 1 },
    ['1 delivery came before the message was due: push-1', 'push-1 came 10.0 ms before its delay had ended'],
  ],
  ['clocks are read in whole milliseconds', [push(1).at(0).notBefore(50), deliver(1).at(48)], 'passed', { checked: 1 }],
  ['and not more', [push(1).at(0).notBefore(50), deliver(1).at(47.9)], 'failed', { checked: 1, early: 1 }],
  ['clocks drift', [push(1).at(0).notBefore(10_000), deliver(1).at(9_988)], 'passed', { checked: 1 }],
  ['and not more', [push(1).at(0).notBefore(10_000), deliver(1).at(9_987.9)], 'failed', { checked: 1, early: 1 }],
  [
    'pushed again, the earlier time holds',
    [push(1).at(0).notBefore(50), push(1).info(), push(1).at(30).notBefore(80), deliver(1).at(55)],
    'passed',
    { checked: 1 },
  ],
  [
    'pushed again without a delay',
    [push(1).at(0).notBefore(50), push(1).info(), push(1).at(30), deliver(1).at(40)],
    'passed',
    {},
  ],
  ['of another queue', [push(1).of('other').at(0).notBefore(50), deliver(1).of('other').at(10)], 'unknown', {}],
]);

table('leases', [
  ['after it ended', [leased(1), again(1).at(111)], 'passed', { checked: 1 }],
  [
    'before it ended',
    [leased(1), again(1).at(72)],
    'failed',
    { checked: 1, early: 1 },
    [
      '1 delivery came before the message was due: push-1',
      'push-1 came 38.0 ms before the lease of the delivery before had ended',
    ],
  ],
  [
    'a failure of the handler does not end it',
    [leased(1), handlerFail(1).nth(1), again(1).at(72)],
    'failed',
    { checked: 1, early: 1 },
  ],
  ['nor does a crash', [leased(1), crash(1).nth(1), again(1).at(72)], 'failed', { checked: 1, early: 1 }],
  [
    'nor a refused acknowledgement',
    [leased(1), complete(1).nth(1).fail(), again(1).at(72)],
    'failed',
    { checked: 1, early: 1 },
  ],
  [
    'nor one without an answer',
    [leased(1), complete(1).nth(1).info(), again(1).at(72)],
    'failed',
    { checked: 1, early: 1 },
  ],
  ['settled: any time', [leased(1), complete(1).nth(1), again(1).at(72)], 'passed', {}],
  ['given up: any time', [leased(1), discard(1).nth(1), again(1).at(72)], 'passed', {}],
  ['redriven: any time', [leased(1), deadLetter(1).nth(1), redrive(1), deliver(1).nth(1).at(30)], 'passed', {}],
  [
    'redriven, though nobody had learnt that it was given up: any time',
    [leased(1), deadLetter(1).nth(1).info(), redrive(1), deliver(1).nth(1).at(30)],
    'passed',
    {},
  ],
  [
    'given up without a delivery of its own',
    [leased(1), deadLetter(1).nth(2).at(120), redrive(1), deliver(1).nth(1).at(125)],
    'passed',
    {},
  ],
  [
    'the acknowledgement of an ended lease does not end the next one',
    [leased(1), again(1).since(115).at(116).notBefore(215), complete(1).nth(1).at(120), deliver(1).nth(3).at(130)],
    'failed',
    { checked: 2, early: 1 },
  ],
  [
    'both of two early deliveries count',
    [leased(1), again(1).at(20).notBefore(120), deliver(1).nth(3).at(30)],
    'failed',
    { checked: 2, early: 2 },
  ],
  ['a second copy of what was pushed again', [leased(1), push(1).info(), push(1), again(1).at(40)], 'passed', {}],
]);

table('retries', [
  ['at once', [leased(1), retry(1).nth(1).at(20).notBefore(20), again(1).at(21)], 'passed', { checked: 1 }],
  ['after the backoff', [leased(1), retry(1).nth(1).at(20).notBefore(70), again(1).at(70)], 'passed', { checked: 1 }],
  [
    'before the backoff ended',
    [leased(1), retry(1).nth(1).at(20).notBefore(70), again(1).at(60)],
    'failed',
    { checked: 1, early: 1 },
    ['1 delivery came before the message was due: push-1', 'push-1 came 10.0 ms before its backoff had ended'],
  ],
  [
    'its answer came after the delivery that it made possible',
    [leased(1), again(1).at(20).notBefore(120), retry(1).nth(1).at(20.3).notBefore(19)],
    'passed',
    { checked: 1 },
  ],
  [
    'its answer came after a delivery that was early all the same',
    [leased(1), again(1).at(20).notBefore(120), retry(1).nth(1).at(20.3).notBefore(69)],
    'failed',
    { checked: 1, early: 1 },
    ['1 delivery came before the message was due: push-1', 'push-1 came 49.0 ms before its backoff had ended'],
  ],
  [
    'an answer that came late leaves the next lease alone',
    [leased(1), again(1).at(20).notBefore(120), retry(1).nth(1).at(20.3).notBefore(19), deliver(1).nth(3).at(50)],
    'failed',
    { checked: 2, early: 1 },
  ],
  [
    'without an answer, the earlier of backoff and lease holds',
    [leased(1), retry(1).nth(1).info().at(20).notBefore(70), again(1).at(71)],
    'passed',
    { checked: 1 },
  ],
  [
    'without an answer, and the lease ends first',
    [leased(1), retry(1).nth(1).info().at(20).notBefore(300), again(1).at(111)],
    'passed',
    { checked: 1 },
  ],
  [
    'the early delivery itself is put back',
    [leased(1), again(1).at(20).notBefore(120), retry(1).nth(2).at(30).notBefore(10)],
    'failed',
    { checked: 1, early: 1 },
  ],
  [
    'without an answer, and before both',
    [leased(1), retry(1).nth(1).info().at(20).notBefore(70), again(1).at(60)],
    'failed',
    { checked: 1, early: 1 },
  ],
  [
    'refused',
    [leased(1), retry(1).nth(1).fail().at(20).notBefore(20), again(1).at(21)],
    'failed',
    { checked: 1, early: 1 },
  ],
]);

test('names each message once', () => {
  const { examples } = judge(
    earlyRedelivery,
    orders,
    leased(1),
    again(1).at(20).notBefore(120),
    deliver(1).nth(3).at(30),
  );
  expect(examples).toEqual({ early: ['push-1'] });
});
