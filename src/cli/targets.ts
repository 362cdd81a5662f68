import { targets } from '../builtins.js';
import type { Target } from '../contracts/target.js';
import { Interrupted, ScenarioError, TargetError } from '../errors.js';
import { isMap } from '../format/value.js';
import { table } from './dlq/table.js';
import { EXIT, printDiagnostics } from './print.js';
import { type Project, readProject } from './project.js';
import { builtinCatalog } from './registry.js';
import { listenForEnd } from './signals.js';
import { type ChosenTarget, chooseTarget, NONE_YET } from './target.js';

interface TargetFlags {
  readonly capabilities?: boolean;
  readonly json?: boolean;
}

interface Row {
  readonly name: string;
  readonly kind: string;
  /** Without credentials; null where it is not known yet. */
  readonly address: string | null;
  /** A run takes it when the command line names none. */
  readonly default: boolean;
  /** Why it could not be used now. */
  readonly problem?: string;
}

/** Lists the servers that a run can name, or tells of one. */
export async function listTargets(name: string | undefined, flags: TargetFlags): Promise<number> {
  const { project, diagnostics } = readProject(builtinCatalog(), process.cwd());
  if (diagnostics.length > 0) {
    printDiagnostics(diagnostics);
    return EXIT.invalid;
  }
  if (flags.capabilities) return await showCapabilities(name, flags, project);
  const names = name === undefined ? [...new Set(['managed', ...Object.keys(project.targets)])] : [name];
  const rows = names.map((each) => rowOf(each, project, name !== undefined));
  process.stdout.write(flags.json ? `${JSON.stringify(rows, null, 2)}\n` : rendered(rows));
  return EXIT.passed;
}

/** A name that was asked for must be one; of a list, what is wrong with one says nothing of the others. */
function rowOf(name: string, project: Project, asked: boolean): Row {
  const isDefault = (project.target ?? 'managed') === name;
  try {
    const { kind, address } = chooseTarget({ target: name }, project);
    return { name, kind, address: address === NONE_YET ? null : address, default: isDefault };
  } catch (error) {
    if (!(error instanceof ScenarioError) || asked) throw error;
    return { name, kind: kindOf(name, project), address: null, default: isDefault, problem: error.message };
  }
}

/** By what is written of it, since what it means is the problem. */
function kindOf(name: string, project: Project): string {
  const entry = project.targets[name];
  return targets.find((unit) => isMap(entry) && unit.name in entry)?.name ?? 'url';
}

function rendered(rows: readonly Row[]): string {
  const addressOf = ({ address, problem }: Row): string => problem ?? address ?? 'started for each run';
  return table(rows, [
    { title: 'target', cell: ({ name }) => name },
    { title: 'kind', cell: ({ kind }) => kind },
    { title: 'address', cell: addressOf, width: 100 },
    { title: '', cell: (row) => (row.default ? 'default' : '') },
  ]);
}

const CAPABILITIES: Readonly<Record<NonNullable<Target['capabilities']>[number], string>> = {
  configure: 'change its settings',
  pause: 'stop its process and let it go on',
  kill: 'end its process at once',
  restart: 'start it again with what it kept',
  failover: 'hand the role of primary to a replica',
};

/** Opens the target: until then nobody knows what can be done to it. */
async function showCapabilities(name: string | undefined, flags: TargetFlags, project: Project): Promise<number> {
  const chosen = chooseTarget(name === undefined ? {} : { target: name }, project);
  using end = listenForEnd();
  try {
    await using target = await chosen.open(end.signal);
    process.stdout.write(flags.json ? `${JSON.stringify(asData(chosen, target), null, 2)}\n` : inWords(chosen, target));
    return EXIT.passed;
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    if (!(error instanceof TargetError)) throw error;
    throw new TargetError(`what can be done to "${chosen.name}" is not known until it is opened: ${error.message}`, {
      ...error.details,
      cause: error,
    });
  }
}

const asData = ({ name }: ChosenTarget, { kind, ours, capabilities = [], nodes = [], own }: Target) => ({
  name,
  kind,
  ours,
  serverOfItsOwn: own !== undefined,
  capabilities,
  nodes: nodes.map((node) => node.name),
});

function inWords({ name }: ChosenTarget, { kind, ours, capabilities = [], nodes = [], own }: Target): string {
  const rows: (readonly [string, string])[] = [
    ['commands on the whole server', ours ? 'yes: FLUSHALL, CONFIG SET and their like' : 'no: others may be using it'],
    ['server: own', own ? 'yes' : 'no: such cases run alone, or are skipped'],
    ...capabilities.map((each) => [each, CAPABILITIES[each]] as const),
    ...(nodes.length > 0 ? [['nodes', nodes.map((node) => node.name).join(', ')] as const] : []),
  ];
  const width = Math.max(...rows.map(([title]) => title.length));
  const lines = rows.map(([title, text]) => `  ${title.padEnd(width)}  ${text}`);
  const none = capabilities.length === 0 ? '\nNone of configure, pause, kill, restart and failover.\n' : '';
  return `${name} (${kind})\n${lines.join('\n')}\n${none}`;
}
