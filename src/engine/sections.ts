import type { CompiledCase } from '../contracts/case.js';
import type { Target } from '../contracts/target.js';
import { StepsFailed } from '../errors.js';
import { urlWithPassword } from '../redis/url.js';
import type { Activity } from './activity.js';
import { anySignal } from './clock.js';
import type { CaseEnvironment } from './environment.js';
import type { Witness } from './forensics.js';
import { Invariants } from './invariants.js';
import { runList } from './list.js';
import { StepScope } from './scope.js';
import type { CaseSession, Place } from './session.js';

/** Runs the setup, the steps with what must hold all the while, what is to be told of a failure, and the teardown. */
export async function runSections(
  session: CaseSession,
  { env, seed, signal, target, facts }: CaseEnvironment,
  activity: Activity | undefined,
  witness: Witness,
): Promise<void> {
  const { compiled } = session;
  const scope = StepScope.ofCase(
    {
      matrix: compiled.matrix,
      env,
      case: { id: compiled.reference.id, seed, namespace: session.namespace.prefix },
      target: { ...(await targetScope(target)), ...facts },
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
      await witness.glance();
      await session.running.finish();
    } else {
      await invariants?.abandon();
      await witness.glance();
      await session.running.abandon('an earlier step did not pass');
    }
    const bad = session.verdicts.some((verdict) => verdict === 'failed' || verdict === 'errored');
    if (bad && !signal.aborted) await run('catch', compiled.catch, NEVER);
    await witness.look();
  } finally {
    await invariants?.abandon();
    // Its steps have limits of their own; the case's own must not stop them.
    await run('teardown', compiled.teardown, NEVER);
    await session.running.abandon('the case has ended');
  }
}

const NEVER = new AbortController().signal;

/** `target.url` is for programs under test; it holds credentials and is redacted in every output. */
async function targetScope(target: Target): Promise<Record<string, unknown>> {
  const [, host, port] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(target.address) ?? [];
  return {
    url: await urlWithPassword(target),
    address: target.address,
    host: host ?? target.address,
    port: port === undefined ? null : Number(port),
    kind: target.kind,
  };
}
