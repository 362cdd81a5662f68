import type { NamedTarget, TargetDescription, TargetOption } from '../contracts/event.js';
import type { Verdict } from '../contracts/result.js';
import type { Target } from '../contracts/target.js';
import { Interrupted, TargetError } from '../errors.js';
import { plural } from '../format/text.js';
import type { EndedCase } from '../history/save.js';
import { failureOf } from './case.js';
import type { LoadCheckers } from './check.js';
import { systemClock } from './clock.js';
import type { Debugger } from './debug.js';
import { type LogOptions, RunLog } from './log.js';
import { ProgramChecks } from './programs.js';
import { ProgressBoard } from './progress.js';
import { createRandom } from './random.js';
import { type OpenServer, openServer } from './server.js';
import type { LoadMatchers } from './session.js';
import { failTurn, type RunParts, runTurn, type TurnOutcome } from './turn.js';
import { exitCodeOf, nothingPassed, runVerdict } from './verdict.js';

export interface RunOptions extends LogOptions {
  /** Where all cases run, one target after the other. */
  readonly targets: readonly RunTarget[];
  /** Tells this run's keys from another's on the same server. */
  readonly token: string;
  /** Cases at once. */
  readonly jobs: number;
  readonly bail: boolean;
  /** Where each of the cases stands among those of all shards. */
  readonly places: readonly number[] | undefined;
  /** How often a case that did not pass may run again. */
  readonly retries: number;
  readonly keepKeys: boolean;
  /** Replaces every case's own limit. */
  readonly timeoutMs: number | undefined;
  /** Somebody wants what happened over time in each case. */
  readonly timeline: boolean;
  readonly signal: AbortSignal;
  readonly loadMatchers: LoadMatchers;
  readonly loadCheckers: LoadCheckers;
  /** Tells how far the steps are, as often as this. */
  readonly progressEveryMs?: number | undefined;
  /** Is asked before each step. */
  readonly debug?: Debugger | undefined;
  /** Keeps what happened in a case; never raises. */
  readonly saveHistory: ((ended: EndedCase) => Promise<void>) | undefined;
}

/** A target that is not opened yet. */
export interface RunTarget {
  /** No other target of the run has it. */
  readonly name: string;
  readonly kind: string;
  /** As far as it is known already. */
  readonly address: string;
  /** Undefined where the command line left the choice to the configuration. */
  readonly option?: TargetOption;
  open(signal: AbortSignal): Promise<Target>;
}

export interface RunSummary {
  readonly verdict: Verdict;
  readonly exitCode: number;
}

/** Runs all cases and tells of it by events. Raises a TargetError when the only target cannot be had. */
export async function runSuite(options: RunOptions): Promise<RunSummary> {
  const log = new RunLog(options);
  const { env, signal, progressEveryMs } = options;
  using progress =
    progressEveryMs === undefined ? undefined : new ProgressBoard(progressEveryMs, systemClock, log.emit);
  const parts: RunParts = {
    options,
    random: createRandom(options.seed),
    programs: new ProgramChecks(env, signal),
    emit: log.emit,
    progress,
  };
  if (options.cases.length === 0) return runOnNone(log, options);
  const [first, ...others] = options.targets;
  const turns = first && others.length === 0 ? [await runOnOnly(first, log, parts)] : await runOnEach(log, parts);
  const verdicts = turns.flatMap((turn) => turn.verdicts);
  const verdict = runVerdict(turns);
  const exitCode = signal.aborted ? exitCodeAfter(signal) : exitCodeOf(verdict, verdicts, options.strict);
  log.finished(verdict, exitCode, reasonOf(turns, verdict, signal));
  return { verdict, exitCode };
}

/** A shard that no case falls to is no failure: the others have them all. */
function runOnNone(log: RunLog, { targets, shard }: RunOptions): RunSummary {
  const [first, ...others] = targets;
  log.started(
    first && others.length === 0 ? { target: describe(first) } : { targets: targets.map((one) => named(one)) },
  );
  const summary = { verdict: 'skipped', exitCode: 0 } as const;
  const reason = shard && `shard ${shard.index}/${shard.total} has none of the ${plural(shard.cases, 'case')}`;
  log.finished(summary.verdict, summary.exitCode, reason);
  return summary;
}

async function runOnOnly(target: RunTarget, log: RunLog, parts: RunParts): Promise<TurnOutcome> {
  const { cases, signal } = parts.options;
  const opened = await openServer(() => target.open(signal), cases, signal).catch((error: unknown) => {
    log.started({ target: describe(target) });
    log.broken(error);
    throw error;
  });
  await using server = opened;
  log.hide(server.target.secrets);
  log.started({ target: describe(target, server) });
  return await runTurn({ name: undefined, before: 0 }, server, parts);
}

/** A target that cannot be had says nothing of the others. */
async function runOnEach(log: RunLog, parts: RunParts): Promise<TurnOutcome[]> {
  const { targets, cases, signal } = parts.options;
  log.started({ targets: targets.map((target) => named(target)) });
  const turns: TurnOutcome[] = [];
  for (const [index, target] of targets.entries()) {
    const turn = { name: target.name, before: index * cases.length };
    const opened = await openServer(() => target.open(signal), cases, signal).catch((error: unknown) => ({ error }));
    if ('error' in opened) {
      const { error } = opened;
      if (signal.aborted) break;
      if (!(error instanceof TargetError)) {
        log.broken(error);
        throw error;
      }
      log.targetStarted(named(target), failureOf(error));
      turns.push(await failTurn(turn, error, parts));
    } else {
      await using server = opened;
      log.hide(server.target.secrets);
      log.targetStarted(named(target, server));
      turns.push(await runTurn(turn, server, parts));
    }
    if (signal.aborted || turns.at(-1)?.bailed) break;
  }
  return turns;
}

const describe = ({ kind, address }: RunTarget, server?: OpenServer): TargetDescription =>
  server ? { kind: server.target.kind, address: server.target.address, ...server.facts } : { kind, address };

const named = (target: RunTarget, server?: OpenServer): NamedTarget => ({
  name: target.name,
  ...describe(target, server),
});

function reasonOf(turns: readonly TurnOutcome[], verdict: Verdict, signal: AbortSignal): string | undefined {
  if (signal.aborted) return signal.reason instanceof Interrupted ? signal.reason.message : 'the run was ended';
  if (turns.some(({ bailed }) => bailed)) return 'the first case that did not pass ended the run (--bail)';
  const on = ({ name }: TurnOutcome, text: string): string => (name === undefined ? text : `${name}: ${text}`);
  const left = turns.flatMap((turn) => (turn.left === undefined ? [] : on(turn, turn.left)));
  if (left.length > 0) return left.join('; ');
  return nothingPassed(turns, verdict);
}

/** What a shell gives a program that Ctrl-C ended. */
const INTERRUPTED = 130;

const exitCodeAfter = ({ reason }: AbortSignal): number =>
  reason instanceof Interrupted ? reason.exitCode : INTERRUPTED;
