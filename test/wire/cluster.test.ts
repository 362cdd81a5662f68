import { afterAll, beforeAll, expect, test } from 'vitest';
import { slotOf } from '../../src/redis/cluster/slot.js';
import { uniform } from '../../src/wire/command/distribution.js';
import { Digits } from '../../src/wire/command/hole.js';
import { type Cluster, type ClusterNode, startCluster } from '../support/cluster.js';
import { commandStats, mixOfCommands, openWire, outcomeOf } from './support.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 30_000);
afterAll(async () => await cluster[Symbol.asyncDispose]());

const resetStats = () => Promise.all(cluster.primaries.map(({ admin }) => admin.call('CONFIG', 'RESETSTAT')));
const callsOn = async ({ admin }: ClusterNode, name: string) => (await commandStats(admin))[name]?.calls ?? 0;

test('each operation goes to the node that holds its key, and is counted there', async () => {
  using wire = await openWire(cluster.address);
  await resetStats();
  const mix = mixOfCommands(['SET', ['key:', new Digits(uniform(1_000, 3, 0))], 'v'], ['PING']);
  const { operations, errors, tally } = await outcomeOf(wire.run({ mix, count: 3_000 }));
  expect([operations, errors, tally.redirected]).toEqual([3_000, 0, 0]);
  for (const node of cluster.primaries) {
    const calls = (await callsOn(node, 'set')) + (await callsOn(node, 'ping'));
    expect(tally.byNode[wire.nodes.names.indexOf(node.name)]).toBe(calls);
    expect(calls).toBeGreaterThan(500);
  }
});

test('a slot that moves during the run is followed, while it moves and after', async () => {
  const [home, from, to] = cluster.primaries as readonly [ClusterNode, ClusterNode, ClusterNode];
  const tag = cluster.keyOn(from, 'move');
  const slot = slotOf(tag);
  const setslot = (node: ClusterNode, ...args: string[]) => node.admin.call('CLUSTER', 'SETSLOT', slot, ...args);
  using wire = await openWire(cluster.address, { clients: 4, pipeline: 8 });
  await resetStats();
  const keys = Array.from({ length: 20 }, (_, number) => `{${tag}}:${number}`);
  const mix = mixOfCommands(['INCR', [`{${tag}}:`, new Digits(uniform(keys.length, 3, 0))]]);
  const run = wire.run({ mix, forMs: 60_000 });
  const progress = async (more: number) => {
    const before = run.tally.sum('operations');
    await expect.poll(() => run.tally.sum('operations'), { timeout: 20_000 }).toBeGreaterThan(before + more);
  };
  await progress(100);
  await setslot(to, 'IMPORTING', from.id);
  await setslot(from, 'MIGRATING', to.id);
  for (const key of keys) {
    await from.admin.call('MIGRATE', '127.0.0.1', to.port, key, 0, 5_000, 'AUTH', cluster.address.password!);
  }
  // None of the keys is there any more: each operation is sent on.
  await progress(100);
  expect(run.tally.redirected).toBeGreaterThanOrEqual(50);
  for (const node of [to, from, home]) await setslot(node, 'NODE', to.id);
  await progress(500);
  run.stop();
  const { operations, errors, unknown, tally } = await outcomeOf(run);
  const values = await Promise.all(keys.map((key) => to.admin.get(key)));
  const applied = values.reduce((sum, value) => sum + Number(value), 0);
  expect(errors).toBe(0);
  expect(applied).toBeGreaterThanOrEqual(operations!);
  expect(applied).toBeLessThanOrEqual(operations! + unknown!);
  expect(tally.byNode[wire.nodes.names.indexOf(to.name)]).toBeGreaterThan(500);
});

test('a node that dies leaves its operations unknown, and those after it wait', async () => {
  const [, , dying] = cluster.primaries as readonly [ClusterNode, ClusterNode, ClusterNode];
  using wire = await openWire(cluster.address, { clients: 4, pipeline: 8 });
  const key = cluster.keyOn(dying, 'dying');
  const stays = cluster.keyOn(cluster.primaries[0]!, 'stays');
  const run = wire.run({ mix: mixOfCommands(['INCR', key], ['INCR', stays]), forMs: 60_000, drainMs: 100 });
  await expect.poll(() => run.tally.sum('operations'), { timeout: 20_000 }).toBeGreaterThan(100);
  await dying.server.kill();
  await expect.poll(() => run.tally.disconnects, { timeout: 20_000 }).toBeGreaterThan(0);
  await dying.server.restart();
  const before = run.tally.byNode[wire.nodes.names.indexOf(dying.name)]!;
  await expect
    .poll(() => run.tally.byNode[wire.nodes.names.indexOf(dying.name)], { timeout: 20_000 })
    .toBeGreaterThan(before + 100);
  run.stop();
  const { unknown, tally } = await outcomeOf(run);
  expect(tally.disconnects).toBe(4);
  expect(unknown).toBeGreaterThan(0);
}, 60_000);
