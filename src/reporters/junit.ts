import type {
  CaseFinished,
  RunEvent,
  RunFinished,
  RunStarted,
  StepFinished,
  TargetDescription,
} from '../contracts/event.js';
import { defineReporter } from '../contracts/reporter.js';
import { oneLine } from '../format/text.js';
import { xmlAttributes, xmlText } from '../format/xml.js';
import { formatLocation, renderFailure } from './failure.js';
import { plain } from './paint.js';
import { explainVerdict } from './verdict.js';

const STEP_FAILURES_SHOWN = 10;

/**
 * One suite a file and target, one testcase a case. JUnit knows no `unknown`: such a case is a
 * `<failure type="unknown">`, because to a CI server whatever is neither failure nor error has passed. For the same
 * reason a run that is not a pass, though none of its cases says so, gets a testcase of its own.
 *
 * `file` and `line` of a testcase are read by GitLab and GitHub actions, and ignored by Jenkins and Azure.
 */
export const junit = defineReporter({
  name: 'junit',
  summary: 'JUnit XML at the end, for CI servers.',
  create: ({ output }) => {
    const report = new JUnitReport();
    return {
      onEvent: (event) => report.add(event),
      finish: () => output.write(report.render()),
    };
  },
});

interface Suite {
  readonly name: string;
  readonly target: TargetDescription | undefined;
  readonly startedAt: number;
  readonly testcases: string[];
  failures: number;
  errors: number;
  skipped: number;
  durationMs: number;
}

class JUnitReport {
  private started: RunStarted | undefined;
  private finished: RunFinished | undefined;
  private readonly targets = new Map<string, TargetDescription>();
  private readonly suites = new Map<string, Suite>();
  /** Steps of running cases that have a failure to tell of, by the case's id. */
  private readonly failedSteps = new Map<string, StepFinished[]>();
  private readonly names = new Set<string>();

