import { expect, test } from 'vitest';
import { totalQueue } from '../../src/checkers/total-queue.js';
import type { Selection } from '../../src/contracts/checker.js';
import {
  type Case,
  caughtUp,
  complete,
  crash,
  dead,
  deadLetter,
  deliver,
  describeVerdicts,
  discard,
  effect,
  handlerFail,
  inFlight,
  judge,
  look,
  looked,
  lookedAt,
  type Part,
  publish,
  published,
  purge,
  push,
  pushed,
  queued,
  receive,
  redrive,
  retry,
  subscribe,
  worked,
} from './histories.js';

const orders: Selection = { queue: 'orders' };
const run = (events: Part[], selection: Selection = orders) => judge(totalQueue, selection, ...events);

const one = { attempted: 1, acknowledged: 1 };
const done = { ...one, delivered: 1, completed: 1 };

const table = (title: string, cases: readonly Case[], selection = orders) =>
  describeVerdicts(title, totalQueue, selection, cases);

table('pushes', [
  ['all worked off', [pushed(1), worked(1), looked()], 'passed', done, []],
  ['nothing', [looked()], 'unknown', {}, ['no message was acknowledged']],
  [
    'all refused',
    [push(1), push(1).fail(), looked()],
    'unknown',
    { attempted: 1, failed: 1 },
    ['no message was acknowledged'],
  ],
  [
    'never answered and delivered: recovered',
    [pushed(1), worked(1), push(2), push(2).info(), worked(2), looked()],
    'passed',
    { attempted: 2, acknowledged: 1, unknown: 1, delivered: 2, completed: 2, recovered: 1 },
  ],
  [
    'never answered and never seen: not lost',
    [pushed(1), worked(1), push(2), push(2).info(), looked()],
    'passed',
    { ...done, attempted: 2, unknown: 1 },
  ],
  [
    'without an end: unknown, too',
    [pushed(1), worked(1), push(2), looked()],
    'passed',
    { ...done, attempted: 2, unknown: 1 },
  ],
  ['refused, then taken', [push(1), push(1).fail(), pushed(1), worked(1), looked()], 'passed', done],
  ['never answered, then taken', [push(1), push(1).info(), pushed(1), worked(1), looked()], 'passed', done],
  [
    'never answered, then refused: the first may be there',
    [pushed(1), worked(1), push(2), push(2).info(), push(2), push(2).fail(), looked()],
    'passed',
    { ...done, attempted: 2, unknown: 1 },
  ],
  [
    'refused, then without an end',
    [pushed(1), worked(1), push(2), push(2).fail(), push(2), looked()],
    'passed',
    { ...done, attempted: 2, unknown: 1 },
  ],
]);

table('what was lost', [
  [
    'nowhere',
    [pushed(1, 2), worked(1), looked()],
    'failed',
    { ...done, attempted: 2, acknowledged: 2, lost: 1 },
    ['1 of 2 acknowledged messages was lost: push-2', 'push-2: pushed at 2.0 ms; then nothing'],
  ],
  [
    'popped by a worker that crashed',
    [push(17).at(100), push(17).ok(), deliver(17).by('work/2').at(115), crash(17).by('work/2').at(115.2), looked()],
    'failed',
    { ...one, delivered: 1, lost: 1 },
    [
      '1 of 1 acknowledged message was lost: push-17',
      'push-17: pushed at 0.0 ms, delivered to work/2 at 15.0 ms, dropped by the crash of work/2 at 15.2 ms; then nothing',
    ],
  ],
  [
    'with a reply that nobody got',
    [pushed(1), deliver(1).id('').info(), looked()],
    'failed',
    { ...one, lost: 1 },
    [
      '1 of 1 acknowledged message was lost: push-1',
      'push-1: pushed at 0.0 ms; then nothing',
      'a message may have gone with each of 1 takes that were never answered',
    ],
  ],
  [
    'after several deliveries',
    [
      pushed(1),
      deliver(1),
      handlerFail(1),
      retry(1),
      deliver(1).by('work/3'),
      handlerFail(1).by('work/3'),
      retry(1).fail(),
      looked(),
    ],
    'failed',
    { ...one, delivered: 1, redelivered: 1, lost: 1 },
    [
      '1 of 1 acknowledged message was lost: push-1',
      'push-1: pushed at 0.0 ms, delivered 2 times, the last to work/3 at 5.0 ms, put back by work/1 at 7.0 ms (refused); then nothing',
    ],
  ],
  [
    'even where others still lie there',
    [pushed(1, 2), looked(queued(2))],
    'failed',
    { attempted: 2, acknowledged: 2, queued: 1, lost: 1 },
    [
      '1 of 2 acknowledged messages was lost: push-1',
      'push-1: pushed at 0.0 ms; then nothing',
      'not drained: 1 queued, 0 in flight',
    ],
  ],
  [
    'after it was redriven',
    [pushed(1), deliver(1), deadLetter(1), redrive(1), looked()],
    'failed',
    { ...one, delivered: 1, lost: 1 },
    [
      '1 of 1 acknowledged message was lost: push-1',
      'push-1: pushed at 0.0 ms, delivered to work/1 at 2.0 ms, redriven by letters at 4.0 ms; then nothing',
    ],
  ],
  [
    'redriven to another queue, and from there to this one',
    [pushed(1), deliver(1), deadLetter(1), redrive(1).of('other'), redrive(1), looked()],
    'failed',
    { ...one, delivered: 1, lost: 1 },
  ],
  [
    'redriven, whatever an earlier look at the dead letters found',
    [pushed(1), deliver(1), deadLetter(1), lookedAt('orders-dlq', dead(1)), redrive(1), looked()],
    'failed',
    { ...one, delivered: 1, lost: 1 },
  ],
  [
    'put back without an answer, delivered once more, and dropped',
    [pushed(1), deliver(1), retry(1).info(), deliver(1), crash(1), looked()],
    'failed',
    { ...one, delivered: 1, redelivered: 1, lost: 1 },
  ],
]);

