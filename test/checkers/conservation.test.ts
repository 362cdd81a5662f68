import { expect, test } from 'vitest';
import { conservation } from '../../src/checkers/conservation.js';
import {
  complete,
  crash,
  dead,
  deadLetter,
  deliver,
  describeVerdicts,
  discard,
  inFlight,
  judge,
  looked,
  lookedAt,
  purge,
  push,
  pushed,
  queued,
  redrive,
  worked,
} from './histories.js';

const orders = { queue: 'orders' };
const placed = { acknowledged: 1, placed: 1 };

describeVerdicts('one place', conservation, orders, [
  ['completed', [pushed(1), worked(1), looked()], 'passed', placed, []],
  ['queued', [pushed(1), looked(queued(1))], 'passed', placed],
  ['in flight', [pushed(1), deliver(1), looked(inFlight(1))], 'passed', placed],
  [
    'dead-lettered, and seen there',
    [pushed(1), deliver(1), deadLetter(1), lookedAt('orders-dlq', dead(1)), looked()],
    'passed',
    placed,
  ],
  ['purged', [pushed(1), deliver(1), deadLetter(1), purge(1), looked()], 'passed', placed],
  ['given up', [pushed(1), deliver(1), discard(1), looked()], 'passed', placed],
  ['redriven and completed', [pushed(1), deliver(1), deadLetter(1), redrive(1), worked(1), looked()], 'passed', placed],
  [
    'redriven to another queue',
    [pushed(1), deliver(1), deadLetter(1), redrive(1).of('other'), looked()],
    'passed',
    placed,
  ],
  [
    'back from another queue',
    [pushed(1), deliver(1), deadLetter(1), redrive(1).of('other'), redrive(1), worked(1), looked()],
    'passed',
    placed,
  ],
  ['come in from another queue', [redrive(9), worked(9), looked()], 'passed', { placed: 1 }],
  [
    'completed too late, and dead-lettered by who had it then',
    [pushed(1), deliver(1), deliver(1).by('work/2'), complete(1).fail(), deadLetter(1).by('work/2'), looked()],
    'passed',
    placed,
  ],
  ['completed too late, and let go of', [pushed(1), deliver(1), complete(1).fail(), looked()], 'passed', placed],
  [
    'completed too late, and put back',
    [pushed(1), deliver(1), complete(1).fail(), looked(queued(1))],
    'passed',
    placed,
  ],
]);

describeVerdicts('none, or two', conservation, orders, [
  [
    'nowhere',
    [pushed(1), deliver(1), crash(1), looked()],
    'failed',
    { acknowledged: 1, missing: 1 },
    [
      '1 of 1 acknowledged message is nowhere: push-1',
      'push-1: pushed at 0.0 ms, delivered to work/1 at 2.0 ms, dropped by the crash of work/1 at 3.0 ms; then nothing',
    ],
  ],
  [
    'completed and queued',
    [pushed(1), worked(1), looked(queued(1))],
    'failed',
    { acknowledged: 1, doubled: 1 },
    ['1 of 1 acknowledged message is in two places: push-1'],
  ],
  ['completed and in flight', [pushed(1), worked(1), looked(inFlight(1))], 'failed', { acknowledged: 1, doubled: 1 }],
  [
    'dead-lettered and queued',
    [pushed(1), deliver(1), deadLetter(1), looked(queued(1))],
    'failed',
    { acknowledged: 1, doubled: 1 },
  ],
  [
    'dead-lettered and completed',
    [pushed(1), deliver(1), deadLetter(1), worked(1), looked()],
    'failed',
    { acknowledged: 1, doubled: 1 },
  ],
  [
    'redriven, and still a dead letter',
    [pushed(1), deliver(1), deadLetter(1), redrive(1), worked(1), lookedAt('orders-dlq', dead(1)), looked()],
    'failed',
    { acknowledged: 1, doubled: 1 },
  ],
  ['twice in the queue', [pushed(1), looked(queued(1), queued(1))], 'failed', { acknowledged: 1, doubled: 1 }],
  ['queued and in flight', [pushed(1), looked(queued(1), inFlight(1))], 'failed', { acknowledged: 1, doubled: 1 }],
]);

describeVerdicts('nobody knows', conservation, orders, [
  [
    'nobody looked',
    [pushed(1, 2), worked(1)],
    'unknown',
    { acknowledged: 2, placed: 1, missing: 1 },
    ['nobody looked at what is left in orders'],
  ],
  ['nothing was acknowledged', [push(1), push(1).info(), looked()], 'unknown', {}, ['no message was acknowledged']],
  [
    'completed too late, and nobody looked',
    [pushed(1), deliver(1), complete(1).fail()],
    'unknown',
    { acknowledged: 1, unknown: 1 },
  ],
  [
    'dead-lettering was never answered',
    [pushed(1), deliver(1), deadLetter(1).info(), looked()],
    'unknown',
    { acknowledged: 1, unknown: 1 },
    ['1 of 1 acknowledged message is where nobody knows, because what moved it was never answered: push-1'],
  ],
  [
    'dead-lettering was never answered, and it lies there',
    [pushed(1), deliver(1), deadLetter(1).info(), lookedAt('orders-dlq', dead(1)), looked()],
    'passed',
    placed,
  ],
  [
    'a redrive was never answered, and it lies in the queue',
    [pushed(1), deliver(1), deadLetter(1), redrive(1).info(), looked(queued(1))],
    'passed',
    placed,
  ],
]);

test('names messages', () => {
  const { examples } = judge(
    conservation,
    orders,
    pushed(1, 2, 3),
    worked(1),
    deliver(3),
    deadLetter(3).info(),
    looked(queued(1)),
  );
  expect(examples).toEqual({ missing: ['push-2'], doubled: ['push-1'], unknown: ['push-3'] });
});
