import { ScenarioError } from '../../errors.js';
import { readWords, SERVERS_WORDS } from '../servers/shorthand.js';
import type { ContainerConfig } from './config.js';

const NEXT =
  'write an image, then one of standalone, replicas, sentinel and cluster, tls or aof, ' +
  'as in container:valkey/valkey:8+cluster+tls; everything else has its place under `targets:` in redrill.config.yaml';

/** Reads `valkey/valkey:8+cluster`: what can be tried without a configuration file. Raises a ScenarioError. */
export function parseShorthand(text: string): ContainerConfig {
  const written = `container:${text}`;
  const [image = '', ...words] = text.split('+');
  if (image.trim() === '') throw new ScenarioError(`the target ${written} names no image`, { next: NEXT });
  return { image, ...readWords(words, SERVERS_WORDS, { written, next: NEXT }) };
}