test('names ten and says that there are more', () => {
  const numbers = Array.from({ length: 12 }, (_, n) => n);
  const { reasons, examples } = run([pushed(...numbers), looked()]);
  expect(reasons[0]).toBe(
    '12 of 12 acknowledged messages were lost: push-0, push-1, push-2, push-3, push-4, push-5, push-6, push-7, push-8, push-9, …',
  );
  expect(examples.lost).toHaveLength(10);
});

table('what nobody can know', [
  ['nobody looked', [pushed(1), worked(1)], 'unknown', done, ['nobody looked at what is left in orders']],
  [
    'nobody looked, and one is not settled',
    [pushed(1)],
    'unknown',
    one,
    [
      'nobody looked at what is left in orders',
      '1 of 1 acknowledged message may be lost or still be somewhere: push-1',
    ],
  ],
  [
    'the look came before a push',
    [pushed(1), worked(1), looked(), pushed(2)],
    'unknown',
    { ...done, attempted: 2, acknowledged: 2 },
    [
      'nobody looked at orders after the last that happened there',
      '1 of 2 acknowledged messages may be lost or still be somewhere: push-2',
    ],
  ],
  [
    'something happened while it looked',
    [pushed(1), deliver(1), look(), complete(1), look().ok()],
    'unknown',
    done,
    ['nobody looked at orders after the last that happened there'],
  ],
  [
    'the look was not complete',
    [pushed(1), worked(1), look(), look().info()],
    'unknown',
    done,
    ['orders was at work while it was looked at'],
  ],
  [
    'the look did not end',
    [pushed(1), worked(1), look()],
    'unknown',
    done,
    ['orders was at work while it was looked at'],
  ],
  [
    'a later look replaces what an earlier one found',
    [pushed(1), looked(queued(1)), worked(1), looked()],
    'passed',
    done,
  ],
  ['a look at another queue tells nothing', [pushed(1), worked(1), lookedAt('other')], 'unknown', done],
  [
    'not drained',
    [pushed(1, 2, 3), deliver(3), looked(queued(1), queued(2), inFlight(3))],
    'unknown',
    { attempted: 3, acknowledged: 3, delivered: 1, queued: 2, inFlight: 1 },
    ['not drained: 2 queued, 1 in flight'],
  ],
  [
    'what was found and then consumed is not there any more',
    [pushed(1), looked(queued(1)), worked(1)],
    'unknown',
    done,
  ],
]);

table('what comes from nowhere', [
  [
    'delivered',
    [pushed(1), worked(1), worked(9), looked()],
    'failed',
    { ...done, delivered: 2, completed: 2, unexpected: 1 },
    ['1 message came that nobody had pushed: push-9'],
  ],
  ['found in the queue', [pushed(1), worked(1), looked(queued(9))], 'failed', { ...done, queued: 1, unexpected: 1 }],
  [
    'even where nobody looked',
    [pushed(1), worked(1), worked(9)],
    'failed',
    { ...done, delivered: 2, completed: 2, unexpected: 1 },
  ],
  [
    'a dead letter of this queue comes back',
    [pushed(1), worked(1), redrive(9), worked(9), looked()],
    'passed',
    { ...done, delivered: 2, completed: 2 },
  ],
  [
    'a dead letter of another queue comes in',
    [pushed(1), worked(1), deadLetter(9).of('first').to('orders'), worked(9), looked()],
    'passed',
    { ...done, delivered: 2, completed: 2 },
  ],
  [
    'a dead letter of another queue is all there was',
    [redrive(9), worked(9), looked()],
    'passed',
    { delivered: 1, completed: 1 },
  ],
  [
    'a dead letter of another queue is lost here',
    [deadLetter(9).of('first').to('first-dlq'), redrive(9), looked()],
    'failed',
    { lost: 1 },
    ['1 of 1 acknowledged message was lost: push-9', 'push-9: redriven by letters at 1.0 ms; then nothing'],
  ],
  [
    'a dead letter that may have come in is not lost',
    [pushed(1), worked(1), deadLetter(9).of('first').to('orders').info(), looked()],
    'passed',
    done,
  ],
  [
    'a purge or a look at letters of other queues is none',
    [pushed(1), worked(1), purge(9), lookedAt('orders-dlq', dead(8)), looked()],
    'passed',
    done,
  ],
]);

