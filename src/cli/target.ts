import { targets } from '../builtins.js';
import type { Frame, Path } from '../contracts/result.js';
import type { FoundTarget, ServerAccess, Target, TargetDefinition } from '../contracts/target.js';
import { ScenarioError } from '../errors.js';
import { nearestName } from '../format/nearest.js';
import { addressOf, displayAddress } from '../redis/url.js';
import type { ElastiCacheConfig } from '../targets/elasticache/config.js';
import { cacheName } from '../targets/elasticache/endpoint.js';
import { settleLogin } from '../targets/elasticache/login.js';
import type { ManagedConfig } from '../targets/managed/config.js';
import { parseShorthand } from '../targets/managed/shorthand.js';
import { settle } from '../targets/servers/settings.js';
import { readElastiCache, readUrlTarget, type UrlTarget } from './access.js';
import type { Project } from './project.js';
import { CONFIG_FILE } from './project.js';

export interface TargetChoice {
  readonly url?: string;
  readonly target?: string;
}

/** A target that is not opened yet. */
export interface ChosenTarget {
  /** In the configuration; undefined for a URL of the command line. */
  readonly name?: string;
  readonly kind: string;
  /** As far as it is known already, without credentials. */
  readonly address: string;
  /** Of a server that runs already: with credentials, never printed. */
  readonly url?: string;
  readonly access?: ServerAccess;
  /** Where it is, without connecting; undefined where opening starts it. */
  find?(signal: AbortSignal): Promise<FoundTarget | undefined>;
  open(signal: AbortSignal): Promise<Target>;
}

type Entry = Partial<UrlTarget> & { readonly managed?: ManagedConfig; readonly elasticache?: ElastiCacheConfig };

/** Finds the target that a command line or the configuration names; opening it is left to the run. */
export function chooseTarget({ url, target }: TargetChoice, project: Project): ChosenTarget {
  if (url !== undefined && target !== undefined) {
    throw new ScenarioError('--url and --target both name a server', { next: 'give one of them' });
  }
  if (url !== undefined) return byUrl(url);
  const name = target ?? project.target ?? 'managed';
  if (name.startsWith('managed:')) return { name, ...managed(parseShorthand(name)) };
  const config = Object.hasOwn(project.targets, name) ? project.targets[name] : undefined;
  if (config === undefined) {
    if (name === 'managed') return { name, ...managed({}) };
    const near = nearestName(name, [...Object.keys(project.targets), 'managed']);
    throw new ScenarioError(`there is no target "${name}"`, {
      next: near ? `did you mean "${near}"?` : `add it under \`targets:\` in ${CONFIG_FILE}`,
    });
  }
  const entry = config as Entry; // validated by the config's schema
  if (entry.elasticache) {
    const frame = project.locate?.(['targets', name, 'elasticache']);
    return { name, ...elastiCache(readElastiCache(name, entry.elasticache, project), frame) };
  }
  const locate = (at: Path): Frame | undefined => project.locate?.(['targets', name, 'managed', ...at]);
  if (entry.url === undefined) return { name, ...managed(entry.managed ?? {}, locate) };
  const { url: filledIn, access } = readUrlTarget(name, { ...entry, url: entry.url }, project);
  return { name, ...byUrl(filledIn, access) };
}

/** Raises a ScenarioError for what is no URL of a server. */
function byUrl(url: string, access: ServerAccess = {}): ChosenTarget {
  const given = { url, access };
  return {
    kind: 'url',
    address: displayAddress(addressOf(given)),
    ...given,
    open: (signal) => open('url', given, signal),
  };
}

/** Raises a ScenarioError for what does not go together. */
function managed(config: ManagedConfig, locate?: (path: Path) => Frame | undefined): ChosenTarget {
  settle(config, 'managed', locate);
  return { kind: 'managed', address: 'none yet', open: (signal) => open('managed', config, signal) };
}

/** Raises a ScenarioError for what does not go together. Its address is known once AWS was asked. */
function elastiCache(config: ElastiCacheConfig, frame?: Frame): ChosenTarget {
  settleLogin(config, frame);
  return {
    kind: 'elasticache',
    address: cacheName(config),
    find: async (signal) => (await load('elasticache')).find?.(config, { signal, notice }),
    open: (signal) => open('elasticache', config, signal),
  };
}

async function open(kind: string, config: unknown, signal: AbortSignal): Promise<Target> {
  return (await load(kind)).open(config, { signal, notice });
}

async function load(kind: string): Promise<TargetDefinition> {
  const unit = targets.find((candidate) => candidate.name === kind);
  if (!unit) throw new Error(`no target unit is named ${kind}`);
  return await unit.load();
}

const notice = (text: string): void => void process.stderr.write(`${text}\n`);
