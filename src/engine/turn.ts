import type { CompiledCase } from '../contracts/case.js';
import type { CaseReference, RunEvent } from '../contracts/event.js';
import type { Connection } from '../contracts/redis.js';
import { isGreen, type Verdict } from '../contracts/result.js';
import type { Random } from '../contracts/step.js';
import { removeRun } from '../redis/cleanup.js';
import { createRedactor } from '../redis/redact.js';
import { failCase, runCase } from './case.js';
import { systemClock } from './clock.js';
import type { CaseEnvironment } from './environment.js';
import type { ProgramChecks } from './programs.js';
import type { ProgressBoard } from './progress.js';
import { redactEvent } from './redact.js';
import { runAttempts } from './retry.js';
import type { RunOptions } from './run.js';
import { Schedule } from './schedule.js';
import { type OpenServer, openServer } from './server.js';

/** What all targets of a run have in common. */
export interface RunParts {
  readonly options: RunOptions;
  readonly random: Random;
  readonly programs: ProgramChecks;
  readonly emit: (event: RunEvent) => void;
  readonly progress: ProgressBoard | undefined;
}

/** Which target's turn it is. */
export interface Turn {
  /** Undefined where it is the only one. */
  readonly name: string | undefined;
  /** How many cases ran on the targets before it. */
  readonly before: number;
}

/** What the cases came to on one target. */
export interface TurnOutcome {
  readonly name: string | undefined;
  readonly verdicts: readonly Verdict[];
  /** A case that did not pass is to end the run. */
  readonly bailed: boolean;
  /** Why keys of the run may be left on the server. */
  readonly left?: string | undefined;
}

/** Runs all cases on a server, and takes away what they left. */
export async function runTurn(turn: Turn, server: OpenServer, parts: RunParts): Promise<TurnOutcome> {
  const { options } = parts;
  const { ours } = server.target;
  const verdicts: Verdict[] = [];
  let bailed = false;
  await new Schedule(options.cases, { jobs: options.jobs, ours }).run(async (compiled, index) => {
    if (options.signal.aborted || bailed) return;
    const { retries, signal } = options;
    const verdict = await runAttempts({ retries, signal, emit: placing(index, parts) }, (attempt, emit) =>
      runOne(compiled, environmentOf(compiled, { turn, index, attempt }, server, { ...parts, emit })),
    );
    verdicts.push(verdict);
    if (options.bail && !isGreen(verdict)) bailed = true;
  });
  // A server of our own goes away with all that is on it.
  const left = ours || options.keepKeys ? undefined : await sweepAfter(server.shared, options.token);
  return { name: turn.name, verdicts, bailed, left };
}

/** Reports every case of a target that cannot be had. */
export async function failTurn(turn: Turn, error: unknown, parts: RunParts): Promise<TurnOutcome> {
  const { options } = parts;
  const verdicts: Verdict[] = [];
  for (const [index, compiled] of options.cases.entries()) {
    const emit = placing(index, parts);
    const reference = referenceIn(turn, compiled);
    verdicts.push(await failCase(compiled, { reference, clock: systemClock, emit, seed: options.seed }, error));
  }
  return { name: turn.name, verdicts, bailed: options.bail };
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

/** Says where a shard's case stands among those of the whole run. */
function placing(index: number, { options, emit }: RunParts): RunParts['emit'] {
  const place = options.places?.[index];
  if (place === undefined) return emit;
  return (event) => emit(event.type === 'case.started' ? { ...event, place } : event);
}

/** Cases of two targets are two cases to whoever hears of them. */
const referenceIn = ({ name }: Turn, { reference }: CompiledCase): CaseReference =>
  name === undefined ? reference : { ...reference, id: `${reference.id}@${name}`, target: name };

function environmentOf(
  compiled: CompiledCase,
  { turn, index, attempt }: { readonly turn: Turn; readonly index: number; readonly attempt: number },
  { target, facts, refusals, unwritable, shared, pool, infos }: OpenServer,
  { options, random, programs, emit, progress }: RunParts,
): CaseEnvironment {
  return {
    reference: referenceIn(turn, compiled),
    target,
    facts,
    refusals,
    unwritable,
    shared,
    pool,
    infos,
    exclusive: false,
    // Two targets may be one server, by two users for instance.
    token: `${options.token}-${turn.before + index}${attempt > 1 ? `.${attempt}` : ''}`,
    seed: options.seed,
    attempt,
    // By the case alone, so that it has the same numbers on every target and in every attempt.
    random: random.derive(compiled.reference.id),
    clock: options.debug?.clock ?? systemClock,
    env: options.env,
    programs,
    timeoutMs: options.timeoutMs,
    keepKeys: options.keepKeys,
    signal: options.signal,
    loadMatchers: options.loadMatchers,
    loadCheckers: options.loadCheckers,
    emit,
    timeline: options.timeline,
    progress,
    debug: options.debug,
    version: options.version,
    saveHistory: options.saveHistory,
  };
}

async function runOne(compiled: CompiledCase, environment: CaseEnvironment): Promise<Verdict> {
  const { target, signal, emit } = environment;
  const { own } = target;
  if (compiled.server !== 'own' || !own) return runCase(compiled, environment);
  const opened = await openServer(own.bind(target), [compiled], signal).catch((error: unknown) => ({ error }));
  // Its own server could not be had; the other cases have theirs.
  if ('error' in opened) return failCase(compiled, environment, opened.error);
  await using alone = opened;
  const redactor = createRedactor(alone.target.secrets);
  return await runCase(compiled, {
    ...environment,
    target: alone.target,
    facts: alone.facts,
    refusals: alone.refusals,
    unwritable: alone.unwritable,
    shared: alone.shared,
    pool: alone.pool,
    infos: alone.infos,
    exclusive: true,
    // They go away with the server, which the case may have ended.
    keepKeys: true,
    emit: (event) => emit(redactEvent(event, redactor)),
  });
}
