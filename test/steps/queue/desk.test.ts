import { afterEach, beforeEach, expect, test } from 'vitest';
import { OutcomeUnknown } from '../../../src/errors.js';
import { type Idle, isTaken, type QueueBackend, type Taken } from '../../../src/steps/queue/backends/backend.js';
import { createBackend } from '../../../src/steps/queue/backends/create.js';
import { Desk } from '../../../src/steps/queue/desk.js';
import { queueKeys } from '../../../src/steps/queue/keys.js';
import { openTestContext, type TestContext } from '../context.js';
import { complete } from './turn.js';

const options = {};

let opened: TestContext;
let backend: QueueBackend;
let desk: Desk;
/** How many messages and consumers went into each call, in the order of the calls. */
let calls: string[];

beforeEach(async () => {
  opened = await openTestContext();
});
afterEach(async () => {
  await desk[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();
});

async function openDesk(visibilityMs: number | null, messages: number): Promise<void> {
  const { context } = opened;
  const keys = queueKeys(context.namespace, 'orders');
  backend = createBackend('list', keys, { visibilityMs, group: 'workers', now: context.clock.now });
  const pushes = Array.from({ length: messages }, (_, index) => ({ payload: `message ${index}`, delayMs: 0 }));
  await backend.push(context.redis, pushes, options);
  calls = [];
  const counting: Pick<QueueBackend, 'settleAndTake'> = {
    settleAndTake(connection, done, consumers, more) {
      calls.push(`settle ${done.length}, take ${consumers.length}`);
      return backend.settleAndTake(connection, done, consumers, more);
    },
  };
  const connection = await context.connections.busy('desk');
  desk = new Desk(Object.assign(Object.create(backend), counting), connection, visibilityMs !== null, context.signal);
}

const take = async (consumer: string): Promise<Taken | Idle> => (await desk.ask(null, consumer)).next!;
const settle = async (done: Taken): Promise<boolean> => (await desk.ask(done, null)).settled;
const takeAll = (count: number) => Promise.all(Array.from({ length: count }, (_, index) => take(`worker ${index}`)));
const taken = (answers: readonly object[]): Taken[] => answers.filter((one): one is Taken => 'payload' in one);

test('what workers ask for at once goes to the server as one script, acknowledgements first, and each has one message', async () => {
  await openDesk(60_000, 6);
  // A server that does not know the script yet is asked twice, which would be too late.
  for (const one of taken(await takeAll(1))) await settle(one);
  calls.length = 0;
  const held = taken(await takeAll(3));
  expect(held.map(({ payload, consumer }) => [payload, consumer])).toEqual([
    ['message 1', 'worker 0'],
    ['message 2', 'worker 1'],
    ['message 3', 'worker 2'],
  ]);
  const answers = await Promise.all(held.map((one, index) => desk.ask(one, `worker ${index}`)));
  expect(answers.map(({ settled }) => settled)).toEqual([true, true, true]);
  // Where there are not enough the rest learns how many are in flight, those just taken included.
  const next = answers.map(({ next }) => next!);
  expect(next.map((one) => (isTaken(one) ? one.payload : one.inFlight))).toEqual(['message 4', 'message 5', 2]);
  expect(calls).toEqual(['settle 0, take 3', 'settle 3, take 3']);
});

test('one ended lease among several settles nothing, and the others do', async () => {
  await openDesk(60_000, 3);
  const [first, second, third] = taken(await takeAll(3));
  await complete(backend, opened.context.redis, second!);
  expect(await Promise.all([first!, second!, third!].map((one) => settle(one)))).toEqual([true, false, true]);
  expect(await backend.inspect(opened.context.redis, options)).toMatchObject({ ready: 0, inFlight: 0 });
});

test('at most once each takes alone, so that a lost reply loses one message', async () => {
  await openDesk(null, 3);
  expect(taken(await takeAll(3)).map(({ payload }) => payload)).toEqual(['message 0', 'message 1', 'message 2']);
  expect(calls).toEqual(['settle 0, take 1', 'settle 0, take 1', 'settle 0, take 1']);
});

test('no call is for more than 64', async () => {
  await openDesk(60_000, 100);
  const held = taken(await takeAll(100));
  expect(new Set(held.map(({ entry }) => entry)).size).toBe(100);
  await Promise.all(held.map((one) => settle(one)));
  expect(calls).toEqual(['settle 0, take 64', 'settle 0, take 36', 'settle 64, take 0', 'settle 36, take 0']);
});

test('a broken connection leaves the outcome unknown to all who wait', async () => {
  await openDesk(60_000, 3);
  const [one] = taken(await takeAll(1));
  const asked = [desk.ask(one!, 'worker 0'), take('a'), take('b')].map((asking) =>
    asking.catch((error: unknown) => error),
  );
  await new Promise((resolve) => setImmediate(resolve));
  desk.connection.destroy();
  for (const error of await Promise.all(asked)) expect(error).toBeInstanceOf(OutcomeUnknown);
});
