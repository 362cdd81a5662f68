import type { CompiledCase } from '../contracts/case.js';
import type { RunEvent } from '../contracts/event.js';
import type { Connection } from '../contracts/redis.js';
import { type Verdict, worstVerdict } from '../contracts/result.js';
import type { ServerFacts, Target } from '../contracts/target.js';
import { Interrupted } from '../errors.js';
import type { EndedCase } from '../history/save.js';
import { removeRun } from '../redis/cleanup.js';
import { openConnection } from '../redis/connection.js';
import { ConnectionPool } from '../redis/pool.js';
import { createRedactor } from '../redis/redact.js';
import { assertClusterServes, readServerFacts } from '../redis/server.js';
import { addressOf } from '../redis/url.js';
import { failCase, runCase } from './case.js';
import type { LoadCheckers } from './check.js';
import { systemClock } from './clock.js';
import type { CaseEnvironment } from './environment.js';
import { type LogOptions, RunLog } from './log.js';
import { ProgramChecks } from './programs.js';
import { createRandom } from './random.js';
import { redactEvent } from './redact.js';
import { Schedule } from './schedule.js';
import type { LoadMatchers } from './session.js';
import { assertWritable } from './writable.js';

export interface RunOptions extends LogOptions {
  /** Tells this run's keys from another's on the same server. */
  readonly token: string;
  /** Cases at once. */
  readonly jobs: number;
  readonly bail: boolean;
  readonly strict: boolean;
  readonly keepKeys: boolean;
  /** Replaces every case's own limit. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
  readonly loadMatchers: LoadMatchers;
  readonly loadCheckers: LoadCheckers;
  readonly openTarget: () => Promise<Target>;
  /** Keeps what happened in a case; never raises. */
  readonly saveHistory: ((ended: EndedCase) => Promise<void>) | undefined;
}

export interface RunSummary {
  readonly verdict: Verdict;
  readonly exitCode: number;
}

/** Runs all cases and tells of it by events. Raises a TargetError when the target cannot be had. */
export async function runSuite(options: RunOptions): Promise<RunSummary> {
  const log = new RunLog(options);
  await using target = await log.opening(options.openTarget);
  await using server = await log.opening(() => openServer(target, options.signal));
  log.started({ kind: target.kind, address: target.address, ...server.facts }, target.secrets);
  const verdicts: Verdict[] = [];
  const random = createRandom(options.seed);
  const programs = new ProgramChecks(options.env, options.signal);
  const schedule = new Schedule(options.cases, { jobs: options.jobs, ours: target.ours });
  let bailed = false;
  await schedule.run(async (compiled, index) => {
    if (options.signal.aborted || bailed) return;
    const verdict = await runOne(compiled, index, { options, target, server, random, programs, emit: log.emit });
    verdicts.push(verdict);
    if (options.bail && verdict !== 'passed' && verdict !== 'skipped') bailed = true;
  });
  // A server of our own goes away with all that is on it.
  const left = target.ours || options.keepKeys ? undefined : await sweepAfter(server.shared, options.token);
  const reason = options.signal.aborted
    ? interruption(options.signal)
    : bailed
      ? 'the first case that did not pass ended the run (--bail)'
      : left;
  const verdict = runVerdict(verdicts);
  const exitCode = exitCodeOf(verdict, verdicts, options);
  log.finished(verdict, exitCode, reason);
  return { verdict, exitCode };
}

/** Why keys of the run may be left on the server; undefined when none is. */
async function sweepAfter(shared: Connection, token: string): Promise<string | undefined> {
  try {
    await removeRun(shared, token);
    return undefined;
  } catch (error) {
    return `keys that match redrill:*${token}-* may be left on the server: ${error instanceof Error ? error.message : error}`;
  }
}

interface Server extends AsyncDisposable {
  readonly shared: Connection;
  readonly facts: ServerFacts;
  readonly pool: ConnectionPool;
}

