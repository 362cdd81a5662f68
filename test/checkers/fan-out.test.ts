import { describe, expect, test } from 'vitest';
import { type FanOutOptions, fanOut } from '../../src/checkers/fan-out.js';
import type { SubscriberRow } from '../../src/checkers/fan-out-reasons.js';
import {
  caughtUp,
  disconnect,
  judge,
  nonZero,
  type Part,
  publish,
  published,
  receive,
  subscribe,
} from './histories.js';

const EVERY: FanOutOptions = { from: ['publish'], to: ['subscribe'], guarantee: 'every-subscriber', order: 'none' };
const second = 'subscribe/2';
const pattern = (name: string) => subscribe().of(name).with({ pattern: true });
const by = (n: number, name: string) => receive(n).to(name);

const bare = (n: number) => publish(n).with({ namedBy: 'content' });

const rowsOf = (details: Readonly<Record<string, unknown>> = {}) => details.perSubscriber as SubscriberRow[]; // as the checker makes them

interface Row {
  readonly says: string;
  readonly history: readonly Part[];
  readonly options?: Partial<FanOutOptions>;
  readonly verdict: 'passed' | 'failed' | 'unknown';
  readonly counts?: Record<string, number>;
  readonly reasons?: readonly string[];
}

const TABLE: readonly Row[] = [
  {
    says: 'each of two gets all',
    history: [
      [subscribe(), subscribe(second), published(1, 2)],
      [receive(1), receive(2), receive(1).by(second), receive(2).by(second), caughtUp(), caughtUp(second)],
    ],
    verdict: 'passed',
    counts: { attempted: 2, acknowledged: 2, owed: 4, delivered: 4 },
    reasons: [],
  },
  {
    says: 'one loses a message that the other gets',
    history: [
      [subscribe(), subscribe(second), published(1, 2)],
      [receive(1), receive(2), receive(2).by(second), caughtUp(), caughtUp(second)],
    ],
    verdict: 'failed',
    counts: { attempted: 2, acknowledged: 2, owed: 4, delivered: 3, lost: 1, gaps: 1 },
    reasons: ['subscribe/subscribe/2 lost 1 of 2 messages: push-1 on news, for no known cause'],
  },
  {
    says: 'what is lost is counted, and judged by somebody else',
    history: [subscribe(), published(1, 2), receive(2), caughtUp()],
    options: { guarantee: 'none' },
    verdict: 'passed',
    counts: { attempted: 2, acknowledged: 2, owed: 2, delivered: 1, lost: 1, gaps: 1 },
  },
  {
    says: 'what a subscriber misses that may not have read it is not lost',
    history: [subscribe(), published(1, 2), receive(1)],
    verdict: 'unknown',
    counts: { attempted: 2, acknowledged: 2, owed: 2, delivered: 1, undecided: 1 },
    reasons: ['subscribe/subscribe/1 may not have read all that was published'],
  },
  {
    says: 'it had read all before the last was published',
    history: [subscribe(), published(1), receive(1), caughtUp(), published(2)],
    verdict: 'unknown',
    counts: { attempted: 2, acknowledged: 2, owed: 2, delivered: 1, undecided: 1 },
  },
  {
    says: 'it asked what there is before the last was published, and was answered after',
    history: [subscribe(), published(1), receive(1), publish(2), publish(2).ok().at(10), caughtUp().since(9).at(11)],
    verdict: 'unknown',
    counts: { attempted: 2, acknowledged: 2, owed: 2, delivered: 1, undecided: 1 },
  },
  {
    says: 'it could not find out whether it has read all',
    history: [subscribe(), published(1), caughtUp().info()],
    verdict: 'unknown',
    counts: { attempted: 1, acknowledged: 1, owed: 1, undecided: 1 },
  },
  {
    says: 'a loss is certain before the last time that it had read all',
    history: [subscribe(), published(1, 2), receive(2), caughtUp(), published(3)],
    verdict: 'failed',
    counts: { attempted: 3, acknowledged: 3, owed: 3, delivered: 1, lost: 1, undecided: 1, gaps: 1 },
  },
  {
    says: 'a publish with an unknown outcome is never lost, and may be received',
    history: [subscribe(), published(1), publish(2), publish(2).info(), publish(3), publish(3).info()].concat([
      receive(1),
      receive(3),
      caughtUp(),
    ]),
    verdict: 'passed',
    counts: { attempted: 3, acknowledged: 1, unknown: 2, owed: 1, delivered: 2, recovered: 1 },
  },
  {
    says: 'a publish that the server refused is not owed',
    history: [subscribe(), published(1), publish(2), publish(2).fail(), receive(1), caughtUp()],
    verdict: 'passed',
    counts: { attempted: 2, acknowledged: 1, owed: 1, delivered: 1 },
  },
  {
    says: 'a message that the server refused is delivered',
    history: [subscribe(), published(1), publish(2), publish(2).fail(), receive(1), receive(2), caughtUp()],
    verdict: 'failed',
    counts: { attempted: 2, acknowledged: 1, owed: 1, delivered: 1, unexpected: 1 },
  },
  {
    says: 'a message is delivered that nobody published',
    history: [subscribe(), published(1), receive(1), receive(7), caughtUp()],
    verdict: 'failed',
    counts: { attempted: 1, acknowledged: 1, owed: 1, delivered: 1, unexpected: 1 },
    reasons: ['subscribe/subscribe/1 was delivered 1 message that nobody in the case had published'],
  },
  {
    says: 'a message is delivered on a channel that it was not published on',
    history: [subscribe(), subscribe().of('sport'), published(1), receive(1), receive(1).of('sport'), caughtUp()],
    verdict: 'failed',
    counts: { attempted: 1, acknowledged: 1, owed: 1, delivered: 1, unexpected: 1 },
  },
  {
    says: 'what other steps publish is neither owed nor unexpected',
    history: [
      subscribe(),
      published(1),
      publish(2).in('other'),
      publish(2).in('other').ok(),
      publish(3).in('other'),
    ].concat([receive(1), receive(2), caughtUp()]),
    verdict: 'passed',
    counts: { attempted: 1, acknowledged: 1, owed: 1, delivered: 1 },
  },
  {
    says: 'a delivery beyond the first is a duplicate',
    history: [subscribe(), published(1), receive(1), receive(1), caughtUp()],
    verdict: 'passed',
    counts: { attempted: 1, acknowledged: 1, owed: 1, delivered: 1, duplicated: 1 },
  },
  {
    says: 'a message that matches two patterns is owed once for each',
    history: [pattern('n*'), pattern('*s'), pattern('x*'), published(1, 2)].concat([
      [by(1, 'n*'), by(1, '*s'), by(2, '*s'), caughtUp()],
    ]),
    verdict: 'failed',
    counts: { attempted: 2, acknowledged: 2, owed: 4, delivered: 3, lost: 1, gaps: 1 },
  },
  {
    says: 'the same id on two channels is two messages',
    history: [pattern('*'), published(1), publish(1).of('sport'), publish(1).of('sport').ok()].concat([
      [by(1, '*'), by(1, '*').of('sport'), caughtUp()],
    ]),
    verdict: 'passed',
    counts: { attempted: 2, acknowledged: 2, owed: 2, delivered: 2 },
  },
  {
    says: 'a sharded channel is not the channel of that name',
    history: [
      subscribe(),
      pattern('*'),
      publish(1).with({ shard: true }),
      publish(1).with({ shard: true }).ok(),
      caughtUp(),
    ],
    verdict: 'unknown',
    counts: { attempted: 1, acknowledged: 1 },
    reasons: ['nothing was published for subscribe/subscribe/1'],
  },
  {
    says: 'messages of one publisher come in another order than they were sent in',
    history: [subscribe(), published(1, 2, 3), receive(2), receive(3), receive(1), caughtUp()],
    options: { order: 'fifo' },
    verdict: 'failed',
    counts: { attempted: 3, acknowledged: 3, owed: 3, delivered: 3, reordered: 2 },
    reasons: ['subscribe/subscribe/1 received 2 messages before one that was published earlier'],
  },
  {
    says: 'two publishers have no order between them, and what has an unknown outcome has none',
    history: [
      [
        subscribe(),
        published(1),
        publish(2).by('b').with({ connection: 2 }),
        publish(2).by('b').with({ connection: 2 }).ok(),
      ],
      [publish(3), publish(3).info(), published(4), receive(2), receive(1), receive(4), receive(3), caughtUp()],
    ],
    options: { order: 'fifo' },
    verdict: 'passed',
    counts: { attempted: 4, acknowledged: 3, unknown: 1, owed: 3, delivered: 4, recovered: 1 },
  },
  {
    says: 'of equal contents those are taken to be received that the server took',
    history: [
      [subscribe(), bare(0), bare(0).fail(), bare(1), bare(1).info(), bare(2), bare(2).ok(), bare(3), bare(3).ok()],
      [receive(0), receive(1), caughtUp()],
    ],
    verdict: 'passed',
    counts: { attempted: 4, acknowledged: 2, unknown: 1, owed: 2, delivered: 2 },
  },
  {
    says: 'of equal contents too many come, or too few',
    history: [
      [subscribe(), subscribe(second), bare(0), bare(0).fail(), bare(1), bare(1).ok(), bare(2), bare(2).info()],
      [receive(0), receive(1), receive(2), caughtUp(), caughtUp(second)],
    ],
    verdict: 'failed',
    counts: {
      attempted: 3,
      acknowledged: 1,
      unknown: 1,
      owed: 2,
      delivered: 2,
      recovered: 1,
      unexpected: 1,
      lost: 1,
      gaps: 1,
    },
  },
  {
    says: 'nothing was published',
    history: [subscribe(), caughtUp()],
    verdict: 'unknown',
    counts: {},
    reasons: ['no message was acknowledged'],
  },
  {
    says: 'nobody subscribed',
    history: [published(1)],
    verdict: 'unknown',
    counts: { attempted: 1, acknowledged: 1 },
    reasons: ['subscribe has no subscriber'],
  },
  {
    says: 'a publisher is still at it',
    history: [subscribe(), published(1), receive(1), publish(2), caughtUp()],
    options: { guarantee: 'none' },
    verdict: 'unknown',
    counts: { attempted: 2, acknowledged: 1, pending: 1, owed: 1, delivered: 1 },
    reasons: ['the outcome of 1 message was still open'],
  },
];

