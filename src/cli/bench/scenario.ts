import { stringify } from 'yaml';
import type { CompiledCase } from '../../contracts/case.js';
import type { Diagnostic } from '../../contracts/diagnostic.js';
import { prepareExpressions } from '../../expression/expression.js';
import type { Catalog } from '../../scenario/catalog.js';
import { compileFile } from '../../scenario/compile.js';
import { openFiles } from '../../scenario/files.js';
import { loadYaml } from '../../scenario/load.js';
import type { BenchLoad, Fill } from './loads.js';
import type { Settings } from './settings.js';

const FILE = 'bench.yaml';
const FILL = { clients: 10, pipeline: 100 };
/** A number of operations takes its time; one that is slower than this stands still. */
const timeoutOf = (count: number, perSecond: number): string => `${60 + Math.ceil(count / perSecond)}s`;

/** A load as the scenario that it is: everything that holds of scenarios holds of it. */
export function scenarioOf(load: BenchLoad, settings: Settings, rate: number | null): string {
  const { keys, distribution, exponent, size, clients, pipeline, arrival, forMs, count, warmupMs } = settings;
  const value = `${size}B`;
  const fill = ({ command, count: times = keys }: Fill) => ({
    load: {
      mix: [{ command: expressionsIn(command) }],
      keys: { count: times, distribution: 'sequential' },
      size: value,
      ...FILL,
      count: times,
    },
    timeout: timeoutOf(times, 1_000),
    expect: { errors: 0, unknown: 0 },
  });
  const steps = [
    {
      load: {
        mix: load.mix.map(({ command, weight }) => ({ command: expressionsIn(command), weight })),
        keys: { count: keys, distribution, ...(exponent !== null && { exponent }) },
        size: value,
        clients,
        pipeline,
        ...(rate !== null && { rate: `${rate}/s`, arrival }),
        ...(count === null ? { warmup: `${warmupMs}ms`, for: `${forMs}ms` } : { count }),
      },
      ...(count !== null && { timeout: timeoutOf(count, 10) }),
    },
  ];
  const setup = load.fills.map(fill);
  return stringify(
    {
      name: rate === null ? load.name : `${load.name} at ${rate}/s`,
      keys: 'spread',
      // Its steps know their own.
      timeout: '24h',
      ...(setup.length > 0 && { setup }),
      steps,
    },
    { lineWidth: 0 },
  );
}

/** `{key}` is short for `${{ key }}`. */
const expressionsIn = (command: string): string =>
  command.replace(/\$\{\{.*?\}\}|\{(key|value|index)\}/g, (found, name?: string) =>
    name === undefined ? found : `\${{ ${name} }}`,
  );

/** The command as a person writes it on the command line. */
export const shortened = (command: string): string => command.replace(/\$\{\{ (key|value|index) \}\}/g, '{$1}');

export async function compileScenario(
  text: string,
  catalog: Catalog,
  env: Readonly<Record<string, string>>,
): Promise<{ compiled: CompiledCase | undefined; diagnostics: readonly Diagnostic[] }> {
  await prepareExpressions([text]);
  const { cases, diagnostics } = compileFile(loadYaml(FILE, text), {
    catalog,
    files: openFiles(process.cwd()),
    env,
    vars: {},
  });
  return { compiled: cases[0], diagnostics };
}
