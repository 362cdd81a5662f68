import type { CompiledInvariant, Scope } from '../contracts/case.js';
import type { Verdict } from '../contracts/result.js';
import { JudgementError, StopRequested, UnprovenError } from '../errors.js';
import type { Activity, Moment } from './activity.js';
import { attemptsOf } from './attempts.js';
import { anySignal } from './clock.js';
import { StepHandle } from './context.js';
import { isRetryable, type Problem, problemOf } from './failure.js';
import { Judge } from './judge.js';
import { StepRecord } from './record.js';
import type { StepScope } from './scope.js';
import type { CaseSession, Place } from './session.js';

/** Samples the invariants of a case while its steps run. */
export class Invariants {
  readonly #signal;
  readonly #all: readonly SampledInvariant[];

  constructor(
    scope: StepScope,
    signal: AbortSignal,
    session: CaseSession,
    private readonly activity: Activity,
  ) {
    this.#signal = anySignal([signal]);
    const place: Place = { section: 'always', prefix: 'always.', parent: null, signal: this.#signal.signal };
    this.#all = session.compiled.always.map((one) => new SampledInvariant(one, scope, place, session, activity));
  }

  /** Before the first step, which finds those that wait for no step sampled once. */
  async start(): Promise<void> {
    const first = this.#all.map((one) => {
      one.open();
      const { after } = one.invariant;
      if (after === null || this.activity.hasReached(after)) return one.begin();
      this.activity.whenReached(after, () => void one.begin());
      return undefined;
    });
    await Promise.all(first);
  }

  /** At the end of the steps: samples each for the last time, and tells what it came to. */
  async finish(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.finish()));
    this.#signal[Symbol.dispose]();
  }

  /** Ends at once, where the steps did not come to their end. */
  async abandon(): Promise<void> {
    this.#signal.abort(new StopRequested('an earlier step did not pass'));
    await this.finish();
  }
}

class SampledInvariant {
  readonly #random;
  readonly #names: Scope;
  readonly #judge: Judge;
  readonly #ending = new AbortController();
  /** Tells of it; there while it is open. */
  #record: StepRecord | undefined;
  #first: Promise<void> | undefined;
  #sampling: Promise<void> | undefined;
  #samples = 0;
  #result: unknown;
  /** Why the last one that was no sample proves nothing. */
  #unproven = 'what it looks at had nothing to show';

  constructor(
    readonly invariant: CompiledInvariant,
    private readonly scope: StepScope,
    private readonly place: Place,
    private readonly session: CaseSession,
    private readonly activity: Activity,
  ) {
    this.#random = session.random.derive(this.#key);
    this.#names = scope.names(this.#random);
    this.#judge = new Judge(invariant.step, this.#names, session.loadMatchers);
  }

  get #key(): string {
    return `${this.place.prefix}${this.invariant.step.index}`;
  }

  open(): void {
    this.#record = new StepRecord(this.invariant.step, this.#key, this.#names, this.place, this.session);
    this.#record.started();
  }

  /** Samples from now on; resolves after the first sample. */
  begin(): Promise<void> {
    this.#first ??= this.#sample();
    this.#sampling ??= this.#first.then(() => this.#sampleOn());
    return this.#first;
  }

  async finish(): Promise<void> {
    this.#ending.abort();
    await this.#sampling;
    if (this.#sampling) await this.#sample();
    if (this.#samples > 0) this.#close('passed');
    else if (this.place.signal.aborted) this.#close('skipped', { reason: 'the steps ended before it was judged' });
    else {
      const problem = await problemOf(this.#whyNever(), this.invariant.step.frame());
      this.#close('unknown', { problem });
    }
  }

  #whyNever(): UnprovenError {
    const { after, onError } = this.invariant;
    if (!this.#sampling) {
      const next = 'let `after` name a step that runs, or see why this one did not';
      return new UnprovenError(`never sampled: the step "${after}" did not pass`, { next });
    }
    const next = onError === 'ignore' ? 'leave `onError: ignore` out to see it as a failure' : undefined;
    return new UnprovenError(`never sampled: ${this.#unproven}`, next === undefined ? {} : { next });
  }

  get #goesOn(): boolean {
    return this.#record !== undefined && !this.#ending.signal.aborted && !this.place.signal.aborted;
  }

  async #sampleOn(): Promise<void> {
    const { clock } = this.session;
    let due = clock.now();
    while (this.#goesOn) {
      due = Math.max(due + this.invariant.everyMs, clock.now());
      await clock.sleep(due - clock.now(), this.#ending.signal).catch(() => {}); // the end of the steps wakes it
      if (this.#goesOn) await this.#sample();
    }
  }

  /** Never raises: what does not hold is told at once, and ends the sampling. */
  async #sample(): Promise<void> {
    if (!this.#record || this.place.signal.aborted) return;
    let moment: Moment | undefined;
    try {
      const result = await this.#look(this.#record, () => {
        moment = this.activity.moment();
      });
      if (!result) return;
      this.#samples++;
      this.#result = result.value;
    } catch (error) {
      if (!this.place.signal.aborted) await this.#judgeError(error, moment ?? this.activity.moment());
    }
  }

  /** One run of the action, judged. Undefined where there is nothing to look at. */
  async #look({ reference }: StepRecord, seen: () => void): Promise<{ readonly value: unknown } | undefined> {
    const { session, invariant, place } = this;
    const { step, inspects } = invariant;
    const definition = await step.load();
    // Opened again where it broke.
    const redis = await session.connections.named(step.connection ?? undefined);
    if (!inspects.every((id) => session.running.isShowing(id))) return undefined;
    const input = step.input.resolve(this.#names);
    const { limitMs } = attemptsOf(step, this.#names, definition.declaredMs?.(input as never) ?? 0); // validated by its schema
    const handle = new StepHandle(step, reference, this.scope, { ...place, redis }, session, this.#random);
    this.#judge.judgementOf = (result) =>
      definition.judge?.(result as never, input as never, this.invariant.step.expect !== null); // the handler's own
    const value = await this.#judge.run(
      () => handle.run(definition, input, limitMs, place.signal).finally(seen),
      (result) => definition.findError?.(result as never), // the handler's own result
    );
    return { value };
  }

  async #judgeError(error: unknown, moment: Moment): Promise<void> {
    const problem = await problemOf(error, this.invariant.step.frame());
    const ofAction = isRetryable(error) && !(error instanceof JudgementError);
    if (problem.verdict === 'unknown' || (ofAction && this.invariant.onError === 'ignore')) {
      this.#unproven = problem.failure?.message ?? this.#unproven;
      return;
    }
    this.#samples++;
    const surroundings = this.activity.surroundings(moment);
    this.#result = this.#judge.lastResult;
    this.#close(problem.verdict, {
      problem: problem.failure ? { ...problem, failure: { ...problem.failure, surroundings } } : problem,
    });
  }

  #close(verdict: Verdict, details: { readonly problem?: Problem; readonly reason?: string } = {}): void {
    const result = this.#result === undefined ? {} : { result: this.#result };
    this.#record?.finished(verdict, this.#judge.judged, this.#samples, { ...details, ...result });
    this.#record = undefined;
  }
}
