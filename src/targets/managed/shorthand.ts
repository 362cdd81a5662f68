import { ScenarioError } from '../../errors.js';
import type { ManagedConfig } from './config.js';

const WORDS: Readonly<Record<string, ManagedConfig>> = {
  standalone: { topology: 'standalone' },
  replicas: { topology: 'replicas' },
  sentinel: { topology: 'sentinel' },
  cluster: { topology: 'cluster' },
  tls: { tls: true },
  aof: { persistence: 'aof' },
  redis: { engine: 'redis' },
  valkey: { engine: 'valkey' },
};

const NEXT =
  'write one of standalone, replicas, sentinel and cluster, then tls, aof, redis or valkey, as in managed:cluster+tls; ' +
  'everything else has its place under `targets:` in redrill.config.yaml';

/** Reads `managed:cluster+tls`: what can be tried without a configuration file. Raises a ScenarioError. */
export function parseShorthand(text: string): ManagedConfig {
  const parts = text
    .slice('managed:'.length)
    .split('+')
    .map((word): ManagedConfig => {
      const part = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
      if (!part) throw new ScenarioError(`the target ${text} has an unknown word "${word}"`, { next: NEXT });
      return part;
    });
  for (const field of ['topology', 'engine'] as const) {
    const named = parts.flatMap((part) => part[field] ?? []);
    if (named.length > 1) throw new ScenarioError(`the target ${text} is both ${named.join(' and ')}`, { next: NEXT });
  }
  return Object.assign({}, ...parts) as ManagedConfig; // of parts of one
}
