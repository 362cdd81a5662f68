import { describe, expect, it, test } from 'vitest';
import { order } from '../../src/checkers/order.js';
import {
  deliver,
  judge,
  nonZero,
  type Part,
  publish,
  published,
  push,
  pushed,
  receive,
  subscribe,
} from './histories.js';

const queue = { queue: 'orders' };
/** Without a `since` it is delivered when it is recorded. */
const got = (n: number, actor = 'work/1') => deliver(n).by(actor);
/** By a worker that says when it asked. */
const asked = (n: number, since: number, time: number, actor: string) => deliver(n).since(since).at(time).by(actor);

describe('fifo', () => {
  const told: readonly [
    name: string,
    parts: Part[],
    verdict: string,
    counts: Record<string, number>,
    ids?: string[],
  ][] = [
    ['in order', [pushed(1, 2, 3), got(1), got(2), got(3)], 'passed', { compared: 2 }],
    ['the later one first', [pushed(1, 2), got(2), got(1)], 'failed', { compared: 1, reordered: 1 }, ['push-2']],
    [
      'two before one that was enqueued earlier',
      [pushed(1, 2, 3), got(2), got(3), got(1)],
      'failed',
      { compared: 2, reordered: 2 },
      ['push-2', 'push-3'],
    ],
    ['nothing was pushed', [], 'unknown', {}],
    ['a single message', [pushed(1), got(1)], 'unknown', {}],
    ['one of two is lost', [pushed(1, 2), got(2)], 'unknown', {}],
    [
      'pushes of two processes that overlap have no order',
      [push(1).by('a'), push(2).by('b'), push(1).ok().by('a'), push(2).ok().by('b'), got(2), got(1)],
      'unknown',
      {},
    ],
    [
      'pushes of one process have the order in which they were sent',
      [push(1), push(2), push(1).ok(), push(2).ok(), got(2), got(1)],
      'failed',
      { compared: 1, reordered: 1 },
      ['push-2'],
    ],
    [
      'an earlier one without an acknowledgement may have come later',
      [push(1), push(1).info(), pushed(2), got(2), got(1)],
      'unknown',
      {},
    ],
    [
      'a later one without an acknowledgement was enqueued after it was sent',
      [pushed(1), push(2), push(2).info(), got(2), got(1)],
      'failed',
      { compared: 1, reordered: 1 },
      ['push-2'],
    ],
    ['a push that failed', [pushed(1), push(2), push(2).fail(), got(2), got(1)], 'unknown', {}],
    [
      'a delivery that was asked for before the other one came may have been first',
      [pushed(1, 2), asked(2, 10, 20, 'work/1'), asked(1, 19, 30, 'work/2')],
      'passed',
      { compared: 1 },
    ],
    [
      'a delivery that was asked for when the other one had come was later',
      [pushed(1, 2), asked(2, 10, 20, 'work/1'), asked(1, 20, 30, 'work/2')],
      'failed',
      { compared: 1, reordered: 1 },
      ['push-2'],
    ],
    [
      'what came earlier and was recorded later is not taken to be later',
      [pushed(1, 2, 3), asked(3, 6, 30, 'work/1'), asked(1, 6, 25, 'work/2'), asked(2, 27, 40, 'work/2')],
      'passed',
      { compared: 2 },
    ],
    [
      'only the first delivery counts',
      [pushed(1, 2), got(1).nth(1), got(2).nth(1), got(1).nth(2)],
      'passed',
      { compared: 1 },
    ],
    ['the first delivery of the earlier one is unknown', [pushed(1, 2), got(2).nth(1), got(1).nth(2)], 'unknown', {}],
    [
      'the first delivery of the later one was even earlier',
      [pushed(1, 2), got(2).nth(2), got(1).nth(1)],
      'failed',
      { compared: 1, reordered: 1 },
      ['push-2'],
    ],
    ['a delay', [push(1).notBefore(100), push(1).ok(), pushed(2), got(2), got(1)], 'unknown', {}],
    ['pushed twice', [pushed(1), pushed(2), pushed(1), got(2), got(1)], 'unknown', {}],
    [
      'a delivery whose reply was lost',
      [pushed(1, 2), deliver(1).id('').info(), got(2), got(1)],
      'failed',
      { compared: 1, reordered: 1 },
      ['push-2'],
    ],
    [
      'another queue has an order of its own',
      [pushed(1), push(2).of('bills'), push(2).of('bills').ok(), got(2).of('bills'), got(1)],
      'unknown',
      {},
    ],
    [
      'from a dead-letter queue it is a delivery of another kind',
      [pushed(1, 2), got(2).of('orders-dlq'), got(1)],
      'unknown',
      {},
    ],
  ];
  test.each(told)('%s', (_, parts, verdict, counts, ids = []) => {
    for (const options of [queue, { from: ['push'], to: ['work'] }]) {
      const report = judge(order, { ...options, order: 'fifo' }, ...parts);
      expect([report.verdict, nonZero(report.counts), report.examples.reordered]).toEqual([verdict, counts, ids]);
    }
  });

  it('says which message, and by how much', () => {
    const failed = judge(
      order,
      { ...queue, order: 'fifo' },
      push(1).at(1),
      push(1).ok(),
      push(2).at(5.2),
      push(2).ok(),
      got(2),
      got(1),
    );
    expect(failed.reasons).toEqual([
      '1 message was delivered out of order: push-2 was delivered before push-1, which was enqueued 4.2ms earlier',
    ]);
    const unknown = judge(order, { ...queue, order: 'fifo' }, pushed(1));
    expect(unknown.reasons).toEqual(['no two messages were delivered of which one was certainly enqueued first']);
  });

  it('looks at chosen messages alone', () => {
    const parts = [pushed(1, 2, 3), got(2), got(1), got(3)];
    const report = judge(order, { ...queue, messages: ['push-2', 'push-3'], order: 'fifo' }, ...parts);
    expect([report.verdict, report.counts]).toEqual(['passed', { compared: 1, reordered: 0 }]);
  });
});

