import type { CompiledCase, Demand } from '../contracts/case.js';
import type { Target } from '../contracts/target.js';
import { isKnownCommand, mayWrite } from '../redis/names.js';
import type { Refusal } from '../redis/refusals.js';

/** Why a case cannot have on this target what it demands; undefined when it can. */
export function unmetDemand(
  { demands }: CompiledCase,
  target: Target,
  refusals: ReadonlyMap<string, Refusal>,
): string | undefined {
  for (const demand of demands) {
    const why = demand.kind === 'capability' ? lacking(demand.name, target) : refused(demand, target, refusals);
    if (why === undefined) continue;
    const by = demand.by === null ? '' : ` (${demand.by})`;
    return `needs ${demand.name}${by}, and ${why}`;
  }
  return undefined;
}

function lacking(name: string, { kind, capabilities = [] }: Target): string | undefined {
  if (capabilities.some((capability) => capability === name)) return undefined;
  const known = capabilities.length === 0 ? 'none of its servers can be touched' : `it can ${capabilities.join(', ')}`;
  return `the ${kind} target cannot do that: ${known}`;
}

type CommandDemand = Extract<Demand, { kind: 'command' }>;

function refused(
  { name, by }: CommandDemand,
  { refuses }: Target,
  refusals: ReadonlyMap<string, Refusal>,
): string | undefined {
  const [first = ''] = name.split(' ');
  if (refuses && (refuses.commands.includes(name) || refuses.commands.includes(first))) {
    return `${refuses.by} refuses it`;
  }
  const refusal = refusals.get(name);
  if (refusal === undefined) return undefined;
  if ('forbidden' in refusal) return `the server refuses it: ${refusal.forbidden}`;
  // What may be mistyped is to be seen where it stands, unless it was asked for by `requires`.
  const mistyped = refusal.unknown === 'subcommand' || !isKnownCommand(first.toLowerCase());
  return mistyped && by !== null ? undefined : 'the server does not know it';
}

/** What the server has to be asked about before cases run; what acts on a whole server is asked of our own alone. */
export function commandsToAsk(cases: readonly CompiledCase[], { ours }: Target): string[] {
  return cases
    .filter(({ actsOnServer }) => ours || actsOnServer === null)
    .flatMap(({ demands }) => demands.filter(({ kind }) => kind === 'command').map(({ name }) => name));
}

/** Whether the case may change what is on the server. */
export const writes = ({ sends, owns }: CompiledCase): boolean =>
  owns.length > 0 || sends.some((name) => name === null || mayWrite(name));
