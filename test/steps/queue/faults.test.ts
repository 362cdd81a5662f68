import { describe, expect, test } from 'vitest';
import type { Message } from '../../../src/contracts/message.js';
import { createRandom } from '../../../src/engine/random.js';
import { type FaultConditions, type FaultInput, mostStrikes, strikesOf } from '../../../src/steps/queue/faults.js';
import { expression } from '../fields.js';

const message = (sequence: number, attempt = 1): Message => ({
  id: `push-${sequence}`,
  sequence,
  attempt,
  key: null,
  body: sequence,
  enqueuedAt: 0,
  deliverAt: 0,
});
const environment = { visibilityMs: 1_000, random: createRandom(7) };
const struck = (conditions: Partial<FaultConditions>, one: Message) =>
  strikesOf([{ fail: { at: 'start', ...conditions } }], one, environment).length === 1;
/** The `sequence.attempt` that are struck, of 8 messages with 3 attempts each. */
const grid = (conditions: Partial<FaultConditions>) =>
  [1, 2, 3].flatMap((attempt) =>
    Array.from({ length: 8 }, (_, sequence) => sequence)
      .filter((sequence) => struck(conditions, message(sequence, attempt)))
      .map((sequence) => `${sequence}.${attempt}`),
  );
const isEven = expression((locals) => (locals.message as Message).sequence % 2 === 0);

describe('conditions', () => {
  test.each<[string, Partial<FaultConditions>, string[]]>([
    ['every third message, at its first delivery', { every: 3 }, ['2.1', '5.1']],
    ['the first two messages, at their first delivery', { first: 2 }, ['0.1', '1.1']],
    ['these attempts of all messages', { attempts: [3] }, ['0.3', '1.3', '2.3', '3.3', '4.3', '5.3', '6.3', '7.3']],
    ['every and attempts', { every: 4, attempts: [1, 2] }, ['3.1', '7.1', '3.2', '7.2']],
    ['first and every', { first: 5, every: 2 }, ['1.1', '3.1']],
    ['when and attempts', { when: isEven, attempts: [2] }, ['0.2', '2.2', '4.2', '6.2']],
    ['when and first', { when: isEven, first: 4 }, ['0.1', '2.1']],
    ['no share', { share: 0 }, []],
  ])('%s', (_, conditions, expected) => {
    expect(grid(conditions)).toEqual(expected);
  });

  test('none: always', () => {
    expect(grid({})).toHaveLength(24);
    expect(grid({ share: 1 })).toHaveLength(24);
  });

  test('a share strikes about that share, attempts independently, and the same in every run', () => {
    const draws = Array.from({ length: 4_000 }, (_, sequence) => [
      struck({ share: 0.1 }, message(sequence, 1)),
      struck({ share: 0.1 }, message(sequence, 2)),
    ]);
    const [first, second] = [draws.filter(([one]) => one), draws.filter(([, two]) => two)];
    expect(first.length).toBeGreaterThan(330);
    expect(first.length).toBeLessThan(470);
    expect(second.length).toBeGreaterThan(330);
    expect(draws.filter(([one, two]) => one && two).length).toBeLessThan(80);
    expect(struck({ share: 0.1 }, message(17))).toBe(struck({ share: 0.1 }, message(17)));
  });

  test('two faults of the same share are drawn apart', () => {
    const faults: FaultInput[] = [{ fail: { share: 0.5, at: 'start' } }, { crash: { share: 0.5, at: 'start' } }];
    const kinds = Array.from({ length: 200 }, (_, n) => strikesOf(faults, message(n), environment).length);
    expect(new Set(kinds)).toEqual(new Set([0, 1, 2]));
  });
});

test('strikes come in the order in which they are written, with their usual times', () => {
  const faults: FaultInput[] = [
    { slow: { at: 'end' } },
    { hang: { at: 'start' } },
    { crash: { at: 'start', takes: 5 } },
    { fail: { at: 'end' } },
  ];
  expect(strikesOf(faults, message(0), environment)).toEqual([
    { fault: 0, kind: 'slow', at: 'end', takesMs: 500 },
    { fault: 1, kind: 'hang', at: 'start', takesMs: 2_000 },
    { fault: 2, kind: 'crash', at: 'start', takesMs: 5 },
    { fault: 3, kind: 'fail', at: 'end', takesMs: 0 },
  ]);
});

test('a fault without a kind says what to write', () => {
  expect(() => strikesOf([{}], message(0), environment)).toThrow('a fault needs one of fail, crash, hang or slow');
});

test.each<[FaultInput[], number]>([
  [[], 0],
  [[{ fail: { at: 'start' } }], 0],
  [[{ crash: { at: 'start' } }], 6],
  [[{ crash: { at: 'start', every: 5 } }], 1],
  [[{ crash: { at: 'start', first: 5 } }, { hang: { at: 'start', attempts: [1, 2, 3] } }], 3],
  [[{ hang: { at: 'start', attempts: [1, 2, 3, 4, 5, 6, 7, 8] } }], 6],
])('of six deliveries %j can strike %d', (faults, most) => {
  expect(mostStrikes(faults, ['crash', 'hang'], 6)).toBe(most);
});
