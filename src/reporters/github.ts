import path from 'node:path';
import { defineReporter, type ReporterOptions } from '../contracts/reporter.js';
import type { Location } from '../contracts/result.js';
import { formatCount, printable } from '../format/text.js';
import { CaseCollector, causeOf, type EndedCase } from './collect.js';
import { placeOf } from './failure.js';
import { MarkdownReport } from './markdown.js';
import { pretty } from './pretty.js';

/** GitHub shows this many errors of a step, and drops the others without a word. */
const ANNOTATIONS_SHOWN = 10;

/**
 * What `pretty` says, then an annotation on the line of each case that is no pass, and the Markdown summary on the
 * run's page. Of workflow commands see docs.github.com/actions/reference/workflow-commands-for-github-actions.
 */
export const github = defineReporter({
  name: 'github',
  summary: 'For GitHub Actions: pretty, with annotations on the lines of the scenarios and a summary of the run.',
  create: (options) => {
    const text = pretty.create(options);
    const summary = new MarkdownReport();
    const ended: EndedCase[] = [];
    const collector = new CaseCollector((one) => {
      if (one.event.verdict !== 'passed' && one.event.verdict !== 'skipped') ended.push(one);
    });
    return {
      onEvent(event) {
        text.onEvent(event);
        summary.add(event);
        collector.add(event);
      },
      finish() {
        text.finish?.();
        options.output.write(annotations(ended, collector.problem, options));
        options.github?.summarize(summary.render());
      },
    };
  },
});

function annotations(ended: readonly EndedCase[], problem: string | undefined, options: ReporterOptions): string {
  const lines = ended.slice(0, ANNOTATIONS_SHOWN - 1).map(({ event }) => {
    const { name, target } = event.case;
    const title = `${event.verdict}: ${name}${target === undefined ? '' : ` on ${target}`}`;
    const next = event.failure?.next === undefined ? '' : `\n${event.failure.next}`;
    const place = (event.failure && placeOf(event.failure)) ?? event.failure?.step?.location ?? event.location;
    return command({ ...position(place, options), title }, `${causeOf(event)}${next}`);
  });
  const more = ended.length - lines.length;
  if (more > 0) lines.push(command({ title: 'redrill' }, `${formatCount(more)} more did not pass: see the summary`));
  if (problem !== undefined) lines.push(command({ title: 'redrill' }, problem));
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

function command(properties: Readonly<Record<string, string | number>>, message: string): string {
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::error ${list.join(',')}::${escapeData(message)}\n`;
}

const escapeData = (text: string): string =>
  printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