table('how messages end', [
  [
    'dead-lettered',
    [pushed(1), deliver(1), deadLetter(1), looked()],
    'passed',
    { ...one, delivered: 1, deadLettered: 1 },
  ],
  [
    'dead-lettered twice counts once',
    [pushed(1), deliver(1), deadLetter(1), deadLetter(1), looked()],
    'passed',
    { ...one, delivered: 1, deadLettered: 1 },
  ],
  [
    'redriven and completed',
    [pushed(1), deliver(1), deadLetter(1), redrive(1), worked(1), looked()],
    'passed',
    { ...done, redelivered: 1 },
  ],
  [
    'redriven to another queue, which accounts for it',
    [pushed(1), deliver(1), deadLetter(1), redrive(1).of('other'), looked()],
    'passed',
    { ...one, delivered: 1 },
  ],
  ['found, and redriven to another queue', [pushed(1), looked(queued(1)), redrive(1).of('other')], 'passed', one],
  ['found, and purged', [pushed(1), looked(queued(1)), purge(1).of('orders')], 'passed', { ...one, purged: 1 }],
  ['purged', [pushed(1), deliver(1), deadLetter(1), purge(1), looked()], 'passed', { ...one, delivered: 1, purged: 1 }],
  ['given up', [pushed(1), deliver(1), discard(1), looked()], 'passed', { ...one, delivered: 1, discarded: 1 }],
  [
    'dead-lettering was never answered: not lost',
    [pushed(1), deliver(1), deadLetter(1).info(), looked()],
    'passed',
    { ...one, delivered: 1 },
  ],
  [
    'dead-lettering was never answered, and it lies there',
    [pushed(1), deliver(1), deadLetter(1).info(), lookedAt('orders-dlq', dead(1)), looked()],
    'passed',
    { ...one, delivered: 1, deadLettered: 1 },
  ],
  [
    'putting it back was never answered: not lost',
    [pushed(1), deliver(1), retry(1).info(), looked()],
    'passed',
    { ...one, delivered: 1 },
  ],
  [
    'a redrive that was never answered, but delivered',
    [pushed(1), deliver(1), deadLetter(1), redrive(1).info(), worked(1), looked()],
    'passed',
    { ...done, redelivered: 1 },
  ],
  ['the acknowledgement was never answered', [pushed(1), deliver(1), complete(1).info(), looked()], 'passed', done],
  [
    'the acknowledgement came too late, and it is delivered again',
    [pushed(1), deliver(1), deliver(1).by('work/2'), complete(1).fail(), complete(1).by('work/2'), looked()],
    'passed',
    { ...done, redelivered: 1, duplicated: 1 },
  ],
  [
    'the acknowledgement came too late, and it is still there: not completed',
    [pushed(1), deliver(1), complete(1).fail(), looked(inFlight(1))],
    'unknown',
    { ...one, delivered: 1, inFlight: 1 },
  ],
  [
    'the acknowledgement came too late, and nobody looked: not completed',
    [pushed(1), deliver(1), complete(1).fail()],
    'unknown',
    { ...one, delivered: 1 },
    ['nobody looked at what is left in orders'],
  ],
  [
    'effects are counted where they were recorded',
    [pushed(1), deliver(1), effect(1), crash(1), deliver(1), effect(1).fail(), complete(1), looked()],
    'passed',
    { ...done, redelivered: 1 },
  ],
  [
    'an effect twice',
    [pushed(1), deliver(1), effect(1), crash(1), deliver(1), effect(1), complete(1), looked()],
    'passed',
    { ...done, redelivered: 1, duplicated: 1 },
  ],
]);

