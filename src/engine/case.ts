import type { CompiledCase } from '../contracts/case.js';
import type { CaseFinished } from '../contracts/event.js';
import { type Failure, type Verdict, worstVerdict } from '../contracts/result.js';
import { Interrupted, TargetError, TimeLimitError } from '../errors.js';
import { formatDuration } from '../format/quantity.js';
import { type CaseRecorder, createRecorder } from '../history/recorder.js';
import { existingKeys, removeKeys, removeNamespace } from '../redis/cleanup.js';
import { openConnections } from '../redis/connections.js';
import { type CaseNamespace, createNamespace } from '../redis/namespace.js';
import { addressOf } from '../redis/url.js';
import { Activity } from './activity.js';
import { Deadline } from './clock.js';
import { unmetDemand, writes } from './demands.js';
import { endedCase } from './ended.js';
import type { CaseEnvironment } from './environment.js';
import { Witness } from './forensics.js';
import { runSections } from './sections.js';
import { CaseSession } from './session.js';
import { TimelineNotes } from './timeline.js';

/** Why the case can't run on this server, or on this machine. */
async function unmetBy(
  compiled: CompiledCase,
  { exclusive, facts, refusals, target, programs }: CaseEnvironment,
): Promise<string | undefined> {
  const { actsOnServer, requires } = compiled;
  if (actsOnServer !== null && !(exclusive && target.ours)) {
    return `${actsOnServer} acts on the whole server, and this one was not started for the run`;
  }
  return requires.unmet(facts) ?? unmetDemand(compiled, target, refusals) ?? (await programs.unmet(compiled));
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
  const startedAt = environment.clock.wallTime();
  const begunAt = environment.clock.now();
  using history = createRecorder({ beganAt: begunAt });
  const verdict = await report(compiled, environment, { namespace: namespace.prefix, begunAt }, async () => {
    const unmet = await unmetBy(compiled, environment);
    if (unmet !== undefined) return { verdict: 'skipped', judgements: 0, reason: unmet };
    const notes = environment.timeline ? new TimelineNotes(environment.clock, begunAt) : undefined;
    const outcome = await prepareAndRun(compiled, environment, namespace, history, begunAt, notes).catch(errored);
    notes?.tell(environment, history);
    return outcome;
  });
  if (verdict !== 'skipped') await environment.saveHistory?.(endedCase(environment, history, verdict, startedAt));
  return verdict;
}

/** Reports a case that could not be begun. */
export function failCase(compiled: CompiledCase, to: Audience, error: unknown): Promise<Verdict> {
  return report(compiled, to, { namespace: '', begunAt: to.clock.now() }, async () => errored(error));
}

/** Who hears of a case, and by what name. */
type Audience = Pick<CaseEnvironment, 'reference' | 'clock' | 'emit' | 'seed'>;

async function report(
  { location, tags, matrix }: CompiledCase,
  { reference, clock, emit, seed }: Audience,
  { namespace, begunAt }: { readonly namespace: string; readonly begunAt: number },
  run: () => Promise<Outcome>,
): Promise<Verdict> {
  const common = { case: reference, location, tags };
  emit({ type: 'case.started', time: clock.wallTime(), ...common, matrix, seed, namespace });
  const outcome = await run();
  const durationMs = clock.now() - begunAt;
  emit({ type: 'case.finished', time: clock.wallTime(), ...common, durationMs, ...outcome });
  return outcome.verdict;
}

function errored(error: unknown): Outcome {
  const failure = failureOf(error);
  return { verdict: 'errored', judgements: 0, reason: failure.message, failure };
}

/** Why a server could not be had, or a case not be begun. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const next = error instanceof TargetError ? error.details.next : undefined;
  return { message, code: error instanceof TargetError ? 'CONNECTION' : 'INTERNAL', ...(next && { next }) };
}

async function prepareAndRun(
  compiled: CompiledCase,
  environment: CaseEnvironment,
  namespace: CaseNamespace,
  history: CaseRecorder,
  startedAt: number,
  notes: TimelineNotes | undefined,
): Promise<Outcome> {
  const { shared, target, unwritable } = environment;
  if (unwritable && writes(compiled)) throw unwritable;
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
    dialBusy: async (address, options) => (await import('../wire/link.js')).dialWire(address, options),
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
    environment.reference,
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
    followed(emit, activity, notes),
  );
  session.timeline = notes;
  session.progress = environment.progress;
  session.debug = environment.debug;
  if (activity) session.running.onAdd = (id) => activity.reach(id);
  const witness = new Witness(session, environment, () => ({
    namespace,
    owns: compiled.owns,
    ownName: connections.ownName,
    elapsedMs: clock.now() - startedAt,
  }));
  let outcome: Outcome | undefined;
  try {
    await runSections(session, environment, activity, witness);
    outcome = outcomeOf(session, environment.signal);
    await witness.tell(outcome.verdict);
    return outcome;
  } finally {
    const removed = environment.keepKeys || unwritable ? undefined : removeEverything(environment, compiled, namespace);
    // What went wrong before is the case's own story; of keys that are left the run tells at its end.
    if (outcome?.failure) await removed?.catch(() => {});
    else await removed;
  }
}

const followed =
  (
    emit: CaseEnvironment['emit'],
    ...followers: readonly (Pick<Activity, 'see'> | undefined)[]
  ): CaseEnvironment['emit'] =>
  (event) => {
    for (const follower of followers) follower?.see(event);
    emit(event);
  };

async function removeEverything(
  { shared, target }: CaseEnvironment,
  compiled: CompiledCase,
  namespace: CaseNamespace,
): Promise<void> {
  try {
    await removeKeys(shared, compiled.owns);
    await removeNamespace(shared, namespace, addressOf(target).db);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TargetError(`the keys of the case could not be removed: ${why}`, {
      next: 'see whether the server still answers: `redrill doctor` says what stands in the way',
      cause: error,
    });
  }
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
