import type { CompiledCase } from '../contracts/case.js';
import type { RunEvent } from '../contracts/event.js';
import { type RunOptions, runSuite } from '../engine/run.js';
import { Interrupted } from '../errors.js';
import { openHistories } from './histories.js';
import { LastRun } from './last-run.js';
import { refusals } from './permissions.js';
import { EXIT, printDiagnostics } from './print.js';
import { builtinCatalog } from './registry.js';
import { openReports } from './reports.js';
import { chooseTargets } from './run-targets.js';
import { loadScenarios, selectCases } from './scenarios.js';
import { chooseShard } from './shards/choose.js';
import { readDurations } from './shards/durations.js';
import { takeShard } from './shards/split.js';
import { listenForEnd } from './signals.js';
import { type RunFlags, readTimeout, suiteOptions } from './suite.js';
import { parseVariables } from './variables.js';

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
  const lastRun = new LastRun(process.cwd(), project.env, cases);
  const matching = selectCases(cases, flags);
  const selected = flags.lastFailed ? lastRun.select(matching) : matching;
  const refused = refusals(selected, flags.allowRun ? ['run'] : project.allow);
  if (refused.length > 0) {
    printDiagnostics(refused);
    return EXIT.invalid;
  }
  const timeoutMs = readTimeout(flags);
  const part = takePart(selected, flags);
  const targets = chooseTargets(flags.targets, flags.matrixTargets ?? false, project);
  const reports = await openReports(flags.report, { verbose: flags.verbose, live: !flags.debug });
  const histories = openHistories(flags.history);
  using end = listenForEnd();
  using debug = flags.debug ? new (await import('./debug/debugger.js')).TerminalDebugger(end) : undefined;
  const found = { catalog, project, files: files.length, targets, timeoutMs, signal: end.signal, reports, histories };
  const options = suiteOptions(flags, { ...part, ...found });
  const onEvent = (event: RunEvent): void => {
    reports.onEvent(event);
    debug?.onEvent(event);
    lastRun.onEvent(event);
  };
  const { exitCode } = await runSuite({ ...options, ...(debug && { debug, jobs: 1 }), onEvent }).catch(
    (error: unknown) => {
      if (error instanceof Interrupted) return { exitCode: error.exitCode };
      reports.finish();
      throw error;
    },
  );
  lastRun.save();
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
