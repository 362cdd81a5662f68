import { describe, expect, test } from 'vitest';
import { parseRedirect, Topology } from '../../../src/redis/cluster/topology.js';

describe('what CLUSTER SLOTS says', () => {
  const topology = new Topology();
  const names = topology.learnSlots(
    [
      [0, 99, ['10.0.0.1', 6379, 'a', {}], ['10.0.0.3', 6379, 'c']],
      [100, 199, ['', 6380, 'b']],
      [200, 299, [null, 6381, 'd']],
      [300, 399, ['?', 6382, 'e'], ['::1', 6383, 'f']],
    ],
    'asked',
  );

  test('names nodes, those without a host by who was asked', () => {
    expect([50, 100, 299, 300, 400].map((slot) => topology.primaryOf(slot))).toEqual([
      '10.0.0.1:6379',
      'asked:6380',
      'asked:6381',
      'asked:6382',
      undefined,
    ]);
    expect(topology.replicasOf(0)).toEqual(['10.0.0.3:6379']);
    expect(topology.replicasOf(300)).toEqual(['[::1]:6383']);
    expect(topology.primaries).toHaveLength(4);
    expect(topology.nodes).toHaveLength(6);
    expect(names.get('b')).toBe('asked:6380');
  });

  test('gives way to MOVED, until it is asked again', () => {
    topology.move(7, 'new:1');
    expect([topology.primaryOf(7), topology.primaryOf(8)]).toEqual(['new:1', '10.0.0.1:6379']);
    expect(topology.replicasOf(7)).toEqual([]);
    expect(topology.primaries).toContain('new:1');
    topology.learnSlots([], 'asked');
    expect(topology.primaryOf(7)).toBeUndefined();
  });
});

const REDIRECTS: readonly (readonly [message: string, redirect: unknown])[] = [
  ['MOVED 3999 127.0.0.1:6381', { kind: 'MOVED', slot: 3999, node: '127.0.0.1:6381' }],
  ['ASK 1 cache.example:6381', { kind: 'ASK', slot: 1, node: 'cache.example:6381' }],
  ['MOVED 1 :6381', { kind: 'MOVED', slot: 1, node: 'from:6381' }],
  ['MOVED 1 ?:6381', { kind: 'MOVED', slot: 1, node: 'from:6381' }],
  ['MOVED 1 ::1:6381', { kind: 'MOVED', slot: 1, node: '[::1]:6381' }],
  ['ERR MOVED 1 127.0.0.1:6381', { kind: 'MOVED', slot: 1, node: '127.0.0.1:6381' }],
  ['ERR unknown command', undefined],
];

test.each(REDIRECTS)('%s', (message, redirect) => {
  expect(parseRedirect(message, 'from')).toEqual(redirect);
});
