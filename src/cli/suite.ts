import { availableParallelism } from 'node:os';
import type { RunOptions } from '../engine/run.js';
import { ScenarioError } from '../errors.js';
import { parseQuantity } from '../format/quantity.js';
import type { Catalog } from '../scenario/catalog.js';
import type { Histories } from './histories.js';
import type { Project } from './project.js';
import type { Reports } from './reports.js';
import type { Selection } from './scenarios.js';
import { seedOf } from './shards/split.js';
import type { TargetChoice } from './target.js';
import { VERSION } from './version.js';

export interface RunFlags extends Selection {
  readonly targets: readonly TargetChoice[];
  readonly matrixTargets?: boolean;
  readonly jobs?: number;
  readonly bail?: boolean;
  readonly strict?: boolean;
  readonly retry?: number;
  readonly shard?: string;
  readonly durations?: string;
  readonly lastFailed?: boolean;
  readonly seed?: number;
  readonly var: readonly string[];
  readonly report: readonly string[];
  readonly timeout?: string;
  readonly allowRun?: boolean;
  readonly keepKeys?: boolean;
  readonly verbose?: boolean;
  readonly debug?: boolean;
  readonly history?: string;
}

/** Cases mostly wait for the server: two for each core keep it busy without disturbing what they measure. */
const defaultJobs = (): number => Math.max(2, availableParallelism() * 2);

/** V8 seeds it from the system's entropy for each process; loading node:crypto would take 2 ms of each start. */
const randomBelow = (limit: number): number => Math.floor(Math.random() * limit);

/** What is found out for a run, beside its flags. */
export interface Suite
  extends Pick<RunOptions, 'cases' | 'places' | 'shard' | 'files' | 'targets' | 'timeoutMs' | 'signal'> {
  readonly catalog: Catalog;
  readonly project: Project;
  readonly reports: Pick<Reports, 'onEvent' | 'timeline' | 'progressEveryMs'>;
  readonly histories: Histories;
}

export function suiteOptions(flags: RunFlags, { catalog, project, reports, histories, ...suite }: Suite): RunOptions {
  return {
    ...suite,
    version: VERSION,
    seed: flags.seed ?? (suite.shard ? seedOf(suite.shard, process.env) : randomBelow(2 ** 31)),
    token: randomBelow(2 ** 32)
      .toString(16)
      .padStart(8, '0'),
    jobs: flags.jobs ?? defaultJobs(),
    bail: flags.bail ?? false,
    strict: flags.strict ?? false,
    retries: flags.retry ?? 0,
    keepKeys: flags.keepKeys ?? false,
    env: project.env,
    loadMatchers: (names) => catalog.loadMatchers(names),
    loadCheckers: (names) => catalog.loadCheckers(names),
    onEvent: reports.onEvent,
    timeline: reports.timeline,
    progressEveryMs: reports.progressEveryMs,
    saveHistory: histories.save,
  };
}

/** Raises a ScenarioError. */
export function readTimeout({ timeout }: Pick<RunFlags, 'timeout'>): number | undefined {
  const timeoutMs = timeout === undefined ? undefined : parseQuantity('duration', timeout);
  if (timeout !== undefined && timeoutMs === undefined) {
    throw new ScenarioError(`--timeout ${timeout} is not a duration`, { next: 'write --timeout 90s' });
  }
  return timeoutMs;
}
