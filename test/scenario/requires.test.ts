import { describe, expect, test } from 'vitest';
import type { ServerFacts } from '../../src/contracts/target.js';
import { unmetRequirement } from '../../src/scenario/requires.js';

const facts = (text: string): ServerFacts => {
  const [engine, version, topology] = text.split(' ');
  return { engine, version, topology: topology ?? 'standalone' } as ServerFacts; // written here
};

describe('a server', () => {
  const table: readonly (readonly [facts: string, requires: readonly string[], met: boolean])[] = [
    ['redis 7.0.15', [], true],
    ['redis 7.0.15', ['redis'], true],
    ['redis 7.0.15', ['valkey'], false],
    ['redis 7.0.15', ['redis >= 7'], true],
    ['redis 7.0.15', ['redis >= 7.0.15'], true],
    ['redis 7.0.15', ['redis >= 7.0.16'], false],
    ['redis 7.0.15', ['redis>=7.2'], false],
    ['redis 7.2.4', ['redis = 7.2'], true],
    ['redis 7.2.4', ['redis > 7.2'], false],
    ['redis 10.0.0', ['redis > 9'], true],
    ['redis 7.2.4', ['redis < 7.10'], true],
    ['redis 7.2.4', ['redis <= 7'], true],
    ['valkey 8.1.1', ['redis >= 7.2', 'valkey >= 7.2'], true],
    ['valkey 7.2.0', ['redis >= 7.2', 'valkey >= 8'], false],
  ];
  test.each(table)('%s meets %j: %j', (server, requires, met) => {
    expect(unmetRequirement({ server: requires, topology: [] }, facts(server)) === undefined).toBe(met);
  });

  test('says what it is, where it does not', () => {
    expect(unmetRequirement({ server: ['redis >= 8', 'valkey'], topology: [] }, facts('redis 7.0.15'))).toBe(
      'needs redis >= 8 or valkey, and the server is redis 7.0.15',
    );
    expect(unmetRequirement({ server: [], topology: ['cluster'] }, facts('redis 7.0.15'))).toBe(
      'needs a cluster topology, and the server is standalone',
    );
  });
});