describe('fan-out', () => {
  test.each(TABLE)('$verdict: $says', ({ history, options, verdict, counts, reasons }) => {
    const report = judge(fanOut, { ...EVERY, ...options }, ...history);
    expect(report.verdict, report.reasons.join('; ')).toBe(verdict);
    if (counts) expect(nonZero(report.counts)).toEqual(counts);
    if (reasons) expect(report.reasons).toEqual(reasons);
  });
});

describe('the gaps of fan-out', () => {
  const gapsOf = (...history: Part[]) => {
    const { counts, details } = judge(fanOut, EVERY, ...history);
    const gaps = rowsOf(details).flatMap((row) => row.gaps);
    return {
      lost: counts.lost,
      gaps: gaps.map(({ after, first, last, count, before, cause }) => [after, first, last, count, before, cause]),
    };
  };

  test('lie between what was received, and tell where, when and of whom', () => {
    const history = [subscribe().at(100), published(1, 2, 3, 4, 5), receive(1), receive(4), caughtUp()];
    expect(rowsOf(judge(fanOut, EVERY, ...history).details)).toEqual([
      {
        ...{ subscriber: 'subscribe/subscribe/1', owed: 5, received: 2, lost: 3, undecided: 0, unexpected: 0 },
        ...{ duplicated: 0, reordered: 0, recovered: 0, disconnects: 0, caughtUp: true },
        gaps: [
          {
            ...{
              subscription: 'news',
              publisher: 'publish/publish',
              channel: 'news',
              after: 'push-1',
              before: 'push-4',
            },
            ...{ count: 2, first: 'push-2', last: 'push-3', cause: 'unknown', at: 3 },
          },
          {
            ...{ subscription: 'news', publisher: 'publish/publish', channel: 'news', after: 'push-4', before: null },
            ...{ count: 1, first: 'push-5', last: 'push-5', cause: 'unknown', at: 9 },
          },
        ],
      },
    ]);
  });

  test('of a subscriber that came late', () => {
    expect(gapsOf(published(1, 2), subscribe(), published(3), receive(3), caughtUp())).toEqual({
      lost: 2,
      gaps: [[null, 'push-1', 'push-2', 2, 'push-3', 'late']],
    });
  });

  test('of a connection that was broken, and of nothing after it was mended', () => {
    const history = [
      [subscribe(), published(1, 2), receive(1), disconnect(), published(3), subscribe(), published(4, 5)],
      [receive(5), caughtUp()],
    ];
    expect(gapsOf(...history)).toEqual({
      lost: 3,
      gaps: [
        ['push-1', 'push-2', 'push-3', 2, 'push-5', 'disconnect'],
        ['push-1', 'push-4', 'push-4', 1, 'push-5', 'unknown'],
      ],
    });
  });

  test('of a paused subscriber that read late what came before its connection broke', () => {
    const history = [
      [subscribe(), published(1, 2, 3, 4), receive(1).at(50), receive(2), disconnect(), subscribe()],
      [published(5), receive(5), caughtUp()],
    ];
    expect(gapsOf(...history)).toEqual({ lost: 2, gaps: [['push-2', 'push-3', 'push-4', 2, 'push-5', 'disconnect']] });
  });

  test('of a connection that never came back, and of one that heard nothing', () => {
    expect(gapsOf(subscribe(), disconnect(), subscribe(), disconnect(), published(1), caughtUp())).toEqual({
      lost: 1,
      gaps: [[null, 'push-1', 'push-1', 1, null, 'disconnect']],
    });
    expect(gapsOf(subscribe(), published(1), disconnect(), subscribe(), published(2), receive(2), caughtUp())).toEqual({
      lost: 1,
      gaps: [[null, 'push-1', 'push-1', 1, 'push-2', 'disconnect']],
    });
  });

  test('are at most 100, shared among the subscribers that have some, and all are counted', () => {
    const numbers = Array.from({ length: 400 }, (_, n) => n);
    const actors = ['a', 'b', 'c'];
    const history = [
      actors.map((actor) => subscribe(actor)),
      published(...numbers),
      actors.map((actor) => numbers.filter((n) => n % 2 === 0).map((n) => receive(n).by(actor))),
      actors.map((actor) => caughtUp(actor)),
    ];
    const { counts, details, reasons, examples } = judge(fanOut, EVERY, ...history);
    expect(counts).toMatchObject({ lost: 600, gaps: 600 });
    expect(rowsOf(details).map(({ gaps }) => gaps.length)).toEqual([33, 33, 33]);
    expect(examples.lost).toEqual(
      numbers
        .filter((n) => n % 2 === 1)
        .slice(0, 10)
        .map((n) => `push-${n}`),
    );
    expect(reasons[0]).toBe('subscribe/a lost 200 of 400 messages: push-1 on news, after push-0, for no known cause');
  });

  test('of many subscribers are told of the first', () => {
    const actors = Array.from({ length: 120 }, (_, n) => `s${n}`);
    const { details, reasons } = judge(
      fanOut,
      EVERY,
      actors.map((actor) => subscribe(actor)),
      published(1),
      actors.map((actor) => caughtUp(actor)),
    );
    expect(rowsOf(details).flatMap(({ gaps }) => gaps)).toHaveLength(100);
    expect(reasons.slice(2)).toEqual([
      'subscribe/s2 lost 1 of 1 message: push-1 on news, for no known cause',
      'the same of 117 more subscribers',
    ]);
  });
});
