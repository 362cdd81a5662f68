import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { inject } from 'vitest';
import type { Connection, Connections } from '../../src/contracts/redis.js';
import type { Actor, StepContext } from '../../src/contracts/step.js';
import type { Target } from '../../src/contracts/target.js';
import { systemClock } from '../../src/engine/clock.js';
import { createRandom } from '../../src/engine/random.js';
import { type CaseRecorder, createRecorder } from '../../src/history/recorder.js';
import { openConnection } from '../../src/redis/connection.js';
import { createNamespace } from '../../src/redis/namespace.js';
import { parseRedisUrl } from '../../src/redis/url.js';

export interface TestContext extends AsyncDisposable {
  readonly context: StepContext;
  readonly recorder: CaseRecorder;
  /** What steps left running; stopped at the end. */
  readonly actors: readonly Actor[];
}

/** What one step's handler has, on the server that all test files share, under a namespace of its own. */
export async function openTestContext(overrides: Partial<StepContext> = {}): Promise<TestContext> {
  const url = inject('serverUrl');
  const address = parseRedisUrl(url);
  const namespace = createNamespace({ mode: 'isolated', token: randomUUID(), ours: true });
  const opened: AsyncDisposable[] = [];
  const keep = async <T extends AsyncDisposable>(opening: Promise<T>): Promise<T> => {
    const resource = await opening;
    opened.push(resource);
    return resource;
  };
  const connect = (name: string) => keep(openConnection(address, { name }));
  const redis = await connect('shared');
  const named = new Map<string, Promise<Connection>>();
  const connections: Connections = {
    shared: async () => redis,
    named(name = 'case') {
      const connection = named.get(name) ?? connect(name);
      named.set(name, connection);
      return connection;
    },
    dedicated: connect,
    subscriber: () => Promise.reject(new Error('not yet')),
  };
  const actors: Actor[] = [];
  const states = new Map<string, unknown>();
  const recorder = createRecorder();
  const notHere = () => {
    throw new Error('there are no steps around a step that runs alone');
  };
  const { signal } = new AbortController();
  setMaxListeners(0, signal); // each command in flight listens
  const context: StepContext = {
    signal,
    clock: systemClock,
    random: createRandom(1),
    redis,
    rawConnection: () => connections.named(),
    connections,
    namespace,
    target: targetOf(url),
    history: recorder.forStep('step'),
    stepName: 'step',
    caseId: 'case',
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
    setVariables: notHere,
    ...overrides,
  };
  return {
    context,
    recorder,
    actors,
    async [Symbol.asyncDispose]() {
      for (const actor of actors) await actor.stop();
      const keys = await redis.call(['KEYS', namespace.key('*')]);
      if (Array.isArray(keys) && keys.length > 0) await redis.call(['UNLINK', ...keys.map(String)]);
      for (const resource of opened) await resource[Symbol.asyncDispose]();
    },
  };
}

const targetOf = (url: string): Target => ({
  kind: 'test',
  url,
  address: url,
  ours: true,
  secrets: [],
  [Symbol.asyncDispose]: async () => {},
});
