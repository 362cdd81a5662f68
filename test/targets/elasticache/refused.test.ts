import { expect, test } from 'vitest';
import { refusedAt, refusedBy } from '../../../src/targets/elasticache/refused.js';

test.each<[host: string, by: string | undefined]>([
  ['orders.abc123.ng.0001.euw1.cache.amazonaws.com', 'ElastiCache'],
  ['clustercfg.orders.abc123.euw1.cache.amazonaws.com', 'ElastiCache'],
  ['orders-ro.abc123.ng.0001.cnn1.cache.amazonaws.com.cn', 'ElastiCache'],
  ['orders-abc123.serverless.euw1.cache.amazonaws.com', 'ElastiCache Serverless'],
  ['clustercfg.orders.abc123.memorydb.eu-west-1.amazonaws.com', 'MemoryDB'],
  ['ORDERS-ABC123.SERVERLESS.EUW1.CACHE.AMAZONAWS.COM', 'ElastiCache Serverless'],
  ['cache.amazonaws.com.example.org', undefined],
  ['localhost', undefined],
])('%s', (host, by) => {
  expect(refusedAt(host)?.by).toBe(by);
});

test('each mode refuses what it says, and no more', () => {
  const [nodes, serverless, memorydb] = (['nodes', 'serverless', 'memorydb'] as const).map(
    (mode) => new Set(refusedBy(mode).commands),
  );
  expect(
    ['CONFIG', 'WAIT', 'MODULE'].map((name) => [nodes, serverless, memorydb].map((list) => list!.has(name))),
  ).toEqual([
    [true, true, true],
    [false, true, false],
    [false, false, true],
  ]);
});
