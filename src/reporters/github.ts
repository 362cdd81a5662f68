import path from 'node:path';
import { defineReporter, type ReporterOptions } from '../contracts/reporter.js';
import { isGreen, type Location } from '../contracts/result.js';
import { formatCount, printable } from '../format/text.js';
import { CaseCollector, causeOf, type EndedCase } from './collect.js';
import { placeOf } from './failure.js';
import { MarkdownReport } from './markdown.js';
import { pretty } from './pretty.js';

/** GitHub shows this many errors of a step, and as many warnings, and drops the others without a word. */
const ANNOTATIONS_SHOWN = 10;

/**
 * What `pretty` says, then an annotation on the line of each case that is no pass, a warning on that of each flaky one,
 * and the Markdown summary on the run's page. Of workflow commands see docs.github.com/actions/reference/workflow-commands-for-github-actions.
 */
export const github = defineReporter({
  name: 'github',
  summary: 'For GitHub Actions: pretty, with annotations on the lines of the scenarios and a summary of the run.',
  live: true,
  create: (options) => {
    const text = pretty.create(options);
    const summary = new MarkdownReport();
    const ended: EndedCase[] = [];
    const flaky: EndedCase[] = [];
    const collector = new CaseCollector((one) => {
      if (one.event.verdict === 'flaky') flaky.push(one);
      else if (!isGreen(one.event.verdict)) ended.push(one);
    });
    return {
      onEvent(event) {
        text.onEvent(event);
        summary.add(event);
        collector.add(event);
      },
      finish() {
        text.finish?.();
        options.output.write(annotations('error', ended, options) + annotations('warning', flaky, options));
        const { problem } = collector;
        if (problem !== undefined) options.output.write(command('error', { title: 'redrill' }, problem));
        options.github?.summarize(summary.render());
      },
    };
  },
});

type Level = 'error' | 'warning';

function annotations(level: Level, ended: readonly EndedCase[], options: ReporterOptions): string {
  const lines = ended.slice(0, ANNOTATIONS_SHOWN - 1).map(({ event }) => {
    const { name, target } = event.case;
    const title = `${event.verdict}: ${name}${target === undefined ? '' : ` on ${target}`}`;
    const next = event.failure?.next === undefined ? '' : `\n${event.failure.next}`;
    const place = (event.failure && placeOf(event.failure)) ?? event.failure?.step?.location ?? event.location;
    return command(level, { ...position(place, options), title }, `${causeOf(event)}${next}`);
  });
  const more = ended.length - lines.length;
  const what = level === 'error' ? 'did not pass' : 'passed only when run again';
  if (more > 0) lines.push(command(level, { title: 'redrill' }, `${formatCount(more)} more ${what}: see the summary`));
  return lines.join('');
}

/** Files are named from the top of the repository, which is not where the run was started, perhaps. */
const position = ({ file, line, endLine, column, endColumn }: Location, { github: host }: ReporterOptions) => ({
  file: host ? path.posix.join(host.folder, file) : file,
  line,
  endLine,
  // Columns are taken only where the place is in one line.
  ...(line === endLine && { col: column, endColumn: Math.max(column, endColumn - 1) }),
});

function command(level: Level, properties: Readonly<Record<string, string | number>>, message: string): string {
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${level} ${list.join(',')}::${escapeData(message)}\n`;
}

const escapeData = (text: string): string =>
  printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