table(
  'subscribers, who only read',
  [
    [
      'all read',
      [subscribe(), published(1, 2), receive(1), receive(2), caughtUp()],
      'passed',
      { attempted: 2, acknowledged: 2, delivered: 2, completed: 2 },
    ],
    [
      'one is missing',
      [subscribe(), published(1, 2), receive(1), caughtUp()],
      'failed',
      { attempted: 2, acknowledged: 2, delivered: 1, completed: 1, lost: 1 },
    ],
    [
      'not known to have read all',
      [subscribe(), published(1), receive(1), caughtUp(), published(2)],
      'unknown',
      { attempted: 2, acknowledged: 2, delivered: 1, completed: 1 },
      [
        'nobody knows whether subscribe/1 of subscribe had read all that was published',
        '1 of 2 acknowledged messages may be lost or still be somewhere: push-2',
      ],
    ],
    [
      'each of several is owed every message',
      [
        subscribe(),
        subscribe('subscribe/2'),
        published(1),
        receive(1),
        receive(1).by('subscribe/2'),
        caughtUp(),
        caughtUp('subscribe/2'),
      ],
      'passed',
      done,
    ],
    [
      'one of several never got it',
      [subscribe(), subscribe('subscribe/2'), published(1), receive(1), caughtUp(), caughtUp('subscribe/2')],
      'failed',
      { ...one, delivered: 1, lost: 1 },
      [
        '1 of 1 acknowledged message was lost: push-1',
        'push-1: pushed at 2.0 ms, delivered to subscribe/1 at 4.0 ms; then nothing for subscribe/2 of subscribe',
      ],
    ],
    [
      'one of several got it twice',
      [
        subscribe(),
        subscribe('subscribe/2'),
        published(1),
        receive(1),
        receive(1),
        receive(1).by('subscribe/2'),
        caughtUp(),
        caughtUp('subscribe/2'),
      ],
      'passed',
      { ...done, redelivered: 1 },
    ],
    [
      'by each of two patterns that match',
      [
        subscribe().of('n*').with({ pattern: true }),
        subscribe().of('*s').with({ pattern: true }),
        published(1),
        receive(1).to('n*'),
        receive(1).to('*s'),
        caughtUp(),
      ],
      'passed',
      done,
    ],
    [
      'by one of two patterns that match',
      [
        subscribe().of('n*').with({ pattern: true }),
        subscribe().of('*s').with({ pattern: true }),
        published(1),
        receive(1).to('n*'),
        caughtUp(),
      ],
      'failed',
      { ...one, delivered: 1, lost: 1 },
    ],
    [
      'before the subscription was told to be confirmed',
      [published(1), receive(1), subscribe(), caughtUp()],
      'passed',
      done,
    ],
    ['published before anybody subscribed', [published(1), subscribe(), caughtUp()], 'failed', { ...one, lost: 1 }],
    [
      'of another channel: owed to nobody',
      [subscribe(), published(1), publish(2).of('other'), publish(2).of('other').ok(), receive(1), caughtUp()],
      'passed',
      { ...done, attempted: 2, acknowledged: 2 },
    ],
    [
      'of a sharded channel of the same name: owed to nobody',
      [subscribe(), publish(1).with({ shard: true }), publish(1).with({ shard: true }).ok(), caughtUp()],
      'unknown',
      one,
      ['no subscriber had subscribed to what was published'],
    ],
    [
      'one began to catch up before the last was published',
      [subscribe(), published(1), receive(1), caughtUp().since(0.5)],
      'unknown',
      done,
    ],
    [
      'never answered, and received',
      [subscribe(), published(1), publish(2), publish(2).info(), receive(1), receive(2), caughtUp()],
      'passed',
      { attempted: 2, acknowledged: 1, unknown: 1, delivered: 2, completed: 2, recovered: 1 },
    ],
  ],
  { from: ['publish'], to: ['subscribe'] },
);

table(
  'steps instead of a queue',
  [
    [
      'others do not count',
      [pushed(1), push(2).in('other'), push(2).in('other').ok(), worked(1), deliver(2).in('else'), looked()],
      'passed',
      done,
    ],
    ['nobody looked', [pushed(1), worked(1)], 'unknown', done, ['nobody looked at what is left in orders']],
  ],
  { from: ['push'], to: ['work'] },
);

table('chosen messages', [['the others do not count', [pushed(1, 2), worked(1), looked()], 'passed', done]], {
  queue: 'orders',
  messages: ['push-1'],
});

test('measures from the push to the first delivery', () => {
  const { latencies } = run([push(1).at(10), push(1).ok().at(12), deliver(1).at(15), deliver(1).at(90), looked()]);
  expect(latencies?.latency).toMatchObject({ max: 5, mean: 5 });
  expect(run([pushed(1), looked()]).latencies).toEqual({ latency: null });
});

test('gives the messages of each kind that there is', () => {
  const { examples } = run([pushed(1, 2), worked(1, 1), worked(7), push(3), deliver(3), discard(3), looked()]);
  expect(examples).toEqual({
    lost: ['push-2'],
    unexpected: ['push-7'],
    discarded: ['push-3'],
    redelivered: ['push-1'],
    duplicated: ['push-1'],
    recovered: ['push-3'],
  });
});
