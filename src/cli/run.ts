import { randomBytes, randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { CompiledCase } from '../contracts/case.js';
import { type RunOptions, runSuite } from '../engine/run.js';
import { Interrupted, ScenarioError } from '../errors.js';
import { parseQuantity } from '../format/quantity.js';
import { openHistories } from './histories.js';
import { refusals } from './permissions.js';
import { EXIT, printDiagnostics } from './print.js';
import { builtinCatalog } from './registry.js';
import { openReports } from './reports.js';
import { chooseTargets } from './run-targets.js';
import { loadScenarios, type Selection, selectCases } from './scenarios.js';
import { chooseShard } from './shards/choose.js';
import { readDurations } from './shards/durations.js';
import { seedOf, takeShard } from './shards/split.js';
import { listenForEnd } from './signals.js';
import type { TargetChoice } from './target.js';
import { parseVariables } from './variables.js';
import { VERSION } from './version.js';

interface RunFlags extends Selection {
  readonly targets: readonly TargetChoice[];
  readonly matrixTargets?: boolean;
  readonly jobs?: number;
  readonly bail?: boolean;
  readonly strict?: boolean;
  readonly retry?: number;
  readonly shard?: string;
  readonly durations?: string;
  readonly seed?: number;
  readonly var: readonly string[];
  readonly report: readonly string[];
  readonly timeout?: string;
  readonly allowRun?: boolean;
  readonly keepKeys?: boolean;
  readonly verbose?: boolean;
  readonly history?: string;
}

/** Cases mostly wait for the server: two for each core keep it busy without disturbing what they measure. */
const defaultJobs = (): number => Math.max(2, availableParallelism() * 2);

export async function run(paths: readonly string[], flags: RunFlags): Promise<number> {
  const { catalog, project, files, cases, diagnostics } = await loadScenarios(
    builtinCatalog(),
    paths,
    parseVariables(flags.var),
  );
  if (diagnostics.length > 0) {
    printDiagnostics(diagnostics);
    return EXIT.invalid;
  }
  const selected = selectCases(cases, flags);
  const refused = refusals(selected, flags.allowRun ? ['run'] : project.allow);
  if (refused.length > 0) {
    printDiagnostics(refused);
    return EXIT.invalid;
  }
  const timeoutMs = flags.timeout === undefined ? undefined : parseQuantity('duration', flags.timeout);
  if (flags.timeout !== undefined && timeoutMs === undefined) {
    throw new ScenarioError(`--timeout ${flags.timeout} is not a duration`, { next: 'write --timeout 90s' });
  }
  const part = takePart(selected, flags);
  const targets = chooseTargets(flags.targets, flags.matrixTargets ?? false, project);
  const reports = await openReports(flags.report, { verbose: flags.verbose, live: true });
  const histories = openHistories(flags.history);
  using end = listenForEnd();
  const { exitCode } = await runSuite({
    ...part,
    files: files.length,
    targets,
    version: VERSION,
    seed: flags.seed ?? (part.shard ? seedOf(part.shard, process.env) : randomInt(2 ** 31)),
    token: randomBytes(4).toString('hex'),
    jobs: flags.jobs ?? defaultJobs(),
    bail: flags.bail ?? false,
    strict: flags.strict ?? false,
    retries: flags.retry ?? 0,
    keepKeys: flags.keepKeys ?? false,
    timeoutMs,
    env: project.env,
    signal: end.signal,
    loadMatchers: (names) => catalog.loadMatchers(names),
    loadCheckers: (names) => catalog.loadCheckers(names),
    onEvent: reports.onEvent,
    timeline: reports.timeline,
    progressEveryMs: reports.progressEveryMs,
    saveHistory: histories.save,
  }).catch((error: unknown) => {
    if (error instanceof Interrupted) return { exitCode: error.exitCode };
    reports.finish();
    throw error;
  });
  const written = reports.finish() && histories.complete;
  return end.exitCode ?? (exitCode === EXIT.passed && !written ? EXIT.errored : exitCode);
}

type Part = Pick<RunOptions, 'cases' | 'places' | 'shard'>;

/** What this run has of all cases: all of them, or a shard. */
function takePart(cases: readonly CompiledCase[], flags: Pick<RunFlags, 'shard' | 'durations'>): Part {
  const choice = chooseShard(flags.shard, process.env);
  if (!choice) return { cases, places: undefined, shard: undefined };
  // A run that nobody asked to be a part must not look like a whole one.
  if (choice.by !== undefined) {
    const { index, total, by } = choice;
    process.stderr.write(`redrill: shard ${index}/${total}, by ${by}; --shard 1/1 runs all cases\n`);
  }
  return takeShard(cases, choice, readDurations(flags.durations));
}
