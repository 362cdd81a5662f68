import type { CompiledStep } from '../contracts/case.js';
import type { Verdict } from '../contracts/result.js';
import type { StepDefinition } from '../contracts/step.js';
import { ScenarioError, StepsFailed, StopRequested } from '../errors.js';
import { formatValue } from '../format/value.js';
import { attemptsOf, runAttempts } from './attempts.js';
import { anySignal } from './clock.js';
import { StepHandle } from './context.js';
import { type Debugger, stopAt } from './debug.js';
import { type Problem, problemOf } from './failure.js';
import { Judge } from './judge.js';
import { type StepDetails, StepRecord } from './record.js';
import type { RunningStep } from './running.js';
import type { StepScope } from './scope.js';
import type { CaseSession, Place } from './session.js';

export interface StepReport {
  readonly verdict: Verdict;
  readonly result: unknown;
}

/** Runs one step with its modifiers and tells what came of it. Never raises for what a step does. */
export async function runStep(
  step: CompiledStep,
  scope: StepScope,
  place: Place,
  session: CaseSession,
): Promise<StepReport> {
  const run = new StepRun(step, scope, place, session);
  run.started();
  const skipped = await run.skippedBy();
  if (skipped) return skipped;
  if (session.debug) await run.stop('before', session.debug);
  if (step.background) {
    void run.execute();
    return { verdict: 'passed', result: undefined };
  }
  return run.execute();
}

/** Reports a step that is not run. */
export function skipStep(
  step: CompiledStep,
  scope: StepScope,
  place: Place,
  session: CaseSession,
  reason: string,
): void {
  const run = new StepRun(step, scope, place, session);
  run.started();
  run.finished('skipped', { reason });
}

class StepRun {
  readonly #record: StepRecord;
  readonly #random;
  readonly #names;
  readonly #own;
  readonly #judge: Judge;
  #runs = 0;
  #stop: StopRequested | undefined;
  #handle: StepHandle | undefined;
  #offBoard: (() => void) | undefined;
  #outcome: { readonly result: unknown } | { readonly verdict: Problem['verdict'] } | undefined;

  constructor(
    private readonly step: CompiledStep,
    private readonly scope: StepScope,
    private readonly place: Place,
    private readonly session: CaseSession,
  ) {
    const key = `${place.prefix}${step.index}`;
    this.#random = session.random.derive(key);
    this.#names = scope.names(this.#random);
    this.#own = step.background ? anySignal([place.signal]) : undefined;
    this.#judge = new Judge(step, this.#names, session.loadMatchers);
    this.#record = new StepRecord(step, key, this.#names, place, session);
  }

