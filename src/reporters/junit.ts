import type { CaseAttempt, RunEvent, TargetDescription } from '../contracts/event.js';
import { defineReporter } from '../contracts/reporter.js';
import { oneLine } from '../format/text.js';
import { xmlAttributes, xmlText } from '../format/xml.js';
import { attemptText, CaseCollector, causeOf, type EndedCase, failureText, type RetriedAttempt } from './collect.js';

/**
 * One suite a file and target, one testcase a case. JUnit knows no `unknown`: such a case is a
 * `<failure type="unknown">`, because to a CI server whatever is neither failure nor error has passed. For the same
 * reason a run that is not a pass, though none of its cases says so, gets a testcase of its own. A flaky case
 * has passed, with a `<flakyFailure>` for each attempt before.
 *
 * The file is an attribute of the suite, and file and line stand in a failure's text: Jenkins' xUnit plugin refuses a whole
 * report of which a testcase has more attributes than its schema (junit-10.xsd) knows.
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
  readonly file: string | undefined;
  readonly target: TargetDescription | undefined;
  readonly startedAt: number;
  readonly testcases: string[];
  failures: number;
  errors: number;
  skipped: number;
  durationMs: number;
}

class JUnitReport {
  private readonly collector = new CaseCollector((ended) => this.addCase(ended));
  private readonly suites = new Map<string, Suite>();
  private readonly names = new Set<string>();

  add(event: RunEvent): void {
    this.collector.add(event);
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
      time: seconds(this.collector.finished?.durationMs ?? total((suite) => suite.durationMs)),
    });
    const body = suites.map((suite) => this.renderSuite(suite)).join('');
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes}>\n${body}</testsuites>\n`;
  }

  private addCase(ended: EndedCase): void {
    const { event } = ended;
    const { file, target } = event.case;
    const name = target === undefined ? file : `${file} on ${target}`;
    const suite = this.suite(name, { startedAt: event.time - event.durationMs, target: ended.server, file });
    suite.durationMs += event.durationMs;
    const classname = classOf(file, target);
    const attributes = xmlAttributes({
      classname,
      name: this.uniqueName(classname, oneLine(event.case.name)),
      time: seconds(event.durationMs),
    });
    const outcomes = renderOutcomes(ended, suite).map((outcome) => `      ${outcome}\n`);
    suite.testcases.push(
      outcomes.length === 0
        ? `    <testcase${attributes}/>\n`
        : `    <testcase${attributes}>\n${outcomes.join('')}    </testcase>\n`,
    );
  }

  /** A run that is no pass although every case looks like one. */
  private addRun(): void {
    const { started, finished, problem } = this.collector;
    if (problem === undefined) return;
    const startedAt = started?.time ?? finished?.time ?? 0;
    const suite = this.suite('redrill', { startedAt, target: started?.target, file: undefined });
    suite.errors++;
    suite.testcases.push(
      `    <testcase${xmlAttributes({ classname: 'redrill', name: 'run', time: seconds(0) })}>\n` +
        `      <error${xmlAttributes({ message: problem, type: finished?.verdict ?? 'unfinished' })}/>\n    </testcase>\n`,
    );
  }

  private suite(name: string, facts: Pick<Suite, 'startedAt' | 'target' | 'file'>): Suite {
    const known = this.suites.get(name);
    if (known) return known;
    const suite = { name, ...facts, testcases: [], failures: 0, errors: 0, skipped: 0, durationMs: 0 };
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
      file: suite.file,
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
    const { started, finished } = this.collector;
    const properties = {
      redrill: started?.redrill,
      seed: started?.seed,
      shard: started?.shard && `${started.shard.index}/${started.shard.total}`,
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

/** The elements that say why a case is no plain pass: one, which the suite counts, or those of a flaky case. */
function renderOutcomes(ended: EndedCase, suite: Suite): string[] {
  const { event, retried } = ended;
  switch (event.verdict) {
    case 'passed':
      return [];
    case 'flaky':
      return retried.map(renderFlake);
    case 'skipped':
      suite.skipped++;
      return [`<skipped${xmlAttributes({ message: causeOf(event) })}/>`];
    case 'failed':
    case 'unknown':
      suite.failures++;
      return [renderFailures('failure', ended)];
    case 'errored':
      suite.errors++;
      return [renderFailures('error', ended)];
  }
}

/** One element for all failures of a case: of several, Jenkins keeps only one. */
const renderFailures = (element: 'failure' | 'error', ended: EndedCase): string =>
  `<${element}${xmlAttributes(factsOf(ended.event))}>${xmlText(failureText(ended))}</${element}>`;

/** As Maven's Surefire tells of it; a server that doesn't know the element passes over it. */
function renderFlake({ event, failedSteps }: RetriedAttempt): string {
  const element = event.verdict === 'errored' ? 'flakyError' : 'flakyFailure';
  const trace = xmlText(attemptText(event, failedSteps));
  return `<${element}${xmlAttributes(factsOf(event))}><stackTrace>${trace}</stackTrace></${element}>`;
}

const factsOf = (ended: Pick<CaseAttempt, 'verdict' | 'reason' | 'failure'>) => ({
  message: causeOf(ended),
  type: ended.verdict === 'unknown' ? ended.verdict : (ended.failure?.code ?? ended.verdict),
});

/** `scenarios/cache.yaml` → `scenarios.cache`; CI servers group by what stands before the dots. */
function classOf(file: string, target: string | undefined): string {
  const words = file
    .replace(/\.[^./]+$/, '')
    .replace(/^[./]+/, '')
    .replaceAll('/', '.');
  return target === undefined ? words : `${target.replace(/[./]+/g, '_')}.${words}`;
}

const seconds = (milliseconds: number): string => (milliseconds / 1_000).toFixed(3);
