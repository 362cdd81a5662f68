import { randomUUID } from 'node:crypto';
import { checkers } from '../../src/builtins.js';
import type { Checker } from '../../src/contracts/checker.js';
import type { Actor, StepContext } from '../../src/contracts/step.js';
import type { Target } from '../../src/contracts/target.js';
import { runChecks } from '../../src/engine/check.js';
import { systemClock } from '../../src/engine/clock.js';
import { createRandom } from '../../src/engine/random.js';
import { type CaseRecorder, createRecorder } from '../../src/history/recorder.js';
import { removeNamespace } from '../../src/redis/cleanup.js';
import { openConnection } from '../../src/redis/connection.js';
import { openConnections } from '../../src/redis/connections.js';
import { createNamespace } from '../../src/redis/namespace.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import { dialWire } from '../../src/wire/link.js';

export interface TestContext extends AsyncDisposable {
  readonly context: StepContext;
  readonly recorder: CaseRecorder;
  /** What steps left running; stopped at the end. */
  readonly actors: readonly Actor[];
}

/** What one step's handler has, on this server, under a namespace of its own. */
export async function openContextAt(url: string, overrides: Partial<StepContext> = {}): Promise<TestContext> {
  const address = parseRedisUrl(url);
  const caseId = randomUUID();
  const namespace = createNamespace({ mode: 'isolated', token: caseId, ours: true });
  const redis = await openConnection(address, { name: 'shared' });
  const connections = openConnections(address, { caseName: caseId, shared: redis, dialBusy: dialWire });
  const actors: Actor[] = [];
  const states = new Map<string, unknown>();
  const recorder = createRecorder();
  const notHere = () => {
    throw new Error('there are no steps around a step that runs alone');
  };
  const context: StepContext = {
    signal: new AbortController().signal,
    clock: systemClock,
    random: createRandom(1),
    redis,
    rawConnection: () => connections.named(),
    connections,
    namespace,
    target: targetOf(url),
    history: recorder.forStep('step'),
    stepName: 'step',
    caseId,
    folder: import.meta.dirname,
    env: {},
    targetScope: { url },
    capability: () => [],
    caseState<T>(name: string, create: () => T): T {
      if (!states.has(name)) states.set(name, create());
      return states.get(name) as T; // made by the same area, under the same name
    },
    reportProgress: () => {},
    keepRunning: (actor) => actors.push(actor),
    runSteps: notHere,
    collect: notHere,
    actor: notHere,
    stopActor: notHere,
    recorded: () => recorder.view(),
    check: (requests) => runChecks(recorder.view(), requests, loadCheckers),
    noteFault: () => () => {},
    noteLoad: () => {},
    setVariables: notHere,
    ...overrides,
  };
  return {
    context,
    recorder,
    actors,
    async [Symbol.asyncDispose]() {
      await Promise.all(actors.map((actor) => actor.stop()));
      await connections[Symbol.asyncDispose]();
      await removeNamespace(redis, namespace);
      await redis[Symbol.asyncDispose]();
    },
  };
}

async function loadCheckers(names: Iterable<string>): Promise<ReadonlyMap<string, Checker>> {
  const wanted = checkers.filter(({ name }) => new Set(names).has(name));
  return new Map(await Promise.all(wanted.map(async ({ name, load }) => [name, await load()] as const)));
}

export const targetOf = (url: string): Target => ({
  kind: 'test',
  url,
  address: url,
  ours: true,
  secrets: [],
  [Symbol.asyncDispose]: async () => {},
});
