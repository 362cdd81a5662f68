import type { Random } from '../../src/contracts/step.js';

/** Gives the smallest number each time. */
const random: Random = {
  next: () => 0,
  integer: (minimum) => minimum,
  derive: () => random,
  uuid: () => '00000000-0000-4000-8000-000000000000',
};

/** What the tests of expressions have in scope. */
export const scope = {
  vars: {
    n: 5,
    half: 0.5,
    text: 'ada',
    yes: true,
    list: [1, 2, 3],
    counts: { '5': 'five' },
    big: 9007199254740993n,
    small: 7n,
    'odd key': 1,
  },
  steps: { work: { completed: 200, delivered: 207, value: null, latency: { p99: 12.5 } } },
  case: { id: 'c1', namespace: 'r:1' },
  random,
};

export const names = Object.keys(scope);