  get #signal(): AbortSignal {
    return this.#own?.signal ?? this.place.signal;
  }

  started(): void {
    this.#record.started();
  }

  finished(verdict: Verdict, details: StepDetails): void {
    this.#own?.[Symbol.dispose]();
    this.#offBoard?.();
    this.#record.finished(verdict, this.#judge.judged, this.#runs, details);
  }

  /** Until somebody lets it go on. */
  async stop(when: 'before' | 'failed', debug: Debugger): Promise<void> {
    await debug[when](stopAt(this.step, this.#record.reference, this.scope, this.session));
  }

  async skippedBy(): Promise<StepReport | undefined> {
    if (!this.step.condition) return undefined;
    try {
      const condition = this.step.condition.resolve(this.#names);
      const value = condition.evaluate();
      if (value === true) return undefined;
      if (value !== false) {
        throw new ScenarioError(`\`if\` must be true or false, and ${condition.source} is ${formatValue(value)}`);
      }
      this.finished('skipped', { reason: `if: ${condition.source} is false` });
      return { verdict: 'skipped', result: undefined };
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Runs the action and judges it, or leaves it live; a background step and a live one are registered as running. */
  async execute(): Promise<StepReport> {
    const { step, session } = this;
    const name = step.id ?? `·${this.#record.reference.key}`;
    let settle = (): void => {};
    const running: RunningStep = {
      id: name,
      settled: new Promise((resolve) => {
        settle = resolve;
      }),
      live: undefined,
      collect: () => this.#collected(),
      progress: () => this.#handle?.progress(),
      abort: (stop) => {
        this.#stop = stop;
        this.#own?.abort(stop);
      },
    };
    if (step.background) session.running.add(running);
    const report = await this.#act();
    const actor = this.#handle?.actor;
    if (actor && report.verdict === 'passed') {
      running.live = { actor, finish: () => this.#finishLive() };
      if (!step.background) session.running.add(running);
    } else if (actor) await actor.stop();
    settle();
    return report;
  }

  async #act(): Promise<StepReport> {
    const { step, session } = this;
    try {
      const [definition, input] = [await step.load(), step.input.resolve(this.#names)];
      // Its own result, and the input that its schema validated.
      this.#judge.judgementOf = (result) => definition.judge?.(result as never, input as never, step.expect !== null);
      this.#judge.adviceOf = (result) => definition.advise?.(result as never); // its own result
      const declaredMs = definition.declaredMs?.(input as never) ?? 0; // validated by its schema
      const how = attemptsOf(step, this.#names, declaredMs);
      this.#offBoard = session.progress?.add({
        case: session.reference.id,
        key: this.#record.reference.key,
        declaredMs,
        work: () => {
          const counted = definition.work && this.#handle?.progress();
          return counted === undefined ? undefined : definition.work?.(counted as never, input as never);
        },
      });
      const result = await runAttempts(how, session, this.#signal, () => this.#once(definition, input, how.limitMs));
      this.#outcome = { result };
      if (this.#handle?.actor) return { verdict: 'passed', result };
      return this.#pass(result);
    } catch (error) {
      if (!(error instanceof StopRequested)) return this.#fail(error);
      const counted = this.#handle?.progress();
      // It is the step around this one that was asked, unless this one was; and then somebody may want what it counted.
      if (error === this.#stop && error.because === undefined) return this.#judgeAndPass(counted ?? null);
      this.#outcome = { verdict: 'failed' };
      this.finished('skipped', { reason: error.message, ...(counted !== undefined && { result: counted }) });
      return { verdict: 'skipped', result: undefined };
    }
  }

  /** One run of the handler, judged unless it leaves an actor. */
  async #once(definition: StepDefinition, input: unknown, limitMs: number): Promise<unknown> {
    this.#runs++;
    const handle = new StepHandle(
      this.step,
      this.#record.reference,
      this.scope,
      this.place,
      this.session,
      this.#random,
    );
    this.#handle = handle;
    const result = await this.#judge.run(
      () => handle.run(definition, input, limitMs, this.#signal),
      (result) => (handle.actor ? 'later' : definition.findError?.(result as never)), // the handler's own result
    );
    return result;
  }

  #pass(result: unknown): StepReport {
    if (this.step.id !== null) this.scope.setResult(this.step.id, result);
    this.finished('passed', { result });
    return { verdict: 'passed', result };
  }

  async #judgeAndPass(result: unknown): Promise<StepReport> {
    try {
      await this.#judge.check(result);
      this.#outcome = { result };
      return this.#pass(result);
    } catch (error) {
      return this.#fail(error, result);
    }
  }

  async #fail(error: unknown, result?: unknown): Promise<StepReport> {
    // What stopped steps inside stopped the step around them too: what it had counted is all there is of a result.
    const counted = error instanceof StepsFailed ? this.#handle?.progress() : undefined;
    const seen = result ?? this.#judge.lastResult ?? counted;
    const progress = this.#judge.lastResult === undefined ? this.#handle?.progress() : undefined;
    const problem = await problemOf(error, this.step.frame(), progress);
    this.#outcome = { verdict: problem.verdict };
    if (this.step.id !== null && seen !== undefined) this.scope.setResult(this.step.id, seen);
    this.finished(problem.verdict, { problem, ...(seen !== undefined && { result: seen }) });
    // What went wrong in a step inside was looked at there.
    if (this.session.debug && problem.failure) await this.stop('failed', this.session.debug);
    return { verdict: problem.verdict, result: seen };
  }

  #collected(): unknown {
    const outcome = this.#outcome;
    if (!outcome) return undefined;
    // What went wrong was told by the step itself.
    if ('verdict' in outcome) throw new StepsFailed(outcome.verdict);
    return outcome.result;
  }

  async #finishLive(): Promise<unknown> {
    const actor = this.#handle?.actor;
    if (!actor) return undefined;
    try {
      await actor.stop();
      await this.#judgeAndPass(actor.snapshot());
    } catch (error) {
      await this.#fail(error, actor.snapshot());
    }
    return this.#collected();
  }
}
