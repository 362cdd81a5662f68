import type { CompiledCase } from '../contracts/case.js';
import type { CaseFinished, RunEvent } from '../contracts/event.js';
import type { Connection } from '../contracts/redis.js';
import { type Failure, type Verdict, worstVerdict } from '../contracts/result.js';
import type { Clock, Random } from '../contracts/step.js';
import type { ServerFacts, Target } from '../contracts/target.js';
import { Interrupted, StepsFailed, TargetError, TimeLimitError } from '../errors.js';
import { formatDuration } from '../format/quantity.js';
import { type CaseRecorder, createRecorder } from '../history/recorder.js';
import type { EndedCase } from '../history/save.js';
import { existingKeys, removeKeys, removeNamespace } from '../redis/cleanup.js';
import { openConnections } from '../redis/connections.js';
import { createNamespace } from '../redis/namespace.js';
import type { ConnectionPool } from '../redis/pool.js';
import { addressOf } from '../redis/url.js';
import { Activity } from './activity.js';
import type { LoadCheckers } from './check.js';
import { anySignal, Deadline } from './clock.js';
import { endedCase } from './ended.js';
import { Invariants } from './invariants.js';
import { runList } from './list.js';
import type { ProgramChecks } from './programs.js';
import { StepScope } from './scope.js';
import { CaseSession, type LoadMatchers, type Place } from './session.js';

/** What a run gives each of its cases. */
export interface CaseEnvironment {
  readonly target: Target;
  readonly facts: ServerFacts;
  /** The connection that cases of this target share. */
  readonly shared: Connection;
  readonly pool: ConnectionPool;
  /** The case has the server to itself, so that it may do anything to it. */
  readonly exclusive: boolean;
  readonly token: string;
  readonly seed: number;
  readonly random: Random;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string>>;
  readonly programs: ProgramChecks;
  readonly timeoutMs: number | undefined;
  readonly keepKeys: boolean;
  readonly signal: AbortSignal;
  readonly loadMatchers: LoadMatchers;
  readonly loadCheckers: LoadCheckers;
  readonly emit: (event: RunEvent) => void;
  /** Of this program. */
  readonly version: string;
  readonly saveHistory: ((ended: EndedCase) => Promise<void>) | undefined;
}

/** Why the case can't run on this server, or on this machine. */
async function unmetBy(
  compiled: CompiledCase,
  { exclusive, facts, target, programs }: CaseEnvironment,
): Promise<string | undefined> {
  const { actsOnServer, requires } = compiled;
  if (actsOnServer !== null && !(exclusive && target.ours)) {
    return `${actsOnServer} acts on the whole server, and this one was not started for the run`;
  }
  return requires.unmet(facts) ?? (await programs.unmet(compiled));
}

type Outcome = Pick<CaseFinished, 'verdict' | 'judgements' | 'reason' | 'failure'>;

/** Runs one case from its setup to the removal of its keys. */
export async function runCase(compiled: CompiledCase, environment: CaseEnvironment): Promise<Verdict> {
  const namespace = createNamespace({
    mode: compiled.keys,
    token: environment.token,
    ours: environment.target.ours,
    shared: !environment.exclusive,
  });
  using history = createRecorder();
  const startedAt = environment.clock.wallTime();
  const verdict = await report(compiled, environment, namespace.prefix, async (begunAt) => {
    const unmet = await unmetBy(compiled, environment);
    if (unmet !== undefined) return { verdict: 'skipped', judgements: 0, reason: unmet };
    return await prepareAndRun(compiled, environment, namespace, history, begunAt).catch(errored);
  });
  if (verdict !== 'skipped')
    await environment.saveHistory?.(endedCase(compiled, environment, history, verdict, startedAt));
  return verdict;
}

/** Reports a case that could not be begun. */
export function failCase(compiled: CompiledCase, environment: CaseEnvironment, error: unknown): Promise<Verdict> {
  return report(compiled, environment, '', async () => errored(error));
}

async function report(
  { reference, location, tags, matrix }: CompiledCase,
  { clock, emit, seed }: CaseEnvironment,
  namespace: string,
  run: (startedAt: number) => Promise<Outcome>,
): Promise<Verdict> {
  const startedAt = clock.now();
  const common = { case: reference, location, tags };
  emit({ type: 'case.started', time: clock.wallTime(), ...common, matrix, seed, namespace });
  const outcome = await run(startedAt);
  const durationMs = clock.now() - startedAt;
  emit({ type: 'case.finished', time: clock.wallTime(), ...common, durationMs, ...outcome });
  return outcome.verdict;
}

function errored(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  const next = error instanceof TargetError ? error.details.next : undefined;
  const failure: Failure = {
    message,
    code: error instanceof TargetError ? 'CONNECTION' : 'INTERNAL',
    ...(next && { next }),
  };
  return { verdict: 'errored', judgements: 0, reason: message, failure };
}

