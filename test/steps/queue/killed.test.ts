import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StepContext } from '../../../src/contracts/step.js';
import { createNamespace } from '../../../src/redis/namespace.js';
import { dlqInspect } from '../../../src/steps/dlq/inspect.js';
import { BACKENDS } from '../../../src/steps/queue/backends/backend.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { folderWith, runRedrill, startRedrill } from '../../support/redrill.js';
import type { TestContext } from '../context.js';
import { program } from './crash.js';
import { pushInput } from './inputs.js';
import { openOwnServer } from './own-server.js';

// Each starts the program twice.
vi.setConfig({ testTimeout: 60_000 });

let own: TestContext;
let context: StepContext;
beforeAll(async () => {
  const namespace = createNamespace({ mode: 'literal', token: 'killed', ours: true });
  own = await openOwnServer({ namespace, stepName: 'push' });
  ({ context } = own);
});
afterAll(async () => await own[Symbol.asyncDispose]());

const TOTAL = 60;
const isPoisoned = (sequence: number) => sequence % 10 === 3;
const idsOf = (poisoned: boolean) =>
  Array.from({ length: TOTAL }, (_, n) => n).flatMap((n) => (isPoisoned(n) === poisoned ? [`push-${n}`] : []));

/** Names as written, so that one process finds what another left. The effect of a poisoned message is refused. */
const scenario = (backend: string, ...until: readonly string[]) => `
name: worker
keys: literal
steps:
  - queue.work:
      queue: orders
      backend: ${backend}
      workers: 3
      visibility: 200ms
      retry: { attempts: 2, delay: 5ms }
      deadLetter: dead
      handler:
        takes: 1ms
        do: [[RPUSH, "\${{ message.sequence % 10 == 3 ? 'text' : 'handled' }}", "\${{ message.id }}"]]
        once: message.id
      ${until.join('\n      ')}
  - queue.inspect: { queue: orders, backend: ${backend} }
    expect: { ready: 0, delayed: 0, inFlight: 0 }
`;

describe.each(BACKENDS)('a process that is killed while it works on a %s', (backend) => {
  test.each([1, 40])('leaves everything to the next, after %d effects', async (effects) => {
    await context.redis.call(['FLUSHALL']);
    await context.redis.call(['SET', 'text', 'not a list']);
    await queuePush.run(pushInput({ backend, count: TOTAL }), program(context, 'push'));
    const folder = folderWith({
      // It never ends by itself before it is killed.
      'dying.yaml': scenario(backend, 'until: stopped', 'for: 60s'),
      'heir.yaml': scenario(backend, 'until: drained'),
    });
    const run = (file: string) => ['run', join(folder, file), '--url', context.target.url];

    const { child, finished } = startRedrill(run('dying.yaml'));
    const handled = async () => (await context.redis.call(['LRANGE', 'handled', 0, -1])) as string[];
    const count = async () => expect((await handled()).length).toBeGreaterThanOrEqual(effects);
    await vi.waitFor(count, { timeout: 30_000, interval: 1 });
    child.kill('SIGKILL');
    expect((await finished).exitCode).toBeNull();

    const heir = await runRedrill(run('heir.yaml'));
    expect(heir).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await handled()).toSorted()).toEqual(idsOf(false).toSorted());
    const { entries } = await dlqInspect.run({ queue: 'dead', limit: TOTAL }, context);
    expect(entries.map(({ id }) => id).sort()).toEqual(idsOf(true).toSorted());
  });
});