  add(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
        this.started = event;
        break;
      case 'target.started':
        this.targets.set(event.target.name, event.target);
        break;
      case 'step.finished':
        this.addStep(event);
        break;
      case 'case.finished':
        this.addCase(event);
        break;
      case 'run.finished':
        this.finished = event;
        break;
      case 'case.started':
      case 'step.started':
        break;
    }
  }

  render(): string {
    this.addRun();
    const suites = [...this.suites.values()];
    const total = (of: (suite: Suite) => number) => suites.reduce((sum, suite) => sum + of(suite), 0);
    const attributes = xmlAttributes({
      name: 'redrill',
      tests: total((suite) => suite.testcases.length),
      failures: total((suite) => suite.failures),
      errors: total((suite) => suite.errors),
      time: seconds(this.finished?.durationMs ?? total((suite) => suite.durationMs)),
    });
    const body = suites.map((suite) => this.renderSuite(suite)).join('');
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes}>\n${body}</testsuites>\n`;
  }

  private addStep(event: StepFinished): void {
    if (event.failure === undefined) return;
    const failed = this.failedSteps.get(event.case) ?? [];
    this.failedSteps.set(event.case, failed);
    if (failed.length < STEP_FAILURES_SHOWN) failed.push(event);
  }

  private addCase(event: CaseFinished): void {
    const { file, target } = event.case;
    const name = target === undefined ? file : `${file} on ${target}`;
    const server = target === undefined ? this.started?.target : this.targets.get(target);
    const suite = this.suite(name, event.time - event.durationMs, server);
    suite.durationMs += event.durationMs;
    const classname = classOf(file, target);
    const attributes = xmlAttributes({
      classname,
      name: this.uniqueName(classname, oneLine(event.case.name)),
      file,
      line: event.location.line,
      time: seconds(event.durationMs),
    });
    const outcome = this.renderOutcome(event, suite);
    this.failedSteps.delete(event.case.id);
    suite.testcases.push(
      outcome === ''
        ? `    <testcase${attributes}/>\n`
        : `    <testcase${attributes}>\n      ${outcome}\n    </testcase>\n`,
    );
  }

  /** The element that says why a case is no plain pass, which the suite counts. */
  private renderOutcome(event: CaseFinished, suite: Suite): string {
    const { verdict, failure, reason } = event;
    const step = failure?.step ? `${failure.step.title}: ` : '';
    const message = failure ? `${step}${failure.message}` : (reason ?? 'no reason was given');
    switch (verdict) {
      case 'passed':
        return '';
      case 'skipped':
        suite.skipped++;
        return `<skipped${xmlAttributes({ message })}/>`;
      case 'failed':
      case 'unknown':
        suite.failures++;
        return this.renderFailures(
          'failure',
          verdict === 'failed' ? (failure?.code ?? verdict) : verdict,
          message,
          event,
        );
      case 'errored':
        suite.errors++;
        return this.renderFailures('error', failure?.code ?? verdict, message, event);
    }
  }

  /** One element for all failures of a case: of several, Jenkins keeps only one. */
  private renderFailures(element: 'failure' | 'error', type: string, message: string, event: CaseFinished): string {
    const steps = this.failedSteps.get(event.case.id) ?? [];
    const parts = steps.map(({ step, failure }) => [
      `${step.title} (${formatLocation(step.location)})`,
      ...renderFailure(failure!, undefined, { paint: plain, color: false }),
    ]);
    if (event.failure && !steps.some(({ step }) => step.key === event.failure?.step?.key)) {
      parts.unshift(renderFailure(event.failure, event.location, { paint: plain, color: false }));
    }
    if (parts.length === 0) parts.push([message]);
    const text = parts.map((lines) => lines.join('\n')).join('\n\n');
    return `<${element}${xmlAttributes({ message, type })}>${xmlText(text)}</${element}>`;
  }

  /** A run that is no pass although every case looks like one: interrupted, nothing passed, no target. */
  private addRun(): void {
    const { finished } = this;
    const red = [...this.suites.values()].some(({ failures, errors }) => failures + errors > 0);
    if (red || finished?.exitCode === 0) return;
    const message = finished ? explainVerdict(finished) : 'the run did not finish';
    const suite = this.suite('redrill', this.started?.time ?? finished?.time ?? 0, this.started?.target);
    suite.errors++;
    suite.testcases.push(
      `    <testcase${xmlAttributes({ classname: 'redrill', name: 'run', time: seconds(0) })}>\n` +
        `      <error${xmlAttributes({ message, type: finished?.verdict ?? 'unfinished' })}/>\n    </testcase>\n`,
    );
  }

  private suite(name: string, startedAt: number, target: TargetDescription | undefined): Suite {
    const known = this.suites.get(name);
    if (known) return known;
    const suite = { name, target, startedAt, testcases: [], failures: 0, errors: 0, skipped: 0, durationMs: 0 };
    this.suites.set(name, suite);
    return suite;
  }

  /** CI servers tell testcases apart by class and name alone. */
  private uniqueName(classname: string, name: string): string {
    let unique = name;
    for (let count = 2; this.names.has(`${classname}\n${unique}`); count++) unique = `${name} (${count})`;
    this.names.add(`${classname}\n${unique}`);
    return unique;
  }

  private renderSuite(suite: Suite): string {
    const attributes = xmlAttributes({
      name: suite.name,
      tests: suite.testcases.length,
      failures: suite.failures,
      errors: suite.errors,
      skipped: suite.skipped,
      time: seconds(suite.durationMs),
      timestamp: new Date(suite.startedAt).toISOString().slice(0, 19),
    });
    return `  <testsuite${attributes}>\n${this.renderProperties(suite)}${suite.testcases.join('')}  </testsuite>\n`;
  }

  private renderProperties({ target }: Suite): string {
    const { started, finished } = this;
    const properties = {
      redrill: started?.redrill,
      seed: started?.seed,
      target: target?.address,
      server: target?.engine && `${target.engine} ${target.version}`,
      reason: finished?.reason,
    };
    const lines = Object.entries(properties)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `      <property${xmlAttributes({ name, value })}/>\n`);
    return lines.length === 0 ? '' : `    <properties>\n${lines.join('')}    </properties>\n`;
  }
}

/** `scenarios/cache.yaml` → `scenarios.cache`; CI servers group by what stands before the dots. */
function classOf(file: string, target: string | undefined): string {
  const words = file
    .replace(/\.[^./]+$/, '')
    .replace(/^[./]+/, '')
    .replaceAll('/', '.');
  return target === undefined ? words : `${target.replace(/[./]+/g, '_')}.${words}`;
}

const seconds = (milliseconds: number): string => (milliseconds / 1_000).toFixed(3);
