import type { CompiledStep, Scope } from '../contracts/case.js';
import type { StepFinished, StepReference } from '../contracts/event.js';
import type { Verdict } from '../contracts/result.js';
import { ExpressionError, ScenarioError } from '../errors.js';
import { encodeValue } from './encode.js';
import type { Problem } from './failure.js';
import type { CaseSession, Place } from './session.js';

export interface StepDetails {
  readonly problem?: Problem;
  readonly result?: unknown;
  readonly reason?: string;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Tells of one step by events, and counts it in its case. */
export class StepRecord {
  readonly reference: StepReference;
  readonly #startedAt: number;

  constructor(
    step: CompiledStep,
    key: string,
    names: Scope,
    private readonly place: Place,
    private readonly session: CaseSession,
  ) {
    this.#startedAt = session.clock.now();
    this.reference = {
      key,
      parent: place.parent,
      section: place.section,
      id: step.id,
      action: step.traits.name,
      title: titleOf(step, names),
      location: step.location,
      background: step.background,
    };
  }

  started(): void {
    const { session, reference } = this;
    session.emit({ type: 'step.started', time: session.clock.wallTime(), case: session.reference.id, step: reference });
  }

  finished(verdict: Verdict, judged: boolean, runs: number, { problem, result, reason }: StepDetails): void {
    const { session, reference } = this;
    const failure = problem?.failure;
    session.count(this.place.section, verdict, judged, reference, failure);
    const event: Writable<StepFinished> = {
      type: 'step.finished',
      time: session.clock.wallTime(),
      case: session.reference.id,
      step: reference,
      verdict,
      durationMs: session.clock.now() - this.#startedAt,
      runs,
      judged,
    };
    if (result !== undefined) event.result = encodeValue(result);
    if (reason !== undefined) event.reason = reason;
    if (failure) event.failure = failure;
    session.emit(event);
  }
}

function titleOf(step: CompiledStep, names: Scope): string {
  try {
    return step.title.resolve(names);
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof ScenarioError) return step.traits.name;
    throw error;
  }
}
