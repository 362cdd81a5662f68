import type { Mutation } from './mutation.js';

const BACKENDS = 'src/steps/queue/backends';
const LEASED = `${BACKENDS}/leased.ts`;
const STREAM = `${BACKENDS}/stream-lua.ts`;
const WORKER = 'src/steps/queue/worker.ts';
const RETRY = 'test/steps/queue/retry.test.ts';
const LOOK = 'test/steps/queue/look.test.ts';

export const workMutations: readonly Mutation[] = [
  {
    name: 'a worker that dies acknowledges what it had in hand',
    file: WORKER,
    find: 'log.crashed(this.#doer, held);',
    replace: 'log.crashed(this.#doer, held);\n        await this.#acknowledge(held);',
    caughtBy: 'scenarios/reliable-list.yaml',
  },
  {
    name: 'a message has one attempt more than it should',
    file: WORKER,
    find: 'progress.attempts >= retry.attempts',
    replace: 'progress.attempts > retry.attempts',
    caughtBy: 'scenarios/retries-then-dlq.yaml',
  },
  {
    name: 'a message is given up at its last allowed delivery, not beyond it',
    file: WORKER,
    find: 'if (taken.deliveries > maxDeliveries)',
    replace: 'if (taken.deliveries >= maxDeliveries)',
    caughtBy: [
      'test/steps/queue/leases.test.ts',
      'on the list backend > gives up what was delivered too often, crashes included',
    ],
  },
  {
    name: 'the jitter of a retry does not come from the seed',
    file: WORKER,
    find: "context.random.derive('jitter', message.id, progress.attempts)",
    replace: '({ ...context.random, next: Math.random })',
    caughtBy: [RETRY, 'the jitter of retries is the same in every run with the same seed'],
  },
  {
    name: 'jitter only ever makes a delay longer',
    file: 'src/steps/queue/retry.ts',
    find: '2 * random().next() - 1',
    replace: 'random().next()',
    caughtBy: [RETRY, 'jitter makes a delay longer or shorter by up to its share, the same for the same seed'],
  },
  {
    name: 'exponential backoff begins with twice the delay',
    file: 'src/steps/queue/retry.ts',
    find: '2 ** (failures - 1)',
    replace: '2 ** failures',
    caughtBy: [RETRY, '{"backoff":"exponential"} waits [100,200,400,800]'],
  },
  {
    name: 'a queue is drained while messages wait for their retry',
    file: 'src/steps/queue/pool.ts',
    find: 'inFlight > 0 || delayed > 0 ||',
    replace: 'inFlight > 0 ||',
    caughtBy: 'scenarios/retries-then-dlq.yaml',
  },
  {
    name: 'the marker of `once` is looked for and never set',
    file: 'src/steps/queue/effect.ts',
    find: "if not redis.call('SET', KEYS[1], '1', 'NX') then return 0 end",
    replace: "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end",
    caughtBy: 'scenarios/exactly-once.yaml',
  },
  {
    name: 'the marker of `once` stays when the effect was refused',
    file: 'src/steps/queue/effect.ts',
    find: "if at == 1 then redis.call('DEL', KEYS[1]) end",
    replace: '',
    caughtBy: [
      'test/steps/queue/handler.test.ts',
      'the effect > that is refused is a failure, and may be tried again (1)',
    ],
  },
  {
    name: 'a push that the server refused counts as taken',
    file: `${BACKENDS}/list.ts`,
    find: '.map(errorOf)',
    replace: '.map(() => null)',
    caughtBy: [
      'test/steps/queue/push.test.ts',
      'what goes wrong > a list push that is refused altogether fails with what the server said',
    ],
  },
  {
    name: 'of equal bodies the one that was pushed last is taken to come first',
    file: 'src/steps/queue/identities.ts',
    find: 'this.#waiting.get(contentOf(body))?.shift()',
    replace: 'this.#waiting.get(contentOf(body))?.pop()',
    caughtBy: [
      'test/steps/queue/identities.test.ts',
      'equal bodies are told apart by a counter, and recognized in the order in which they were pushed',
    ],
  },
  {
    name: 'a look says that it saw all, though the queue was at work',
    file: 'src/steps/queue/look.ts',
    find: 'const still = idle && activity.moves === moves;',
    replace: 'const still = true;',
    caughtBy: [LOOK, 'a look at a queue > that never holds still is not complete'],
  },
  {
    name: 'a look at a list misses what waits for a time',
    file: LEASED,
    find: "      [delayed!, 'queued'],\n",
    replace: '',
    caughtBy: [LOOK, 'a look at a list > finds what waits, what is in hand, and what waits for a time'],
  },
  {
    name: 'a look at a list misses what is in hand',
    file: LEASED,
    find: "      [leases!, 'inFlight'],\n",
    replace: '',
    caughtBy: [LOOK, 'a look at a list > finds what waits, what is in hand, and what waits for a time'],
  },
  {
    name: 'a look at a stream takes what waits for its retry to be in hand',
    file: STREAM,
    find: "redis.call('ZSCORE', retries, id) and 'queued' or 'inFlight'",
    replace: "'inFlight'",
    caughtBy: [LOOK, 'a look at a stream > finds what waits, what is in hand, and what waits for a time'],
  },
];
