import { readWords, SERVERS_WORDS, type Words } from '../servers/shorthand.js';
import type { ManagedConfig } from './config.js';

const WORDS: Words<ManagedConfig> = {
  ...SERVERS_WORDS,
  redis: { engine: 'redis' },
  valkey: { engine: 'valkey' },
};

const NEXT =
  'write one of standalone, replicas, sentinel and cluster, then tls, aof, redis or valkey, as in managed:cluster+tls; ' +
  'everything else has its place under `targets:` in redrill.config.yaml';

/** Reads `cluster+tls`: what can be tried without a configuration file. Raises a ScenarioError. */
export const parseShorthand = (text: string): ManagedConfig =>
  readWords(text.split('+'), WORDS, { written: `managed:${text}`, next: NEXT });
