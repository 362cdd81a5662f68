import { writeSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node';

/** Prints `N passed, N failed` as the very last line, and nothing when the run did not get that far. */
export default class Summary implements Reporter {
  #line = 'The run ended before its tests did.';

  onInit(): void {
    // Coverage and teardown print after the last event.
    process.on('exit', (code) => {
      const failedOutside = code !== 0 && this.#line.includes(' 0 failed');
      writeSync(1, failedOutside ? 'The tests passed, but the run failed.\n' : `${this.#line}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[], reason: TestRunEndReason): void {
    if (reason === 'interrupted') return;
    this.#line = summarize(modules, errors.length);
  }
}

/** A file that could not be loaded, a hook that failed and an error outside of tests each count as one failure. */
export function summarize(modules: readonly TestModule[], errors: number): string {
  const count = { passed: 0, failed: errors, skipped: 0, pending: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) count[test.result().state]++;
    const suites = [module, ...module.children.allSuites()];
    count.failed += suites.filter((suite) => suite.errors().length > 0).length;
  }
  if (count.passed + count.failed + count.skipped === 0) return 'No test was run.';
  const skipped = count.skipped + count.pending;
  return `${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
