import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StepContext } from '../../../src/contracts/step.js';
import { BACKENDS, type BackendKind } from '../../../src/steps/queue/backends/backend.js';
import { createBackend } from '../../../src/steps/queue/backends/create.js';
import { queueInspect } from '../../../src/steps/queue/inspect.js';
import { queueKeys } from '../../../src/steps/queue/keys.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { queueWork } from '../../../src/steps/queue/work.js';
import { openTestContext, type TestContext } from '../context.js';
import { constant, deferred, expression } from '../fields.js';
import { endLeases, type Life, liveEachCommand, type Remains } from './crash.js';
import { FATES, type Fate } from './dying.js';
import { type Fault, pushInput, workInput } from './inputs.js';
import { take } from './turn.js';

// They run side by side, so that each has only a share of a slow machine.
vi.setConfig({ testTimeout: 60_000 });

let opened: TestContext;
beforeAll(async () => {
  opened = await openTestContext();
});
afterAll(async () => await opened[Symbol.asyncDispose]());

type Push = Parameters<typeof pushInput>[0];
type Work = Parameters<typeof workInput>[0];
type Message = { readonly id: string; readonly attempt: number };

const IDS = ['push-0', 'push-1'];
const idOf = ({ message }: { readonly message?: unknown }) => (message as Message).id;
const handle = { do: [deferred(({ message }) => ['RPUSH', 'handled', idOf({ message })])] };
const once = { ...handle, once: expression(idOf) };
const fails = (when: (message: Message) => boolean): Fault => ({
  fail: { when: expression(({ message }) => when(message as Message)), at: 'end' },
});

/** Messages that are ready to be taken, when it ends. */
const push =
  (backend: BackendKind, input: Push = { count: IDS.length }) =>
  async (context: StepContext) => {
    const { attempted } = await queuePush.run(pushInput({ backend, ...input }), context);
    const ready = async () => (await queueInspect.run({ queue: 'orders', backend }, context)).ready;
    await vi.waitFor(async () => expect(await ready()).toBe(attempted), { timeout: 5_000, interval: 1 });
  };

/** Somebody took the first message and was never heard of again. */
const pushAndTake = (backend: BackendKind) => async (context: StepContext) => {
  await push(backend)(context);
  const options = { visibilityMs: LONG, group: 'workers', now: context.clock.now };
  const queue = createBackend(backend, queueKeys(context.namespace, 'orders'), options);
  await queue.prepare(context.redis, {});
  await take(queue, context.redis, 'gone');
  await endLeases(backend, context);
};

const work = (input: Work) => (context: StepContext) => queueWork.run(workInput(input), context);

/** No delivery ends by itself. Where the program lives on, only time ends the lease of what it lost. */
const LONG = 60_000;
const visibilityFor = (fate: Fate) => (fate === 'lost' ? 150 : LONG);

/** A stream stays, empty, with its group; of the other kinds no key is left. */
const empty = (backend: BackendKind) => (backend === 'stream' ? ['orders'] : []);
const unique = (ids: readonly string[]) => [...new Set(ids)].sort();
const nothing = { ready: 0, delayed: 0, inFlight: 0 };

interface Operation {
  readonly before: (backend: BackendKind) => Life['before'];
  readonly work: Work;
  readonly ids?: readonly string[];
  /** Which messages end there, each exactly once; without it, each at least once in one of the two places. */
  readonly letters?: readonly string[];
  readonly handled?: readonly string[];
  readonly keys?: readonly string[];
}

const normally: Operation['before'] = (backend) => push(backend);
const alwaysFails = { ...handle, faults: [fails(() => true)] };
const failsFirst = { ...handle, faults: [fails(({ attempt }) => attempt === 1)] };
const bodies = [constant('a'), constant('b')];
const contents = ['3e23e8160039594a-0', 'ca978112ca1bbdca-0'];

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'take → complete': { before: normally, work: { handler: handle } },
  'delayed push → take → complete': {
    before: (backend) => push(backend, { count: 2, delay: constant(1) }),
    work: { handler: handle },
  },
  'take → crash → reclaim → complete': { before: pushAndTake, work: { handler: handle } },
  'take → fail → retry → take → complete': {
    before: normally,
    work: { handler: failsFirst, retry: { attempts: 5 } },
  },
  'take → fail → retry → take → fail → dead letter': {
    before: normally,
    work: { handler: alwaysFails, retry: { attempts: 2 }, deadLetter: 'dead' },
    letters: IDS,
  },
  'take → fail → dead letter, without an envelope': {
    before: (backend) => push(backend, { messages: bodies, envelope: 'none' }),
    work: { handler: alwaysFails, deadLetter: 'dead' },
    ids: contents,
    letters: contents,
  },
  'take → fail → discard': { before: normally, work: { handler: alwaysFails } },
  'take → crash → reclaim, once too often → dead letter': {
    before: pushAndTake,
    work: { handler: handle, maxDeliveries: 1, deadLetter: 'dead' },
  },
  'take → effect of `once` → complete': {
    before: normally,
    work: { handler: once },
    handled: IDS,
    keys: IDS.map((id) => `handled:once:orders:${id}`),
  },
};

