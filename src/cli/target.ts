import { type BuiltinTarget, targets, urlUnit } from '../builtins.js';
import type { TargetOption } from '../contracts/event.js';
import type { Frame, Path } from '../contracts/result.js';
import type { FoundTarget, ServerAccess, Target } from '../contracts/target.js';
import { ScenarioError } from '../errors.js';
import { nearestName } from '../format/nearest.js';
import { addressOf, displayAddress, displayUrl } from '../redis/url.js';
import { readTexts, readUrlTarget, type UrlTarget } from './access.js';
import type { Project } from './project.js';
import { CONFIG_FILE } from './project.js';

export interface TargetChoice {
  readonly url?: string;
  readonly target?: string;
}

/** The address of what is started for the run. */
export const NONE_YET = 'none yet';

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
  /** What a command line names it by; undefined where it names none. */
  readonly option?: TargetOption;
  /** Where it is, without connecting; undefined where opening starts it. */
  find?(signal: AbortSignal): Promise<FoundTarget | undefined>;
  open(signal: AbortSignal): Promise<Target>;
}

/** Of the configuration, validated by its schema: by its URL, or by the config of its kind. */
type Entry = Partial<UrlTarget> & Readonly<Record<string, unknown>>;

/** Finds the target that a command line or the configuration names; opening it is left to the run. */
export function chooseTarget({ url, target }: TargetChoice, project: Project): ChosenTarget {
  if (url !== undefined && target !== undefined) {
    throw new ScenarioError('--url and --target both name a server', { next: 'give one of them' });
  }
  if (url !== undefined) return { ...byUrl(url), option: { url: displayUrl(addressOf({ url })) } };
  const name = target ?? project.target ?? 'managed';
  const config = Object.hasOwn(project.targets, name) ? project.targets[name] : undefined;
  const option = target === undefined ? {} : { option: { target } };
  const found = config === undefined ? byName(name, project) : byEntry(name, config as Entry, project);
  return { name, ...option, ...found };
}

/** One that needs no configuration: `managed`, or what a kind makes of `kind:words`. */
function byName(name: string, project: Project): ChosenTarget {
  const [kind = '', ...words] = name.split(':');
  const unit = targets.find((candidate) => candidate.name === kind);
  if (unit?.kind.shorthand && words.length > 0) return byKind(unit, unit.kind.shorthand(words.join(':')));
  if (unit && name === 'managed') return byKind(unit, {});
  const near = nearestName(name, [...Object.keys(project.targets), 'managed']);
  throw new ScenarioError(`there is no target "${name}"`, {
    next: near ? `did you mean "${near}"?` : `add it under \`targets:\` in ${CONFIG_FILE}`,
  });
}

function byEntry(name: string, entry: Entry, project: Project): ChosenTarget {
  const unit = targets.find((candidate) => entry[candidate.name] !== undefined);
  if (!unit) {
    const { url, access } = readUrlTarget(name, { ...entry, url: entry.url ?? '' }, project); // the schema wants one of them
    return byUrl(url, access);
  }
  const config = entry[unit.name] as Readonly<Record<string, unknown>>; // as its schema says
  const locate: Locate = (path) => project.locate?.(['targets', name, unit.name, ...path]);
  return byKind(unit, readTexts(name, unit.kind, config, project), locate);
}

type Locate = (path: Path) => Frame | undefined;

/** Raises a ScenarioError for what does not go together. */
function byKind({ name, kind, load }: BuiltinTarget, config: unknown, locate?: Locate): ChosenTarget {
  kind.check(config, locate);
  return {
    kind: name,
    address: kind.address?.(config) ?? NONE_YET,
    find: async (signal) => (await load()).find?.(config, { signal, notice }),
    open: async (signal) => (await load()).open(config, { signal, notice }),
  };
}

/** Raises a ScenarioError for what is no URL of a server. */
function byUrl(url: string, access: ServerAccess = {}): ChosenTarget {
  const given = { url, access };
  return {
    kind: urlUnit.name,
    address: displayAddress(addressOf(given)),
    ...given,
    open: async (signal) => (await urlUnit.load()).open(given, { signal, notice }),
  };
}

const notice = (text: string): void => void process.stderr.write(`${text}\n`);
