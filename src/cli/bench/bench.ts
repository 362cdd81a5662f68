import { randomInt } from 'node:crypto';
import { statSync } from 'node:fs';
import { systemClock } from '../../engine/clock.js';
import { Interrupted, ScenarioError, TargetError } from '../../errors.js';
import type { Catalog } from '../../scenario/catalog.js';
import { countFlag } from '../dlq/flags.js';
import { EXIT, printDiagnostics, printError } from '../print.js';
import { type Project, readProject } from '../project.js';
import { builtinCatalog } from '../registry.js';
import { listenForEnd } from '../signals.js';
import { chooseTarget, type TargetChoice } from '../target.js';
import { VERSION } from '../version.js';
import { compareRecords, compareRuns } from './compare.js';
import { exitCodeOf } from './judge.js';
import { type BenchLoad, chooseLoads, type WeightedCommand } from './loads.js';
import { measureOn, type Trial } from './measure.js';
import { type BenchRecord, readRecord, recordText, saveRecord } from './record.js';
import { renderBench } from './render.js';
import { compileScenario, scenarioOf } from './scenario.js';
import { readSettings, type SettingFlags, type Settings } from './settings.js';
import { sweepOf } from './sweep.js';

export interface BenchFlags extends TargetChoice, SettingFlags {
  readonly commands: readonly WeightedCommand[];
  readonly mix?: string;
  readonly fill: readonly string[];
  readonly seed?: string;
  readonly json?: boolean;
  readonly save?: string;
  readonly print?: boolean;
}

/** Sends ready loads, or those of the command line, and shows what came of them. */
export async function bench(names: readonly string[], flags: BenchFlags): Promise<number> {
  const saved = savedBenches(flags);
  if (saved) return show(compareRecords(...saved), flags);
  const settings = readSettings(flags);
  const loads = chooseLoads({ names, mix: flags.mix, commands: flags.commands, fills: flags.fill });
  const catalog = builtinCatalog();
  const { project, diagnostics } = readProject(catalog, process.cwd());
  if (diagnostics.length > 0) return invalid(diagnostics);
  const trials: Trial[] = [];
  for (const { load, rate } of ratesOf(loads, settings)) {
    const text = scenarioOf(load, settings, rate);
    const { compiled, diagnostics: wrong } = await compileScenario(text, catalog, project.env);
    if (!compiled || wrong.length > 0) return invalid(wrong);
    trials.push({ load: load.name, rate, text, compiled });
  }
  if (!flags.print) return await measure(trials, settings, flags, { catalog, project });
  process.stdout.write(trials.map(({ text }) => text).join('---\n'));
  return EXIT.passed;
}

function invalid(diagnostics: Parameters<typeof printDiagnostics>[0]): number {
  printDiagnostics(diagnostics);
  return EXIT.invalid;
}

const ratesOf = (loads: readonly BenchLoad[], { rates }: Settings) =>
  loads.flatMap((load) => (rates.length === 0 ? [null] : rates).map((rate) => ({ load, rate })));

async function measure(
  trials: readonly Trial[],
  settings: Settings,
  flags: BenchFlags,
  { catalog, project }: { readonly catalog: Catalog; readonly project: Project },
): Promise<number> {
  const targets = choicesOf(flags).map((choice) => chooseTarget(choice, project));
  const seed = flags.seed === undefined ? randomInt(2 ** 31) : countFlag('seed', flags.seed, 0);
  const time = new Date(systemClock.wallTime()).toISOString();
  using end = listenForEnd();
  const cases = trials.map(({ compiled }) => compiled);
  const conditions = { cases, catalog, env: project.env, seed, signal: end.signal };
  const { runs, servers, ended } = await measureOn(targets, trials, settings, conditions);
  if (ended instanceof TargetError) {
    printError(ended);
    if (runs.length === 0) return EXIT.errored;
  }
  const endedWith = ended instanceof Interrupted ? ended.exitCode : ended && EXIT.errored;
  const [a, b] = [0, 1].map((target) => runs.filter((run) => run.target === target));
  const loads = settings.sweep ? [...new Set(runs.map(({ load }) => load))] : [];
  const record: BenchRecord = {
    format: 1,
    redrill: VERSION,
    time,
    seed,
    targets: servers.map((server) => ({ ...server, settings })),
    runs,
    comparisons: servers.length > 1 ? compareRuns(a!, b!, true) : [],
    sweeps: loads.map((load) => sweepOf(load, runs)),
    ended: ended?.message ?? null,
    exitCode: endedWith ?? exitCodeOf(runs, settings),
  };
  return show(record, flags);
}

function show(record: BenchRecord, { json, save }: BenchFlags): number {
  process.stdout.write(json ? recordText(record) : renderBench(record));
  if (save !== undefined) saveRecord(save, record);
  return record.exitCode;
}

const choicesOf = ({ compare, url, target }: BenchFlags): readonly TargetChoice[] =>
  compare?.map((name) => (name.includes('://') ? { url: name } : { target: name })) ?? [
    { ...(url !== undefined && { url }), ...(target !== undefined && { target }) },
  ];

/** Those that `--compare` names, if it names files. Raises a ScenarioError for one alone. */
function savedBenches({ compare, url, target }: BenchFlags): readonly [BenchRecord, BenchRecord] | undefined {
  if (!compare) return undefined;
  if (url !== undefined || target !== undefined) {
    throw new ScenarioError('--compare names the servers itself', { next: 'leave --url and --target out' });
  }
  const [a, b, ...more] = compare;
  if (a === undefined || b === undefined || more.length > 0) {
    throw new ScenarioError(`--compare takes two, and was given ${compare.length}`, {
      next: 'name two targets, URLs or saved benches, and the loads before: redrill bench set --compare A B',
    });
  }
  if (isFile(a) && isFile(b)) return [readRecord(a), readRecord(b)];
  if (!isFile(a) && !isFile(b)) return undefined;
  throw new ScenarioError(`${isFile(a) ? a : b} is a saved bench, and ${isFile(a) ? b : a} is none`, {
    next: 'save one of the other by --save FILE, and compare the files',
  });
}

const isFile = (name: string): boolean =>
  !name.includes('://') && (name.endsWith('.json') || statSync(name, { throwIfNoEntry: false })?.isFile() === true);