const lives = (backend: BackendKind, { before, work: input }: Operation): Life => ({
  backend,
  before: before(backend),
  dying: (context, fate) => work({ backend, visibility: visibilityFor(fate), ...input })(context),
  after: work({ backend, visibility: LONG, ...input }),
});

/** Nothing is lost, nothing has two names, and nothing is left but what should be. */
function assertWhole(one: Remains, backend: BackendKind, { ids = IDS, letters, handled, keys = [] }: Operation): void {
  expect({ ...one, found: unique([...one.handled, ...one.letters]) }).toEqual({
    ...one,
    found: ids,
    letters: letters ?? unique(one.letters),
    handled: handled ?? one.handled,
    queue: nothing,
    keys: [...one.keys.filter((key) => key === 'handled' || key === 'dead'), ...empty(backend), ...keys].sort(),
  });
}

describe.concurrent.each(BACKENDS)('at least once on the %s backend, wherever the worker dies', (backend) => {
  test.each(Object.entries(OPERATIONS))('%s', async (_, operation) => {
    const [unhurt, ...hurt] = await liveEachCommand(lives(backend, operation), FATES, opened.context);
    expect(hurt.filter(({ struck }) => !struck)).toEqual([]);
    for (const one of [unhurt!, ...hurt]) assertWhole(one, backend, operation);
  });

  test('with two others of its program', async () => {
    const operation: Operation = {
      before: (of) => push(of, { count: 4 }),
      work: { workers: 3, handler: alwaysFails, retry: { attempts: 2, delay: 1 }, deadLetter: 'dead' },
      ids: ['push-0', 'push-1', 'push-2', 'push-3'],
    };
    const all = await liveEachCommand(lives(backend, operation), ['after'], opened.context);
    expect(all.length).toBeGreaterThan(5 * 4);
    for (const one of all) assertWhole(one, backend, { ...operation, letters: operation.ids! });
  });
});

/** What is not handled and no dead letter either, by the point at which the program died. */
const lostAt = (all: readonly Remains[]): Record<string, readonly string[]> =>
  Object.fromEntries(
    all.flatMap(({ point, handled, letters }) => {
      const lost = IDS.filter((id) => !handled.includes(id) && !letters.includes(id));
      return lost.length > 0 ? [[point, lost]] : [];
    }),
  );

describe.concurrent.each(BACKENDS)(
  'at most once on the %s backend, the message in hand is lost, and no other',
  (backend) => {
    test.each<[string, Work]>([
      ['handled', { handler: handle }],
      ['given up', { handler: { faults: [fails(() => true)] }, deadLetter: 'dead' }],
    ])('until it is %s', async (_, input) => {
      const life = lives(backend, { before: normally, work: { delivery: 'at-most-once', ...input } });
      const all = await liveEachCommand(life, FATES, opened.context);
      // Of a stream the first command makes the group. Then each message is taken, and one command deals with it.
      const first = backend === 'stream' ? 1 : 0;
      const second = first + 2;
      expect(lostAt(all)).toEqual({
        [`after ${first}`]: ['push-0'],
        [`lost ${first}`]: ['push-0'],
        [`before ${first + 1}`]: ['push-0'],
        [`after ${second}`]: ['push-1'],
        [`lost ${second}`]: ['push-1'],
        [`before ${second + 1}`]: ['push-1'],
      });
      for (const { handled, letters } of all)
        expect([...handled, ...letters]).toEqual(unique([...handled, ...letters]));
    });
  },
);

describe.concurrent.each(BACKENDS)('a producer on the %s backend that dies', (backend) => {
  test.each([
    ['at once', 0],
    ['with a delay', 1],
  ])('leaves each message whole or not at all, pushed %s', async (_, delayMs) => {
    const life: Life = {
      backend,
      before: async () => {},
      dying: (context) =>
        queuePush.run(pushInput({ backend, count: 3, delay: constant(delayMs) }), { ...context, stepName: 'push' }),
      after: work({ backend, visibility: LONG, handler: handle }),
    };
    const [, ...all] = await liveEachCommand(life, ['before', 'after'], opened.context);
    const pushed = Object.fromEntries(all.map(({ point, handled }) => [point, handled]));
    expect(pushed).toEqual({
      'before 0': [],
      'after 0': ['push-0'],
      'before 1': ['push-0'],
      'after 1': ['push-0', 'push-1'],
      'before 2': ['push-0', 'push-1'],
      'after 2': ['push-0', 'push-1', 'push-2'],
    });
    for (const { queue, keys, handled } of all) {
      expect({ queue, keys }).toEqual({
        queue: nothing,
        keys: [...(handled.length > 0 ? ['handled'] : []), ...empty(backend)],
      });
    }
  });
});
