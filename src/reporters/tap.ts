import type { CaseFinished } from '../contracts/event.js';
import { defineReporter, type ReporterOutput } from '../contracts/reporter.js';
import { isGreen } from '../contracts/result.js';
import { oneLine } from '../format/text.js';
import { CaseCollector, causeOf, type EndedCase, failureText } from './collect.js';
import { formatLocation } from './failure.js';

/**
 * TAP 14: a test point a case, at once when it has ended, and the plan at the end. TAP knows no `unknown` and no
 * `errored`: both are `not ok`, and the diagnostic says which, as it does for a flaky case, which is `ok`. A run that is no pass though no case says so gets a test
 * point of its own.
 */
export const tap = defineReporter({
  name: 'tap',
  summary: 'Test Anything Protocol 14, a test point for each case.',
  create: ({ output }) => {
    const report = new TapReport(output);
    return { onEvent: (event) => report.collector.add(event), finish: () => report.finish() };
  },
});

class TapReport {
  readonly collector = new CaseCollector((ended) => this.addCase(ended));
  private points = 0;
  private begun = false;

  constructor(private readonly output: ReporterOutput) {}

  finish(): void {
    const { problem } = this.collector;
    if (problem !== undefined) this.print(`not ok ${this.next()} - run\n${diagnostic({ message: problem })}`);
    this.print(`1..${this.points}\n`);
  }

  private addCase(ended: EndedCase): void {
    const { event } = ended;
    const { verdict, durationMs, location } = event;
    const point = `${this.next()} - ${description(event)}`;
    const facts = { duration_ms: durationMs, at: formatLocation(location) };
    if (verdict === 'passed') this.print(`ok ${point}\n${diagnostic(facts)}`);
    else if (verdict === 'skipped') this.print(`ok ${point} # SKIP ${escaped(causeOf(event))}\n`);
    else {
      const failure = { verdict, message: causeOf(event), ...facts, failure: failureText(ended) };
      this.print(`${isGreen(verdict) ? '' : 'not '}ok ${point}\n${diagnostic(failure)}`);
    }
  }

  private next(): number {
    return ++this.points;
  }

  private print(text: string): void {
    if (!this.begun) this.output.write('TAP version 14\n');
    this.begun = true;
    this.output.write(text);
  }
}

/** A `#` would begin a directive, and a backslash escapes it. */
const escaped = (text: string): string => oneLine(text).replace(/[\\#]/g, '\\$&');

const description = ({ case: { file, name, target } }: CaseFinished): string =>
  escaped(`${file} > ${name}${target === undefined ? '' : ` on ${target}`}`);

/** A YAML block; JSON is YAML, and needs no rules for quotes. */
function diagnostic(facts: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(facts).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}\n`);
  return `  ---\n${lines.join('')}  ...\n`;
}
