import { expect, test } from 'vitest';
import { deadLetterFidelity } from '../../src/checkers/dead-letter-fidelity.js';
import {
  type Case,
  complete,
  dead,
  deadLetter,
  deliver,
  describeVerdicts,
  judge,
  look,
  lookedAt,
  type Part,
  purge,
  push,
  pushed,
  redrive,
} from './histories.js';

const orders = { queue: 'orders' };
const table = (title: string, cases: readonly Case[], options = {}) =>
  describeVerdicts(title, deadLetterFidelity, { ...orders, ...options }, cases);

/** Pushed with this hash, and given up. */
const buried = (n: number, hash = n): Part => [push(n).hash(hash), push(n).ok(), deliver(n), deadLetter(n)];
const found = (...letters: Part[]): Part => lookedAt('orders-dlq', ...letters);

table('letters', [
  [
    'each once, as it was pushed',
    [buried(1), buried(2), found(dead(1).hash(1), dead(2).hash(2))],
    'passed',
    { letters: 2 },
  ],
  ['none', [pushed(1), deliver(1), complete(1)], 'passed', {}],
  [
    'missing',
    [buried(1), buried(2), found(dead(2).hash(2))],
    'failed',
    { letters: 2, missing: 1, unfaithful: 1 },
    ['1 dead letter is missing from the queue: push-1'],
  ],
  [
    'altered',
    [buried(1), found(dead(1).hash(7))],
    'failed',
    { letters: 1, altered: 1, unfaithful: 1 },
    ['1 dead letter is not what was pushed: push-1'],
  ],
  [
    'twice, and altered once',
    [buried(1), found(dead(1).hash(1), dead(1).hash(7))],
    'failed',
    { letters: 1, altered: 1, doubled: 1, unfaithful: 1 },
    ['1 dead letter is not what was pushed: push-1', '1 dead letter is in the queue more than once: push-1'],
  ],
  [
    'a body that is not known',
    [pushed(1), deliver(1), deadLetter(1), found(dead(1).hash(7))],
    'passed',
    { letters: 1 },
  ],
  ['given up twice, in it once', [buried(1), deadLetter(1), found(dead(1).hash(1))], 'passed', { letters: 1 }],
  ['dead-lettering failed', [push(1), deliver(1), deadLetter(1).fail(), found()], 'passed', {}],
  [
    'dead-lettering was never answered, and it is there',
    [pushed(1), deadLetter(1).info(), found(dead(1))],
    'passed',
    {},
  ],
  ['dead-lettering was never answered, and it is not', [pushed(1), deadLetter(1).info(), found()], 'passed', {}],
]);

table('what was taken away', [
  ['redriven', [buried(1), redrive(1), found()], 'passed', {}],
  ['redriven to another queue', [buried(1), redrive(1).of('other'), found()], 'passed', {}],
  ['purged', [buried(1), purge(1), found()], 'passed', {}],
  ['perhaps purged', [buried(1), purge(1).info(), found()], 'passed', {}],
  ['not purged', [buried(1), purge(1).fail(), found(dead(1).hash(1))], 'passed', { letters: 1 }],
  [
    'redriven, and given up again',
    [buried(1), redrive(1), deadLetter(1), found()],
    'failed',
    { letters: 1, missing: 1, unfaithful: 1 },
  ],
  [
    'worked off from there',
    [buried(1), deliver(1).of('orders-dlq'), complete(1).of('orders-dlq'), found()],
    'passed',
    {},
  ],
]);

table('what else lies there', [
  [
    'put there by nobody',
    [buried(1), pushed(8), found(dead(1).hash(1), dead(8), dead(9))],
    'failed',
    { letters: 1, unexpectedLetters: 2 },
    ['2 dead letters are in the queue, put there by nobody: push-8, push-9'],
  ],
  ['pushed to there', [push(9).of('orders-dlq'), buried(1), found(dead(1).hash(1), dead(9))], 'passed', { letters: 1 }],
  [
    'redriven to there',
    [buried(1), redrive(9).of('orders-dlq'), found(dead(1).hash(1), dead(9))],
    'passed',
    { letters: 1 },
  ],
  [
    'given up by another queue',
    [buried(1), deadLetter(9).of('first'), found(dead(1).hash(1), dead(9))],
    'passed',
    { letters: 1 },
  ],
  [
    'in another dead-letter queue',
    [buried(1), found(dead(1).hash(1)), lookedAt('x-dlq', dead(9).of('x-dlq'))],
    'passed',
    { letters: 1 },
  ],
]);

table('nobody knows', [
  ['nobody looked', [buried(1)], 'unknown', { letters: 1 }, ['nobody looked at what is left in orders-dlq']],
  ['before the last was given up', [buried(1), found(dead(1)), buried(2)], 'unknown', { letters: 2 }],
  ['while it was at work', [buried(1), look('orders-dlq'), look('orders-dlq').info()], 'unknown', { letters: 1 }],
  [
    'altered all the same',
    [buried(1), look('orders-dlq'), dead(1).hash(7)],
    'failed',
    { letters: 1, altered: 1, unfaithful: 1 },
  ],
  [
    'a later look replaces an earlier one',
    [buried(1), found(dead(1).hash(7)), found(dead(1).hash(1))],
    'passed',
    { letters: 1 },
  ],
]);

table(
  'required',
  [
    ['none', [pushed(1), deliver(1), complete(1)], 'unknown', {}, ['no message was dead-lettered']],
    ['none left', [buried(1), redrive(1), found()], 'unknown', {}, ['every dead letter was taken away again']],
    ['one', [buried(1), found(dead(1).hash(1))], 'passed', { letters: 1 }],
  ],
  { required: true },
);

test('names messages, and only those that were chosen', () => {
  const events = [buried(1), buried(2), pushed(3), found(dead(2).hash(9), dead(2).hash(9), dead(3))];
  expect(judge(deadLetterFidelity, orders, ...events).examples).toEqual({
    missing: ['push-1'],
    altered: ['push-2'],
    doubled: ['push-2'],
    unexpectedLetters: ['push-3'],
  });
  expect(judge(deadLetterFidelity, { ...orders, messages: ['push-1'] }, ...events).examples).toEqual({
    missing: ['push-1'],
  });
});
