import type { CompiledCase } from '../contracts/case.js';
import type { RunEvent, RunStarted } from '../contracts/event.js';
import type { Verdict } from '../contracts/result.js';
import type { Secret } from '../contracts/target.js';
import { Interrupted, TargetError } from '../errors.js';
import { createRedactor } from '../redis/redact.js';
import { systemClock } from './clock.js';
import { redactEvent } from './redact.js';

export interface LogOptions {
  readonly cases: readonly CompiledCase[];
  readonly files: number;
  readonly version: string;
  readonly seed: number;
  /** What is known of the target before it is opened. */
  readonly target: RunStarted['target'];
  readonly env: Readonly<Record<string, string>>;
  readonly onEvent: (event: RunEvent) => void;
}

const EXIT_ERRORED = 4;
const EXIT_BUG = 70;

const emptyCounts = (): Record<Verdict, number> => ({ failed: 0, errored: 0, unknown: 0, passed: 0, skipped: 0 });

/** The events of a run, counted and without secrets. */
export class RunLog {
  readonly #startedAt = systemClock.now();
  readonly #counts = { cases: emptyCounts(), steps: emptyCounts(), judgements: 0 };
  #redactor: ReturnType<typeof createRedactor>;

  constructor(private readonly options: LogOptions) {
    this.#redactor = createRedactor(Object.values(options.env));
  }

  readonly emit = (event: RunEvent): void => {
    if (event.type === 'case.finished') {
      this.#counts.cases[event.verdict]++;
      this.#counts.judgements += event.judgements;
    } else if (event.type === 'step.finished' && event.step.section !== 'catch') this.#counts.steps[event.verdict]++;
    this.options.onEvent(redactEvent(event, this.#redactor));
  };

  /** A target that cannot be opened is told of, too. */
  async opening<T>(open: () => Promise<T>): Promise<T> {
    try {
      return await open();
    } catch (error) {
      this.started(this.options.target, []);
      const exitCode =
        error instanceof Interrupted ? error.exitCode : error instanceof TargetError ? EXIT_ERRORED : EXIT_BUG;
      this.finished('errored', exitCode, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  started(target: RunStarted['target'], secrets: readonly Secret[]): void {
    const { version, seed, files, cases, env } = this.options;
    this.#redactor = createRedactor([...secrets, ...Object.values(env)]);
    const time = systemClock.wallTime();
    this.emit({ type: 'run.started', time, format: 1, redrill: version, seed, target, files, cases: cases.length });
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
}
