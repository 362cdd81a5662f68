import { ScenarioError } from '../../errors.js';
import type { ServersConfig } from './config.js';

export type Words<Config> = Readonly<Record<string, Partial<Config>>>;

/** What `+cluster+tls` says, of every target with servers of our own. */
export const SERVERS_WORDS: Words<ServersConfig> = {
  standalone: { topology: 'standalone' },
  replicas: { topology: 'replicas' },
  sentinel: { topology: 'sentinel' },
  cluster: { topology: 'cluster' },
  tls: { tls: true },
  aof: { persistence: 'aof' },
};

/** Puts together what words say. Raises a ScenarioError that names the target as it was written, and says what `next`. */
export function readWords<Config extends object>(
  given: readonly string[],
  words: Words<Config>,
  target: { readonly written: string; readonly next: string },
): Partial<Config> {
  const fail = (problem: string): never => {
    throw new ScenarioError(`the target ${target.written} ${problem}`, { next: target.next });
  };
  const said = new Map<string, string>();
  for (const word of given) {
    if (!Object.hasOwn(words, word)) fail(`has an unknown word "${word}"`);
    for (const field of Object.keys(words[word]!)) {
      const other = said.get(field);
      if (other !== undefined && other !== word) fail(`is both ${other} and ${word}`);
      said.set(field, word);
    }
  }
  return Object.assign({}, ...given.map((word) => words[word]));
}
