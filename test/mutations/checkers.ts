import type { Mutation } from './mutation.js';

const TALLY = 'src/checkers/tally.ts';
const LOOKS = 'src/checkers/looks.ts';
const TOTAL_QUEUE = 'test/checkers/total-queue.test.ts';
const GUARANTEES = 'test/checkers/guarantees.test.ts';
const EARLY = 'test/checkers/early-redelivery.test.ts';
const ORDER = 'test/checkers/order.test.ts';

const onAccounts: readonly Mutation[] = [
  {
    name: 'a push that was never answered counts as acknowledged',
    file: TALLY,
    find: "if (phase === 'ok') this.marks[message]! |= ATTEMPTED | ACKNOWLEDGED;",
    replace: "if (phase !== 'fail') this.marks[message]! |= ATTEMPTED | ACKNOWLEDGED;",
    caughtBy: [TOTAL_QUEUE, 'pushes > never answered and never seen: not lost'],
  },
  {
    name: 'what was moved without an answer counts as lost',
    file: TALLY,
    find: 'if (places === 0 && marks & (MAYBE_GONE | MAYBE_BACK | HANDLED)) return UNCERTAIN;',
    replace: '',
    caughtBy: [TOTAL_QUEUE, 'how messages end > dead-lettering was never answered: not lost'],
  },
  {
    name: 'a redriven message is still accounted for as a dead letter',
    file: TALLY,
    find: "this.marks[message]! &= ~(BURIED | (operation === 'redrive' ? DEPARTED : 0));",
    replace: "this.marks[message]! &= ~(operation === 'redrive' ? DEPARTED : 0);",
    caughtBy: [TOTAL_QUEUE, 'how messages end > redriven and completed'],
  },
  {
    name: 'what nobody pushed is overlooked',
    file: TALLY,
    find: 'return (this.marks[message]! & (ATTEMPTED | ARRIVED)) === 0 && !this.isStranger(message);',
    replace: 'return false;',
    caughtBy: [TOTAL_QUEUE, 'what comes from nowhere > delivered'],
  },
  {
    name: 'a message that is pushed from a dead-letter queue counts as coming from nowhere',
    file: TALLY,
    find: 'this.#mark(event, ARRIVED, ARRIVED | MAYBE_BACK);',
    replace: 'this.#mark(event, 0, MAYBE_BACK);',
    caughtBy: [TOTAL_QUEUE, 'what comes from nowhere > a dead letter of this queue comes back'],
  },
  {
    name: 'a queue that is not drained passes',
    file: 'src/checkers/outcome.ts',
    find: 'const left = queued + inFlight > 0;',
    replace: 'const left = false;',
    caughtBy: [TOTAL_QUEUE, 'what nobody can know > not drained'],
  },
  {
    name: 'what is not known hides what is certainly wrong',
    file: 'src/checkers/outcome.ts',
    find: "violations.length > 0 ? 'failed' : doubts.length > 0 ? 'unknown' : 'passed';",
    replace: "doubts.length > 0 ? 'unknown' : violations.length > 0 ? 'failed' : 'passed';",
    caughtBy: [GUARANTEES, 'at-least-once > given up, whatever else is not known'],
  },
  {
    name: 'completions are counted where effects were recorded',
    file: 'src/checkers/outcome.ts',
    find: 'const times = marks & AFFECTED ?',
    replace: 'const times = marks & 0 ?',
    caughtBy: [GUARANTEES, 'exactly-once-effect > its effect twice, completed once'],
  },
  {
    name: 'at-least-once forgives what was given up',
    file: 'src/checkers/at-least-once.ts',
    find: "forbids: ['lost', 'unexpected', 'discarded']",
    replace: "forbids: ['lost', 'unexpected']",
    caughtBy: [GUARANTEES, 'at-least-once > given up'],
  },
  {
    name: 'at-most-once forgives a second delivery',
    file: 'src/checkers/at-most-once.ts',
    find: "forbids: ['redelivered', 'unexpected']",
    replace: "forbids: ['unexpected']",
    caughtBy: [GUARANTEES, 'at-most-once > redriven'],
  },
  {
    name: 'a look counts, whatever happened after it',
    file: LOOKS,
    find: 'if (this.#current.has(target)) this.#stale.add(target);',
    replace: '',
    caughtBy: [TOTAL_QUEUE, 'what nobody can know > the look came before a push'],
  },
  {
    name: 'a look that was not complete counts',
    file: LOOKS,
    find: "phase === 'ok' ? 'complete' : 'incomplete'",
    replace: "'complete'",
    caughtBy: [TOTAL_QUEUE, 'what nobody can know > the look was not complete'],
  },
  {
    name: 'a message in two places is in one of them',
    file: 'src/checkers/outcome.ts',
    find: '(places & (places - 1)) !== 0;',
    replace: 'places < 0;',
    caughtBy: ['test/checkers/conservation.test.ts', 'none, or two > completed and queued'],
  },
  {
    name: 'a dead letter may have another body than the message',
    file: 'src/checkers/dead-letter-fidelity.ts',
    find: 'const differs = known && this.#hashes[message] !== hash;',
    replace: 'const differs = !known && this.#hashes[message] !== hash;',
    caughtBy: ['test/checkers/dead-letter-fidelity.test.ts', 'letters > altered'],
  },
  {
    name: 'of the queue of another program, what is in hand counts as gone',
    file: 'src/checkers/whereabouts.ts',
    find: 'const found = [...places.keys()].filter((place) => is(place, message));',
    replace: "const found = [...places.keys()].filter((place) => place !== 'inFlight' && is(place, message));",
    caughtBy: [
      'test/steps/verify/queue.test.ts',
      'what lies in a processing list is in flight, and what failed is in the dead-letter list',
    ],
  },
  {
    name: 'of several verdicts, unknown is worse than failed',
    file: 'src/steps/verify/ask.ts',
    find: "['failed', 'unknown'] as const",
    replace: "['unknown', 'failed'] as const",
    caughtBy: ['test/steps/verify/ask.test.ts', 'the worst verdict decides: failed, unknown, passed'],
  },
];

