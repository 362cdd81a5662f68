import type { CompiledStep, Expectation, Scope } from '../contracts/case.js';
import type { Judgement } from '../contracts/step.js';
import { JudgementError, ReplyError, UnprovenError } from '../errors.js';
import { formatValue } from '../format/value.js';
import { codeOf, isRetryable, mismatchError } from './failure.js';
import { findMismatches } from './match.js';
import type { LoadMatchers } from './session.js';

interface MatchDetails {
  readonly what?: string;
  readonly next?: string | undefined;
  /** Fields that say nothing. */
  readonly voids?: readonly string[] | undefined;
}

/** Judges what a step's action gave by its `expect` or `expectError`. */
export class Judge {
  judged = false;
  lastResult: unknown;
  /** What the action says of its own result. */
  judgementOf: (result: unknown) => Judgement | undefined = () => undefined;
  adviceOf: (result: unknown) => string | undefined = () => undefined;

  constructor(
    private readonly step: CompiledStep,
    private readonly names: Scope,
    private readonly loadMatchers: LoadMatchers,
  ) {}

  /**
   * Runs the action once and judges it. `errorIn` tells of an error that the result holds as a value, or that the
   * result is to be judged later.
   */
  async run(
    action: () => Promise<unknown>,
    errorIn: (result: unknown) => { code: string; message: string } | 'later' | undefined,
  ): Promise<unknown> {
    const { expect, expectError, traits } = this.step;
    this.lastResult = undefined;
    let result: unknown;
    try {
      result = await action();
    } catch (error) {
      if (traits.judges === true && error instanceof JudgementError) this.judged = true;
      if (!expectError || !isRetryable(error) || error instanceof JudgementError) throw error;
      return this.#checkError(expectError, {
        code: codeOf(error),
        message: error instanceof Error ? error.message : String(error),
      });
    }
    if (traits.judges === true) this.judged = true;
    const held = errorIn(result);
    if (held === 'later') return result;
    this.lastResult = result;
    if (expectError) {
      if (held) return this.#checkError(expectError, held);
      this.judged = true;
      throw new JudgementError(`the step was expected to fail, and gave ${formatValue(result, { maxLength: 200 })}`, {
        code: 'MISMATCH',
      });
    }
    if (held && !expect) throw new ReplyError(held.code, held.message);
    await this.check(result);
    return result;
  }

  /** By what the action itself says, and by `expect`: a wrong answer is worse than one that proves nothing. */
  async check(result: unknown): Promise<void> {
    const { expect } = this.step;
    this.lastResult = result;
    const judgement = this.judgementOf(result);
    if (judgement || expect) this.judged = true;
    if (judgement?.verdict === 'failed') {
      const { message, next } = judgement;
      throw new JudgementError(message, { code: 'GUARANTEE', ...(next && { next }) });
    }
    const voids = judgement?.verdict === 'unknown' ? judgement.voids : undefined;
    if (expect) await this.#match(expect, result, { voids, next: this.adviceOf(result) });
    if (judgement?.verdict === 'unknown') throw new UnprovenError(judgement.message, judgement);
  }

  async #checkError(expectation: Expectation, error: { code: string; message: string }): Promise<unknown> {
    this.judged = true;
    this.lastResult = { error };
    await this.#match(expectation, error, { what: 'the error' });
    return { error };
  }

  async #match(expectation: Expectation, actual: unknown, { voids = [], ...details }: MatchDetails): Promise<void> {
    const expected = expectation.resolve(this.names);
    const matchers = await this.loadMatchers(expectation.operators);
    const mismatches = findMismatches(expected, actual, matchers).filter(
      ({ path }) => !voids.includes(String(path[0])),
    );
    if (mismatches.length > 0) throw mismatchError(mismatches, expectation, details);
  }
}