async function openServer(target: Target, signal: AbortSignal): Promise<Server> {
  const shared = await openConnection(addressOf(target), { name: 'redrill:shared' });
  const pool = new ConnectionPool();
  const close = async (): Promise<void> => {
    await Promise.all([shared[Symbol.asyncDispose](), pool[Symbol.asyncDispose]()]);
  };
  try {
    const facts = await readServerFacts(shared);
    if (facts.topology === 'cluster') await assertClusterServes(shared, target.address);
    if (!target.ours) await assertWritable(shared, target.address, signal);
    return { shared, pool, facts, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface RunParts {
  readonly options: RunOptions;
  readonly target: Target;
  readonly server: Server;
  readonly random: ReturnType<typeof createRandom>;
  readonly programs: ProgramChecks;
  readonly emit: (event: RunEvent) => void;
}

async function runOne(
  compiled: CompiledCase,
  index: number,
  { options, target, server, random, programs, emit }: RunParts,
): Promise<Verdict> {
  const ownRandom = random.derive(compiled.reference.id);
  const environment: CaseEnvironment = {
    target,
    facts: server.facts,
    shared: server.shared,
    pool: server.pool,
    exclusive: false,
    token: `${options.token}-${index}`,
    seed: options.seed,
    random: ownRandom,
    clock: systemClock,
    env: options.env,
    programs,
    timeoutMs: options.timeoutMs,
    keepKeys: options.keepKeys,
    signal: options.signal,
    loadMatchers: options.loadMatchers,
    loadCheckers: options.loadCheckers,
    emit,
    version: options.version,
    saveHistory: options.saveHistory,
  };
  const { own } = target;
  if (compiled.server !== 'own' || !own) return runCase(compiled, environment);
  const opened = await openOwn(own.bind(target), options.signal).catch((error: unknown) => ({ error }));
  // Its own server could not be had; the other cases have theirs.
  if ('error' in opened) return failCase(compiled, environment, opened.error);
  await using alone = opened;
  const redactor = createRedactor(alone.target.secrets);
  return await runCase(compiled, {
    ...environment,
    target: alone.target,
    facts: alone.server.facts,
    shared: alone.server.shared,
    pool: alone.server.pool,
    exclusive: true,
    emit: (event) => emit(redactEvent(event, redactor)),
  });
}

interface OwnServer extends AsyncDisposable {
  readonly target: Target;
  readonly server: Server;
}

async function openOwn(open: () => Promise<Target>, signal: AbortSignal): Promise<OwnServer> {
  const target = await open();
  try {
    const server = await openServer(target, signal);
    const close = async (): Promise<void> => {
      await server[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    };
    return { target, server, [Symbol.asyncDispose]: close };
  } catch (error) {
    await target[Symbol.asyncDispose]();
    throw error;
  }
}

/** The worst of the cases; a run in which none passed proves nothing. */
function runVerdict(verdicts: readonly Verdict[]): Verdict {
  const worst = worstVerdict(verdicts);
  if (verdicts.length === 0) return 'unknown';
  return worst === 'skipped' ? 'unknown' : worst;
}

/** What a shell gives a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/** 0 passed · 1 failed · 2 unknown, or nothing passed · 4 errored. */
function exitCodeOf(verdict: Verdict, verdicts: readonly Verdict[], { signal, strict }: RunOptions): number {
  if (signal.aborted) return signal.reason instanceof Interrupted ? signal.reason.exitCode : INTERRUPTED;
  switch (verdict) {
    case 'failed':
      return 1;
    case 'errored':
      return 4;
    case 'unknown':
    case 'skipped':
      return 2;
    case 'passed':
      return strict && verdicts.includes('skipped') ? 2 : 0;
  }
}

const interruption = (signal: AbortSignal): string =>
  signal.reason instanceof Interrupted ? signal.reason.message : 'the run was ended';
