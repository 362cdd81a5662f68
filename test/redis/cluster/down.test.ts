import { expect, test, vi } from 'vitest';
import { slotOf } from '../../../src/redis/cluster/slot.js';
import { openConnection } from '../../../src/redis/connection.js';
import { assertClusterServes } from '../../../src/redis/server.js';
import { addressOf } from '../../../src/redis/url.js';
import { startTestServer } from '../../support/server.js';

test('a slot that no node serves is refused at once; a cluster that is down for it, later and by name', async () => {
  await using cluster = await startTestServer({ topology: 'cluster', shards: 1, replicas: 0 });
  await using client = await openConnection(addressOf(cluster), { name: 'uncovered' });
  const caught = () => client.call(['GET', 'k']).catch((error: unknown) => error);
  await assertClusterServes(client, cluster.address);
  await client.call(['CONFIG', 'SET', 'cluster-require-full-coverage', 'no']);
  await client.call(['CLUSTER', 'DELSLOTS', slotOf('k')]);
  const started = performance.now();
  expect(await caught()).toMatchObject({ name: 'ReplyError', code: 'CLUSTERDOWN', message: 'Hash slot not served' });
  expect(performance.now() - started).toBeLessThan(500);

  await client.call(['CONFIG', 'SET', 'cluster-require-full-coverage', 'yes']);
  // Its state is looked at again when slots change.
  await client.call(['CLUSTER', 'DELSLOTS', slotOf('n')]);
  await vi.waitFor(async () => expect(await client.call(['CLUSTER', 'INFO'])).toContain('cluster_state:fail'));
  const error = await assertClusterServes(client, '127.0.0.1:7000').catch((raised: unknown) => raised);
  expect(error).toMatchObject({
    name: 'TargetError',
    message: 'the cluster at 127.0.0.1:7000 is down: nodes serve 16382 of its 16384 slots',
    details: { next: 'wait until a failover is over, or see what `redis-cli --cluster check` finds' },
  });
  // It is asked again, for it may be up soon.
  const waiting = client.call(['SET', 'other', 'v']);
  await client.call(['CONFIG', 'SET', 'cluster-require-full-coverage', 'no']);
  await client.call(['CLUSTER', 'ADDSLOTS', slotOf('n')]);
  expect(await waiting).toBe('OK');
}, 30_000);

test('a user who may not ask for the slots is told so at once', async () => {
  const acl = { users: [{ name: 'app', rules: '~* &* +@all -cluster' }], as: 'app' };
  await using cluster = await startTestServer({ topology: 'cluster', shards: 1, replicas: 0, acl });
  await using client = await openConnection(addressOf(cluster), { name: 'forbidden' });
  const caught = async (call: Promise<unknown>) => await call.catch((error: unknown) => error);
  const message = expect.stringMatching(/^\S.* was not sent: NOPERM .*'cluster\|slots'/);
  expect(await caught(client.nodes())).toMatchObject({ name: 'OutcomeUnknown', sent: false, message });
  expect(await caught(client.call(['GET', 'k']))).toMatchObject({ name: 'OutcomeUnknown', sent: false, message });
  const asked = /cmdstat_cluster\|slots:.*rejected_calls=(\d+)/.exec(
    String(await client.call(['INFO', 'commandstats'])),
  );
  expect(Number(asked?.[1])).toBeLessThanOrEqual(3);
  expect(await caught(assertClusterServes(client, '127.0.0.1:7000'))).toMatchObject({
    name: 'TargetError',
    message: expect.stringMatching(/^the cluster at 127\.0\.0\.1:7000 cannot be used: NOPERM /),
    details: { next: 'let the user run CLUSTER: ACL SETUSER … +cluster' },
  });
}, 30_000);