const onTimes: readonly Mutation[] = [
  {
    name: 'a delivery is early until some time after it was due',
    file: 'src/checkers/early.ts',
    find: 'due - ROUNDING_MS -',
    replace: 'due + ROUNDING_MS -',
    caughtBy: [EARLY, 'leases > after it ended'],
  },
  {
    name: 'a crash ends the lease',
    file: 'src/checkers/early.ts',
    find: "operation === 'complete' || operation === 'deadLetter'",
    replace: "operation === 'crash' || operation === 'complete' || operation === 'deadLetter'",
    caughtBy: [EARLY, 'leases > nor does a crash'],
  },
  {
    name: 'the acknowledgement of an ended lease ends the next one',
    file: 'src/checkers/early.ts',
    find: 'return attempt > 0 && attempt < this.#holder[message]!;',
    replace: 'return attempt < 0;',
    caughtBy: [EARLY, 'leases > the acknowledgement of an ended lease does not end the next one'],
  },
  {
    name: 'order compares when deliveries came, not when they were asked for',
    file: 'src/checkers/deliveries.ts',
    find: 'since === undefined ? row : this.#countUntil(since, row)',
    replace: 'since === undefined ? row : this.#countUntil(time, row)',
    caughtBy: [ORDER, 'fifo > a delivery that was asked for before the other one came may have been first'],
  },
  {
    name: 'order takes later deliveries of a message for its first',
    file: 'src/checkers/deliveries.ts',
    find: 'if (seenIn[lane] === message) continue;',
    replace: '',
    caughtBy: [ORDER, 'fifo > only the first delivery counts'],
  },
  {
    name: 'order per key compares messages of different keys',
    file: 'src/checkers/pushes.ts',
    find: "this.perKey ? (key ?? '') : ''",
    replace: "this.perKey ? '' : ''",
    caughtBy: [ORDER, 'per-key > keys overtake each other'],
  },
  {
    name: 'a worker that lets a message go just as another gets it had it at the same time',
    file: 'src/checkers/lease-overlap.ts',
    find: 'find(({ since }) => since < time)',
    replace: 'find(({ since }) => since <= time)',
    caughtBy: ['test/checkers/lease-overlap.test.ts', 'let go at the moment of the other delivery'],
  },
  {
    name: 'every delivery of a delayed message is measured',
    file: 'src/checkers/scheduling.ts',
    find: '        if (attempt > 1) return;\n',
    replace: '',
    caughtBy: ['test/checkers/scheduling.test.ts', 'the first delivery is unknown'],
  },
  {
    name: 'a retry is early where its jitter made it shorter',
    file: 'src/checkers/retry-policy.ts',
    find: 'expected * (1 - jitter) *',
    replace: 'expected *',
    caughtBy: ['test/checkers/retry-policy.test.ts', 'as early as may be'],
  },
  {
    name: 'a message may be given up one attempt too soon',
    file: 'src/checkers/failures.ts',
    find: 'failures >= this.limits.attempts ||',
    replace: 'failures >= this.limits.attempts - 1 ||',
    caughtBy: ['test/checkers/retry-policy.test.ts', 'given up too soon'],
  },
];

export const checkerMutations: readonly Mutation[] = [...onAccounts, ...onTimes];
