import { describe, expect, test } from 'vitest';
import { BACKENDS } from '../../../src/steps/queue/backends/backend.js';
import { queuePush } from '../../../src/steps/queue/push.js';
import { constant } from '../fields.js';
import { pushInput } from '../queue/inputs.js';
import { context, entry, fill, inspect, purge, recorded, redrive, useContext } from './dead-letters.js';

useContext();

describe.each(BACKENDS)('on the %s backend', (backend) => {
  test('an empty queue has nothing', async () => {
    expect(await inspect({ backend })).toEqual({ depth: 0, oldestAge: null, byReason: {}, entries: [] });
    expect(await redrive({ backend })).toEqual({ moved: 0, skipped: 0, remaining: 0 });
    expect(await purge({ backend, expectCount: 0 })).toEqual({ purged: 0 });
  });

  test('purges what is chosen', async () => {
    await fill(backend, 4);
    const where = entry(({ body }) => (body as { n: number }).n < 2);
    expect(await purge({ where, expectCount: 2 })).toEqual({ purged: 2 });
    expect(recorded('purge')).toEqual(['ok step-0', 'ok step-1']);
    expect((await inspect()).entries.map(({ id }) => id)).toEqual(['step-2', 'step-3']);
    expect(await purge()).toEqual({ purged: 2 });
    expect(await inspect()).toMatchObject({ depth: 0 });
  });

  test('refuses to purge another number than expected, and purges nothing', async () => {
    await fill(backend, 3);
    await expect(purge({ expectCount: 2 })).rejects.toMatchObject({
      name: 'ReplyError',
      code: 'REFUSED',
      message: 'dlq.purge expected 2 in dead and found 3; nothing was purged',
    });
    expect(await inspect()).toMatchObject({ depth: 3 });
    expect(recorded('purge')).toEqual([]);
  });

  test('what arrives after a purge began survives', async () => {
    await fill(backend, 2);
    // `where` is evaluated between looking and deleting.
    let late: Promise<unknown> | undefined;
    const where = entry(() => {
      late ??= queuePush.run(pushInput({ queue: 'dead', backend, message: constant('late') }), context());
      return true;
    });
    expect(await purge({ where })).toEqual({ purged: 2 });
    await late;
    expect((await inspect()).entries).toMatchObject([{ body: 'late' }]);
  });
});