async function prepareAndRun(
  compiled: CompiledCase,
  environment: CaseEnvironment,
  namespace: ReturnType<typeof createNamespace>,
  history: CaseRecorder,
  startedAt: number,
): Promise<Outcome> {
  const { shared, target } = environment;
  const taken = compiled.owns.length > 0 ? await existingKeys(shared, compiled.owns) : [];
  if (taken.length > 0) {
    const message = `the server already has ${taken.join(', ')}, which this case would own`;
    return {
      verdict: 'errored',
      judgements: 0,
      reason: message,
      failure: { message, code: 'INPUT', next: 'remove it, or run against another server' },
    };
  }
  await using connections = openConnections(addressOf(target), {
    caseName: environment.token,
    shared,
    pool: environment.pool,
  });
  const limitMs = environment.timeoutMs ?? compiled.timeoutMs;
  using deadline = new Deadline(
    limitMs,
    () => new TimeLimitError(`the case took longer than its ${formatDuration(limitMs)}`),
    environment.clock,
  );
  const { clock, emit } = environment;
  const activity =
    compiled.always.length > 0 ? new Activity(clock, startedAt, history, compiled.reference.file) : undefined;
  const session = new CaseSession(
    compiled,
    compiled.reference,
    clock,
    environment.random,
    connections,
    shared,
    namespace,
    target,
    history,
    deadline,
    environment.loadMatchers,
    environment.loadCheckers,
    activity ? followed(activity, emit) : emit,
  );
  if (activity) session.running.onAdd = (id) => activity.reach(id);
  try {
    await runSections(session, environment, activity);
  } finally {
    if (!environment.keepKeys) await removeEverything(shared, compiled, namespace);
  }
  return outcomeOf(session, environment.signal);
}

const followed =
  (activity: Activity, emit: CaseEnvironment['emit']): CaseEnvironment['emit'] =>
  (event) => {
    activity.see(event);
    emit(event);
  };

async function runSections(
  session: CaseSession,
  { env, seed, signal, target, facts }: CaseEnvironment,
  activity: Activity | undefined,
): Promise<void> {
  const { compiled } = session;
  const scope = StepScope.ofCase(
    {
      matrix: compiled.matrix,
      env,
      case: { id: compiled.reference.id, seed, namespace: session.namespace.prefix },
      target: { ...targetScope(target), engine: facts.engine, version: facts.version },
    },
    compiled.vars,
  );
  using both = anySignal([signal, session.deadline.signal]);
  const run = async (
    section: Place['section'],
    steps: CompiledCase['steps'],
    sectionSignal: AbortSignal,
  ): Promise<boolean> => {
    try {
      await runList(steps, scope, { section, prefix: `${section}.`, parent: null, signal: sectionSignal }, session);
      return true;
    } catch (error) {
      if (error instanceof StepsFailed) return false;
      throw error;
    }
  };
  const invariants = activity && new Invariants(scope, both.signal, session, activity);
  try {
    const ready = await run('setup', compiled.setup, both.signal);
    if (ready) await invariants?.start();
    const done = ready && (await run('steps', compiled.steps, both.signal));
    if (done && !both.signal.aborted) await session.running.awaitBackground();
    if (done && !both.signal.aborted) {
      await invariants?.finish();
      await session.running.finish();
    } else {
      await invariants?.abandon();
      await session.running.abandon('an earlier step did not pass');
    }
    const bad = session.verdicts.some((verdict) => verdict === 'failed' || verdict === 'errored');
    if (bad && !signal.aborted) await run('catch', compiled.catch, NEVER);
  } finally {
    await invariants?.abandon();
    // Its steps have limits of their own; the case's own must not stop them.
    await run('teardown', compiled.teardown, NEVER);
    await session.running.abandon('the case has ended');
  }
}

const NEVER = new AbortController().signal;

/** `target.url` is for programs under test; it holds credentials and is redacted in every output. */
function targetScope(target: Target): Record<string, unknown> {
  const [, host, port] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(target.address) ?? [];
  return {
    url: target.url,
    address: target.address,
    host: host ?? target.address,
    port: port === undefined ? null : Number(port),
    kind: target.kind,
  };
}

async function removeEverything(
  shared: Connection,
  compiled: CompiledCase,
  namespace: ReturnType<typeof createNamespace>,
): Promise<void> {
  await removeKeys(shared, compiled.owns);
  await removeNamespace(shared, namespace);
}

function outcomeOf(session: CaseSession, signal: AbortSignal): Outcome {
  const { judgements, firstFailure } = session;
  const worst = worstVerdict(session.verdicts);
  const failure = firstFailure && { failure: { ...firstFailure.failure, step: firstFailure.step } };
  if (signal.aborted && worst !== 'failed') {
    const reason = signal.reason instanceof Interrupted ? signal.reason.message : 'the run was ended';
    return { verdict: 'errored', judgements, reason, ...failure };
  }
  if ((worst === 'passed' || worst === 'skipped') && judgements === 0) {
    return {
      verdict: 'unknown',
      judgements,
      reason: 'nothing judged this case: add an `expect` or an `assert` to a step',
    };
  }
  return { verdict: worst === 'skipped' ? 'passed' : worst, judgements, ...failure };
}
