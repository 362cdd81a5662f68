import type { CompiledCase } from '../../contracts/case.js';
import { anySignal } from '../../engine/clock.js';
import { type RunTarget, runSuite } from '../../engine/run.js';
import { Interrupted } from '../../errors.js';
import { openHistories } from '../histories.js';
import { refusals } from '../permissions.js';
import { printDiagnostics, wantsColor } from '../print.js';
import { openReports } from '../reports.js';
import { chooseTargets } from '../run-targets.js';
import type { OpenScenarios } from '../scenarios.js';
import type { End } from '../signals.js';
import { type RunFlags, readTimeout, suiteOptions } from '../suite.js';
import { Failures } from './failures.js';
import type { WatchedFile } from './scenarios.js';
import type { KeptTargets } from './target.js';

const WHILE_WATCHING = 'watching goes on';

/** Runs cases on kept targets, and knows how each ended last. */
export class Runner {
  readonly failures = new Failures();
  /** Of the run before, by id. */
  last: ReadonlySet<string> = new Set();
  /** Those of it that an interruption cut off. */
  cutOff: ReadonlySet<string> = new Set();
  readonly #timeoutMs: number | undefined;
  #controller: AbortController | undefined;
  #files: readonly WatchedFile[] = [];
  #endedAt = 0;

  constructor(
    private readonly flags: RunFlags,
    private readonly targets: KeptTargets,
    private readonly end: End,
  ) {
    this.#timeoutMs = readTimeout(flags);
  }

  /** Files whose cases ran at that time, in milliseconds since the epoch. */
  runningAt(time: number): readonly WatchedFile[] {
    return this.#controller || time <= this.#endedAt ? this.#files : [];
  }

  interrupt(why: string): void {
    this.#controller?.abort(new Interrupted(why, 130));
  }

  /** Raises a ScenarioError for targets that cannot be chosen, and a TargetError when the only one cannot be had. */
  async run(cases: readonly CompiledCase[], files: readonly WatchedFile[], open: OpenScenarios): Promise<void> {
    const { flags } = this;
    const refused = refusals(cases, flags.allowRun ? ['run'] : open.project.allow);
    if (refused.length > 0) return printDiagnostics(refused, WHILE_WATCHING);
    const targets = chooseTargets(flags.targets, flags.matrixTargets ?? false, open.project);
    this.last = new Set(cases.map(({ reference }) => reference.id));
    this.#files = files.filter((file) => file.cases.some((compiled) => cases.includes(compiled)));
    this.#controller = new AbortController();
    try {
      await this.#runOn(targets, cases, open, this.#controller.signal);
    } finally {
      this.#controller = undefined;
      this.#endedAt = Date.now();
    }
  }

  async #runOn(
    targets: readonly RunTarget[],
    cases: readonly CompiledCase[],
    { catalog, project }: OpenScenarios,
    interrupted: AbortSignal,
  ): Promise<void> {
    const { flags, end } = this;
    const reports = await openReports(flags.report, { verbose: flags.verbose, live: true });
    const histories = openHistories(flags.history);
    using either = anySignal([end.signal, interrupted]);
    const ended = new Set<string>();
    const { stdout } = process;
    const hear = this.failures.listener(wantsColor(stdout), stdout.isTTY ? stdout.columns : undefined);
    const options = suiteOptions(flags, {
      catalog,
      project,
      cases,
      places: undefined,
      shard: undefined,
      files: this.#files.length,
      targets: targets.map((target) => this.targets.keep(target)),
      timeoutMs: this.#timeoutMs,
      signal: either.signal,
      reports: {
        ...reports,
        onEvent: (event) => {
          reports.onEvent(event);
          // What an interruption made of a case says nothing of it.
          if (either.signal.aborted) return;
          hear(event);
          if (event.type === 'case.finished') ended.add(event.case.id);
        },
      },
      histories,
    });
    try {
      await runSuite(options);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    } finally {
      reports.finish();
      const ids = (id: string) => (targets.length === 1 ? [id] : targets.map(({ name }) => `${id}@${name}`));
      this.cutOff = new Set([...this.last].filter((id) => !ids(id).every((one) => ended.has(one))));
    }
  }
}
