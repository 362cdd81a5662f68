import type { CompiledCase } from '../contracts/case.js';
import type { NamedTarget, RunEvent, Shard, TargetDescription, TargetOption } from '../contracts/event.js';
import type { Failure, Verdict } from '../contracts/result.js';
import type { Secret } from '../contracts/target.js';
import { Interrupted, TargetError } from '../errors.js';
import { createRedactor } from '../redis/redact.js';
import { systemClock } from './clock.js';
import { cutForensics } from './forensics.js';
import { redactEvent } from './redact.js';

export interface LogOptions {
  readonly cases: readonly CompiledCase[];
  readonly files: number;
  readonly version: string;
  readonly seed: number;
  readonly strict: boolean;
  readonly shard: Shard | undefined;
  readonly targets: readonly { readonly option?: TargetOption }[];
  readonly env: Readonly<Record<string, string>>;
  readonly onEvent: (event: RunEvent) => void;
}

const EXIT_ERRORED = 4;
const EXIT_BUG = 70;

const emptyCounts = (): Record<Verdict, number> => ({
  failed: 0,
  errored: 0,
  unknown: 0,
  flaky: 0,
  passed: 0,
  skipped: 0,
});

/** The events of a run, counted and without secrets. */
export class RunLog {
  readonly #startedAt = systemClock.now();
  readonly #counts = { cases: emptyCounts(), steps: emptyCounts(), judgements: 0 };
  readonly #secrets: Secret[];
  #redactor: ReturnType<typeof createRedactor>;

  constructor(private readonly options: LogOptions) {
    this.#secrets = Object.values(options.env);
    this.#redactor = createRedactor(this.#secrets);
  }

  readonly emit = (event: RunEvent): void => {
    if (event.type === 'case.finished') {
      this.#counts.cases[event.verdict]++;
      this.#counts.judgements += event.judgements;
    } else if (event.type === 'case.retried') this.#counts.judgements += event.judgements;
    else if (event.type === 'step.finished' && event.step.section !== 'catch') this.#counts.steps[event.verdict]++;
    const told = redactEvent(event, this.#redactor);
    this.options.onEvent(told.type === 'case.forensics' ? cutForensics(told) : told);
  };

  /** From now on these are in no event. */
  hide(secrets: readonly Secret[]): void {
    this.#secrets.unshift(...secrets);
    this.#redactor = createRedactor(this.#secrets);
  }

  /** On one target, or on each of several. */
  started(on: { readonly target: TargetDescription } | { readonly targets: readonly NamedTarget[] }): void {
    const { version, seed, files, cases, strict, shard, targets } = this.options;
    const count = 'targets' in on ? cases.length * on.targets.length : cases.length;
    const chosen = targets.flatMap(({ option }) => option ?? []);
    const time = systemClock.wallTime();
    this.emit({
      type: 'run.started',
      time,
      format: 1,
      redrill: version,
      seed,
      ...on,
      ...(chosen.length > 0 && { chosen }),
      files,
      cases: count,
      ...(strict && { strict }),
      ...(shard && { shard }),
    });
  }

  targetStarted(target: NamedTarget, failure?: Failure): void {
    this.emit({ type: 'target.started', time: systemClock.wallTime(), target, ...(failure && { failure }) });
  }

  finished(verdict: Verdict, exitCode: number, reason: string | undefined): void {
    this.emit({
      type: 'run.finished',
      time: systemClock.wallTime(),
      verdict,
      exitCode,
      durationMs: systemClock.now() - this.#startedAt,
      ...this.#counts,
      ...(reason !== undefined && { reason }),
    });
  }

  /** The run ends by an error. */
  broken(error: unknown): void {
    const exitCode =
      error instanceof Interrupted ? error.exitCode : error instanceof TargetError ? EXIT_ERRORED : EXIT_BUG;
    this.finished('errored', exitCode, error instanceof Error ? error.message : String(error));
  }
}
