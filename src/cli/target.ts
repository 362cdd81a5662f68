import { targets } from '../builtins.js';
import type { Target } from '../contracts/target.js';
import { ExpressionError, ScenarioError } from '../errors.js';
import { compileTemplate } from '../expression/template.js';
import { nearestName } from '../format/nearest.js';
import { displayAddress, parseRedisUrl } from '../redis/url.js';
import type { ManagedConfig } from '../targets/managed/config.js';
import { parseShorthand } from '../targets/managed/shorthand.js';
import type { Project } from './project.js';
import { CONFIG_FILE } from './project.js';

export interface TargetChoice {
  readonly url?: string;
  readonly target?: string;
}

/** A target that is not opened yet. */
export interface ChosenTarget {
  readonly kind: string;
  /** As far as it is known already, without credentials. */
  readonly address: string;
  open(signal: AbortSignal): Promise<Target>;
}

/** Finds the target that a command line or the configuration names; opening it is left to the run. */
export function chooseTarget({ url, target }: TargetChoice, project: Project): ChosenTarget {
  if (url !== undefined && target !== undefined) {
    throw new ScenarioError('--url and --target both name a server', { next: 'give one of them' });
  }
  if (url !== undefined) return byUrl(url);
  const name = target ?? project.target ?? 'managed';
  if (name.startsWith('managed:')) return managed(parseShorthand(name));
  const config = Object.hasOwn(project.targets, name) ? project.targets[name] : undefined;
  if (config === undefined) {
    if (name === 'managed') return managed({});
    const near = nearestName(name, [...Object.keys(project.targets), 'managed']);
    throw new ScenarioError(`there is no target "${name}"`, {
      next: near ? `did you mean "${near}"?` : `add it under \`targets:\` in ${CONFIG_FILE}`,
    });
  }
  const entry = config as { readonly url?: string; readonly managed?: ManagedConfig }; // validated by the config's schema
  return entry.url === undefined ? managed(entry.managed ?? {}) : byUrl(fillIn(entry.url, name, project.env));
}

/** Raises a ScenarioError for what is no URL of a server. */
const byUrl = (url: string): ChosenTarget => ({
  kind: 'url',
  address: displayAddress(parseRedisUrl(url)),
  open: (signal) => open('url', { url }, signal),
});

const managed = (config: ManagedConfig): ChosenTarget => ({
  kind: 'managed',
  address: 'none yet',
  open: (signal) => open('managed', config, signal),
});

/** Credentials come from the environment alone: `redis://:${{ env.REDIS_PASSWORD }}@cache.internal`. */
function fillIn(text: string, name: string, env: Readonly<Record<string, string>>): string {
  try {
    return String(compileTemplate(text, { names: ['env'] })?.evaluate({ env }) ?? text);
  } catch (cause) {
    if (!(cause instanceof ExpressionError)) throw cause;
    throw new ScenarioError(`the URL of the target "${name}": ${cause.message}`, {
      cause,
      next: `set the variable, and allow it by \`env:\` in ${CONFIG_FILE}`,
    });
  }
}

async function open(kind: string, config: unknown, signal: AbortSignal): Promise<Target> {
  const unit = targets.find((candidate) => candidate.name === kind);
  if (!unit) throw new Error(`no target unit is named ${kind}`);
  const definition = await unit.load();
  return definition.open(config, { signal, notice: (text) => process.stderr.write(`${text}\n`) });
}
