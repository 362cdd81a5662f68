import type { VerdictCounts } from '../contracts/event.js';
import { defineReporter } from '../contracts/reporter.js';
import { VERDICTS } from '../contracts/result.js';
import { formatDuration } from '../format/quantity.js';
import { formatCount, oneLine, plural } from '../format/text.js';
import { CaseCollector, causeOf, type EndedCase, failureText } from './collect.js';
import { type Comparison, ComparisonCollector } from './comparison.js';
import { formatLocation, placeOf } from './failure.js';
import { VERDICT_MARKS } from './paint.js';
import { describeTarget } from './pretty/summary.js';
import { describeShard, explainVerdict } from './verdict.js';

/** A merge request's comment and a step's summary take so much; GitHub cuts a summary off at 1 MiB. */
const DETAILED = 20;
const DETAIL_CHARACTERS = 6_000;
const COMPARED = 200;

/** A summary in GitHub's Markdown: for the page of a CI run, or a comment. */
export const markdown = defineReporter({
  name: 'markdown',
  summary: 'Markdown at the end: a table, and the story of each case that did not pass, or not at once.',
  create: ({ output }) => {
    const report = new MarkdownReport();
    return { onEvent: (event) => report.add(event), finish: () => output.write(report.render()) };
  },
});

export class MarkdownReport {
  private readonly notPassed: EndedCase[] = [];
  private readonly flaky: EndedCase[] = [];
  private readonly skipped: EndedCase[] = [];
  private readonly files = new Map<string, VerdictCounts & { durationMs: number }>();
  private readonly comparison = new ComparisonCollector();
  private readonly collector = new CaseCollector((ended) => this.addCase(ended));

  add(event: Parameters<CaseCollector['add']>[0]): void {
    this.collector.add(event);
    this.comparison.add(event);
  }

  render(): string {
    const { started, finished } = this.collector;
    const verdict = finished ? explainVerdict(finished) : 'The run did not finish';
    const mark = VERDICT_MARKS[finished?.exitCode === 0 ? finished.verdict : 'failed'];
    const comparison = this.comparison.comparison();
    const facts = [
      ...(finished ? [`${plural(finished.judgements, 'judgement')} in ${formatDuration(finished.durationMs)}`] : []),
      ...(started?.target ? [`on ${describeTarget(started.target)}`] : []),
      ...(started?.shard ? [`shard ${describeShard(started.shard)}`] : []),
      ...(started ? [`seed ${started.seed}`] : []),
    ];
    const blocks = [
      `## ${mark} ${literal(verdict)}`,
      ...(facts.length > 0 ? [literal(facts.join(', '))] : []),
      this.renderFiles(),
      ...(comparison ? [renderComparison(comparison)] : []),
      ...renderCases(this.notPassed, 'did not pass'),
      ...renderCases(this.flaky, 'passed only when run again'),
      ...(this.skipped.length > 0 ? [renderSkipped(this.skipped)] : []),
    ];
    return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
  }

  private addCase(ended: EndedCase): void {
    const { event } = ended;
    const name = event.case.target === undefined ? event.case.file : `${event.case.file} on ${event.case.target}`;
    const none = { failed: 0, errored: 0, unknown: 0, flaky: 0, passed: 0, skipped: 0, durationMs: 0 };
    const counts = this.files.get(name) ?? none;
    this.files.set(name, {
      ...counts,
      [event.verdict]: counts[event.verdict] + 1,
      durationMs: counts.durationMs + event.durationMs,
    });
    if (event.verdict === 'skipped') this.skipped.push(ended);
    else if (event.verdict === 'flaky') this.flaky.push(ended);
    else if (event.verdict !== 'passed') this.notPassed.push(ended);
  }

  /** Only the verdicts that there are get a column. */
  private renderFiles(): string {
    if (this.files.size === 0) return '';
    const rows = [...this.files];
    const shown = VERDICTS.filter((verdict) => rows.some(([, counts]) => counts[verdict] > 0));
    return table(
      ['file', ...shown.map((verdict) => `${VERDICT_MARKS[verdict]} ${verdict}`), 'time'],
      rows.map(([file, counts]) => [
        code(file),
        ...shown.map((verdict) => (counts[verdict] > 0 ? formatCount(counts[verdict]) : '')),
        formatDuration(counts.durationMs),
      ]),
    );
  }
}

const renderCases = (cases: readonly EndedCase[], what: string): string[] => [
  ...cases.slice(0, DETAILED).map(renderCase),
  ...(cases.length > DETAILED ? [`… and ${formatCount(cases.length - DETAILED)} more that ${what}.`] : []),
];

function renderCase(ended: EndedCase): string {
  const { event } = ended;
  const { name, target } = event.case;
  const place = (event.failure && placeOf(event.failure)) ?? event.failure?.step?.location ?? event.location;
  const text = failureText(ended);
  const cut = text.length > DETAIL_CHARACTERS ? `${text.slice(0, DETAIL_CHARACTERS)}\n…` : text;
  const title = `${VERDICT_MARKS[event.verdict]} ${event.verdict}: ${name}${target === undefined ? '' : ` on ${target}`}`;
  return `<details open><summary>${html(title)}</summary>\n\n${code(formatLocation(place))}\n\n${fenced(cut)}\n\n</details>`;
}

function renderSkipped(skipped: readonly EndedCase[]): string {
  const lines = skipped
    .slice(0, DETAILED)
    .map(({ event }) => `- ${literal(event.case.name)}: ${literal(causeOf(event))}`);
  if (skipped.length > DETAILED) lines.push(`- … and ${formatCount(skipped.length - DETAILED)} more`);
  return `<details><summary>${plural(skipped.length, 'case')} skipped</summary>\n\n${lines.join('\n')}\n\n</details>`;
}

function renderComparison({ targets, cases }: Comparison): string {
  const differing = cases.filter(({ differs }) => differs);
  const shown = (differing.length > 0 ? differing : cases).slice(0, COMPARED);
  const rows = shown.map(({ name, outcomes }) => [
    literal(name),
    ...outcomes.map((outcome) => (outcome ? `${VERDICT_MARKS[outcome.verdict]} ${outcome.verdict}` : '')),
  ]);
  const heading =
    differing.length > 0
      ? `${formatCount(differing.length)} of ${plural(cases.length, 'case')} differ between targets:`
      : `No case differs between targets:`;
  return `${heading}\n\n${table(['case', ...targets.map(({ name }) => literal(name))], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text that Markdown takes as it is. */
const literal = (text: string): string => html(oneLine(text)).replace(/[\\`*_[\]|~]/g, '\\$&');

const html = (text: string): string =>
  oneLine(text).replace(/[&<>]/g, (mark) => (mark === '&' ? '&amp;' : mark === '<' ? '&lt;' : '&gt;'));

/** In a table a bar would end the cell even within backticks. */
const code = (text: string): string => `\`${oneLine(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``;

/** A fence that is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
