import type { CompiledCase } from '../../contracts/case.js';
import type { CaseFinished, StepFinished, TargetDescription } from '../../contracts/event.js';
import type { Failure, Verdict } from '../../contracts/result.js';
import { runCase } from '../../engine/case.js';
import { systemClock } from '../../engine/clock.js';
import type { CaseEnvironment } from '../../engine/environment.js';
import { ProgramChecks } from '../../engine/programs.js';
import { createRandom } from '../../engine/random.js';
import { type OpenServer, openServer } from '../../engine/server.js';
import { ScenarioError, TargetError } from '../../errors.js';
import { formatDuration } from '../../format/quantity.js';
import { removeRun } from '../../redis/cleanup.js';
import { createRedactor } from '../../redis/redact.js';
import type { Catalog } from '../../scenario/catalog.js';
import type { LoadResult } from '../../steps/load/result.js';
import type { ChosenTarget } from '../target.js';
import { VERSION } from '../version.js';
import { describeErrors } from './judge.js';

export interface Conditions {
  /** All that will be measured. */
  readonly cases: readonly CompiledCase[];
  readonly catalog: Catalog;
  readonly env: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly signal: AbortSignal;
}

export interface Measurement {
  readonly verdict: Verdict;
  /** Why it is no pass. */
  readonly reason: string | null;
  /** Null where the load was not begun. */
  readonly result: LoadResult | null;
  /** By a signal: the result is what there was by then, replies that were still to come among its `unknown`. */
  readonly cutShort?: true;
}

/** A target that loads run on, one after the other, under one namespace: each finds the keys of those before. */
export class BenchServer implements AsyncDisposable {
  readonly #redactor: ReturnType<typeof createRedactor>;

  private constructor(
    private readonly server: OpenServer,
    private readonly token: string,
    private readonly conditions: Conditions,
  ) {
    this.#redactor = createRedactor([...server.target.secrets, ...Object.values(conditions.env)]);
  }

  /** Raises a TargetError. */
  static async open(target: ChosenTarget, token: string, conditions: Conditions): Promise<BenchServer> {
    const { cases, signal } = conditions;
    return new BenchServer(await openServer(() => target.open(signal), cases, signal), token, conditions);
  }

  get description(): TargetDescription {
    const { target, facts } = this.server;
    return { kind: target.kind, address: target.address, ...facts };
  }

  /** Raises a ScenarioError for what this server must not be sent, and a TargetError when it could not be sent. */
  async measure(compiled: CompiledCase): Promise<Measurement> {
    let ended: CaseFinished | undefined;
    const loads: StepFinished[] = [];
    await runCase(
      compiled,
      this.#environment(compiled, (event) => {
        if (event.type === 'case.finished') ended = event;
        else if (event.type === 'step.finished') loads.push(event);
      }),
    );
    const sent = loads.find(({ step }) => step.section === 'steps');
    const { aborted, reason } = this.conditions.signal;
    if (aborted && (!sent || sent.verdict === 'errored' || sent.verdict === 'skipped')) {
      return this.#cutShort(sent?.failure?.soFar as LoadResult | undefined, reason); // of that action
    }
    const skipped = [ended, ...loads].find((event) => event?.verdict === 'skipped');
    if (skipped) throw new ScenarioError(this.#redactor.text(skipped.reason ?? 'the load was skipped'));
    const last = loads.at(-1);
    const failure = last?.failure ?? ended?.failure;
    // What ended after the load was over takes nothing from it.
    if (ended?.verdict === 'errored' && !aborted) throw this.#error(failure);
    const result = last?.result === undefined ? null : this.#withoutSecrets(last.result as LoadResult); // of that action
    if (last?.step.section === 'steps') {
      // Nothing judges the case; the load judges itself.
      return { verdict: last.verdict, reason: failure ? this.#redactor.text(failure.message) : null, result };
    }
    const why = result ? describeErrors(result) : this.#redactor.text(failure?.message ?? 'it was not sent');
    return { verdict: 'failed', reason: `what is to be there before could not be filled in: ${why}`, result: null };
  }

  #cutShort(soFar: LoadResult | undefined, { message }: Error): Measurement {
    const isMeasured = soFar !== undefined && soFar.duration > 0;
    const when = isMeasured ? `after ${formatDuration(soFar.duration)}` : 'before it was measured';
    return {
      verdict: 'unknown',
      reason: `cut short ${when}: ${message}`,
      result: isMeasured ? this.#withoutSecrets(soFar) : null,
      cutShort: true,
    };
  }

  #error(failure: Failure | undefined): Error {
    const { code, message = 'the load could not be sent', next } = failure ?? {};
    const text = this.#redactor.text(message);
    const details = next === undefined ? {} : { next };
    return code === 'INPUT' || code === 'EXPRESSION'
      ? new ScenarioError(text, details)
      : new TargetError(text, details);
  }

  /** Where there are texts; a secret that is the name of a count hides nothing. */
  #withoutSecrets(result: LoadResult): LoadResult {
    const { text, value } = this.#redactor;
    const commands = result.commands.map((row) => ({ ...row, command: text(row.command) }));
    return { ...result, commands, replies: value(result.replies), nodes: value(result.nodes) };
  }

  #environment(compiled: CompiledCase, emit: CaseEnvironment['emit']): CaseEnvironment {
    const { catalog, env, seed, signal } = this.conditions;
    return {
      ...this.server,
      reference: compiled.reference,
      // Nothing else runs on a server of our own, so that commands on the whole of it may be measured, too.
      exclusive: this.server.target.ours,
      token: `${this.token}-0`,
      attempt: 1,
      seed,
      // The same operations on every target, and in every round.
      random: createRandom(seed).derive(compiled.reference.id),
      clock: systemClock,
      env,
      programs: new ProgramChecks(env, signal),
      timeoutMs: undefined,
      keepKeys: false,
      signal,
      loadMatchers: (names) => catalog.loadMatchers(names),
      loadCheckers: (names) => catalog.loadCheckers(names),
      emit,
      timeline: false,
      infos: undefined,
      version: VERSION,
      saveHistory: undefined,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using server = this.server;
    // A server of our own goes away with all that is on it.
    if (server.target.ours) return;
    await removeRun(server.shared, this.token).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      process.stderr.write(`redrill: keys that match redrill:*${this.token}-* may be left on the server: ${why}\n`);
    });
  }
}
