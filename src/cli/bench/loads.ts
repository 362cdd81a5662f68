import { ScenarioError } from '../../errors.js';
import { nearestName } from '../../format/nearest.js';

/** What is sent, as one measurement. */
export interface BenchLoad {
  readonly name: string;
  readonly mix: readonly WeightedCommand[];
  /** What must be there before. */
  readonly fills: readonly Fill[];
}

export interface WeightedCommand {
  /** With `{key}`, `{value}` and `{index}`, or expressions. */
  readonly command: string;
  readonly weight: number;
}

export interface Fill {
  readonly command: string;
  /** How often it is sent; otherwise once for each key. */
  readonly count?: number;
}

interface ReadyLoad {
  readonly commands: readonly string[];
  readonly fill?: Fill;
}

/** A random walk of so many pushes and pops as a minute holds stays above this. */
const QUEUE_LENGTH = 100_000;
const pop = (...commands: [push: string, pop: string]): ReadyLoad => ({
  commands,
  fill: { command: commands[0], count: QUEUE_LENGTH },
});
/** A hash tag keeps them in one slot. */
const TEN_PAIRS = Array.from({ length: 10 }, (_, index) => `{{key}}:${index} {value}`).join(' ');

const READY = {
  ping: { commands: ['PING'] },
  set: { commands: ['SET key:{key} {value}'] },
  get: { commands: ['GET key:{key}'], fill: { command: 'SET key:{key} {value}' } },
  incr: { commands: ['INCR counter:{key}'] },
  mset: { commands: [`MSET ${TEN_PAIRS}`] },
  lpush: { commands: ['LPUSH list {value}'] },
  rpush: { commands: ['RPUSH list {value}'] },
  // A push for each pop: a list of any length would be empty before the end, and popping nothing is another thing.
  lpop: pop('RPUSH queue {value}', 'LPOP queue'),
  rpop: pop('LPUSH queue {value}', 'RPOP queue'),
  lrange: { commands: ['LRANGE range 0 99'], fill: { command: 'LPUSH range {value}', count: 100 } },
  sadd: { commands: ['SADD set member:{key}'] },
  hset: { commands: ['HSET hash field:{key} {value}'] },
  zadd: { commands: ['ZADD sorted {key} member:{key}'] },
  xadd: { commands: ['XADD stream MAXLEN ~ 100000 * data {value}'] },
  publish: { commands: ['PUBLISH channel {value}'] },
} as const satisfies Readonly<Record<string, ReadyLoad>>;

export const READY_LOADS = Object.keys(READY);
const DEFAULT_LOADS = ['set', 'get'];

export interface LoadChoice {
  /** Each is measured by itself. */
  readonly names: readonly string[];
  /** `get=80,set=20` */
  readonly mix: string | undefined;
  /** Mixed, too. */
  readonly commands: readonly WeightedCommand[];
  /** Sent once for each key, before what is mixed. */
  readonly fills: readonly string[];
}

/** Raises a ScenarioError for names and placeholders that there are not. */
export function chooseLoads({ names, mix, commands, fills }: LoadChoice): readonly BenchLoad[] {
  const mixed = mix === undefined ? [] : mix.split(',').map(parseShare);
  if (fills.length > 0 && commands.length === 0) {
    throw new ScenarioError('--fill goes before what --command sends, and there is none');
  }
  for (const { command } of commands) refuseMisspelt('command', command);
  for (const command of fills) refuseMisspelt('fill', command);
  const parts = mixed.map(({ name, weight }) => ({ ready: readyLoad(name), weight }));
  const entries = [...parts.flatMap(({ ready, weight }) => weighted(ready, weight)), ...commands];
  const chosen = names.length > 0 || entries.length > 0 ? [...new Set(names)] : DEFAULT_LOADS;
  const loads = chosen.map((name): BenchLoad => {
    const ready = readyLoad(name);
    return { name, mix: weighted(ready, 1), fills: ready.fill ? [ready.fill] : [] };
  });
  if (entries.length === 0) return loads;
  const own = [...parts.flatMap(({ ready }) => ready.fill ?? []), ...fills.map((command) => ({ command }))];
  return [...loads, { name: 'mix', mix: entries, fills: own }];
}

const PLACEHOLDERS = ['key', 'value', 'index'];

/** Other words in braces are hash tags, or are sent as they are; one that is almost a placeholder is a slip. */
function refuseMisspelt(option: string, command: string): void {
  for (const [, word = ''] of command.replace(/\$\{\{.*?\}\}/g, '').matchAll(/\{([a-z]+)\}/gi)) {
    const near = nearestName(word, PLACEHOLDERS);
    if (near === undefined || near === word) continue;
    throw new ScenarioError(`--${option} has {${word}}, which is no placeholder`, {
      next: `did you mean {${near}}?`,
    });
  }
}

const weighted = ({ commands }: ReadyLoad, weight: number): WeightedCommand[] =>
  commands.map((command) => ({ command, weight: weight / commands.length }));

function readyLoad(name: string): ReadyLoad {
  if (Object.hasOwn(READY, name)) return READY[name as keyof typeof READY]; // just looked
  const near = nearestName(name, READY_LOADS);
  throw new ScenarioError(`there is no ready load "${name}"`, {
    next: near ? `did you mean "${near}"?` : `it is one of ${READY_LOADS.join(', ')}; others go by --command`,
  });
}

function parseShare(text: string): { name: string; weight: number } {
  const [, name, weight = '1'] = /^\s*(\w+)(?:=(\d+(?:\.\d+)?))?\s*$/.exec(text) ?? [];
  if (name !== undefined && Number(weight) > 0) return { name, weight: Number(weight) };
  throw new ScenarioError(`--mix has "${text}", which is no name and weight`, { next: 'write --mix get=80,set=20' });
}