describe('per-key', () => {
  const keyed = (n: number, key: string): Part => [push(n).key(key), push(n).key(key).ok()];
  const told: readonly [name: string, parts: Part[], verdict: string, counts: Record<string, number>][] = [
    [
      'keys overtake each other',
      [keyed(1, 'a'), keyed(2, 'b'), keyed(3, 'a'), got(2), got(1), got(3)],
      'passed',
      { compared: 1 },
    ],
    [
      'one key out of order',
      [keyed(1, 'a'), keyed(2, 'b'), keyed(3, 'a'), got(3), got(2), got(1)],
      'failed',
      { compared: 1, reordered: 1 },
    ],
    ['each key has one message', [keyed(1, 'a'), keyed(2, 'b'), got(2), got(1)], 'unknown', {}],
    ['messages without a key', [pushed(1, 2), got(2), got(1)], 'unknown', {}],
  ];
  test.each(told)('%s', (_, parts, verdict, counts) => {
    const report = judge(order, { ...queue, order: 'per-key' }, ...parts);
    expect([report.verdict, nonZero(report.counts)]).toEqual([verdict, counts]);
  });

  it('says which key', () => {
    const failed = judge(order, { ...queue, order: 'per-key' }, keyed(1, 'ada'), keyed(2, 'ada'), got(2), got(1));
    expect(failed.reasons).toEqual([
      '1 message was delivered out of order: push-2 was delivered before push-1, which was enqueued 2ms earlier and has the same key ada',
    ]);
    const unknown = judge(order, { ...queue, order: 'per-key' }, keyed(1, 'ada'), got(1));
    expect(unknown.reasons).toEqual([
      'no two messages of one key were delivered of which one was certainly enqueued first',
    ]);
  });
});

describe('subscribers', () => {
  const options = { from: ['publish'], to: ['subscribe'], order: 'fifo' } as const;
  const readers = [subscribe('reader/1'), subscribe('reader/2')];
  const to = (actor: string, ...ns: number[]) => ns.map((n) => receive(n).by(actor));

  it('are judged each by itself', () => {
    const parts = [readers, published(1, 2), to('reader/1', 1, 2), to('reader/2', 1, 2)];
    expect(judge(order, options, ...parts)).toMatchObject({ verdict: 'passed', counts: { compared: 2, reordered: 0 } });
  });

  it('are named', () => {
    const report = judge(order, options, readers, published(1, 2), to('reader/1', 1, 2), to('reader/2', 2, 1));
    expect(report).toEqual({
      verdict: 'failed',
      reasons: [
        '1 message was delivered out of order: push-2 was delivered to reader/2 before push-1, which was enqueued 2ms earlier',
      ],
      counts: { compared: 2, reordered: 1 },
      examples: { reordered: ['push-2'] },
      details: {
        subscribers: [
          { step: 'subscribe', actor: 'reader/1', compared: 1, reordered: 0 },
          { step: 'subscribe', actor: 'reader/2', compared: 1, reordered: 1 },
        ],
      },
    });
  });

  it('may get a message by a channel and by a pattern', () => {
    const parts = [readers, published(1, 2), to('reader/1', 1, 1, 2, 2)];
    expect(judge(order, options, ...parts)).toMatchObject({ verdict: 'passed', counts: { compared: 1, reordered: 0 } });
  });

  it('that got different halves have nothing to compare', () => {
    const parts = [readers, published(1, 2), to('reader/1', 2), to('reader/2', 1)];
    expect(judge(order, options, ...parts).verdict).toBe('unknown');
  });

  it('have no order between channels', () => {
    const parts = [readers, publish(1), publish(1).ok(), publish(2).of('sport'), publish(2).of('sport').ok()];
    expect(judge(order, options, ...parts, receive(2).of('sport').by('reader/1'), to('reader/1', 1)).verdict).toBe(
      'unknown',
    );
  });
});
