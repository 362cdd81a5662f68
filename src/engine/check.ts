import type { Check, CheckedEvent, Checker, CheckReport, CheckRequest, History } from '../contracts/checker.js';
import { givingWay, showEvents } from '../history/give-way.js';

export type LoadCheckers = (names: Iterable<string>) => Promise<ReadonlyMap<string, Checker>>;

/**
 * Reads a history once for all requests. A checker that raises gives `unknown`: nothing is known of what it checks.
 * Raises the signal's reason.
 */
export async function runChecks(
  history: History,
  requests: readonly CheckRequest[],
  loadCheckers: LoadCheckers,
  signal?: AbortSignal,
): Promise<readonly CheckReport[]> {
  const checkers = await loadCheckers(requests.map(({ checker }) => checker));
  const running = requests.map(
    ({ checker: name, options }) => new RunningCheck(checkers.get(name), name, options, history),
  );
  const see = (event: CheckedEvent): void => {
    for (const check of running) check.see(event);
  };
  await showEvents(history.events(), see, signal);
  const giveWay = givingWay(signal);
  const reports: CheckReport[] = [];
  for (const check of running) {
    reports.push(check.report());
    await giveWay();
  }
  return reports;
}

class RunningCheck {
  #check: Check | undefined;
  #error: unknown;

  constructor(
    checker: Checker | undefined,
    private readonly name: string,
    options: CheckRequest['options'],
    history: History,
  ) {
    this.#attempt(() => {
      if (!checker) throw new Error('there is no such checker');
      this.#check = checker.start(options, history);
    });
  }

  see(event: CheckedEvent): void {
    if (this.#check) this.#attempt(() => this.#check?.see(event));
  }

  report(): CheckReport {
    return this.#attempt(() => this.#check?.report()) ?? this.#broken();
  }

  #attempt<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.#check = undefined;
      this.#error = error;
      return undefined;
    }
  }

  #broken(): CheckReport {
    const message = this.#error instanceof Error ? this.#error.message : String(this.#error);
    return {
      verdict: 'unknown',
      reasons: [`the checker ${this.name} could not run: ${message}`],
      counts: {},
      examples: {},
    };
  }
}
