import { expect, test } from 'vitest';
import { addressOf } from '../../src/redis/url.js';
import { startTestServer } from '../support/server.js';
import { mixOfCommands, openWire, outcomeOf } from './support.js';

test('behind Sentinels operations go to the primary, and after a failover to the new one', async () => {
  await using target = await startTestServer({ topology: 'sentinel' });
  using wire = await openWire(addressOf(target));
  const mix = mixOfCommands(['INCR', 'counter']);
  const run = wire.run({ mix });
  const progress = () => run.tally.sum('operations') - run.tally.sum('errors');
  await expect.poll(progress, { timeout: 20_000 }).toBeGreaterThan(100);
  await target.node!('primary').kill();
  await expect.poll(() => run.tally.disconnects, { timeout: 20_000 }).toBeGreaterThan(0);
  const before = progress();
  await expect.poll(progress, { timeout: 30_000 }).toBeGreaterThan(before + 100);
  run.stop();
  const { unknown } = await outcomeOf(run);
  expect(unknown).toBeGreaterThan(0);
}, 90_000);
