import type { CaseFinished, RunEvent, RunStarted } from '../contracts/event.js';
import { defineReporter, type ReporterOptions } from '../contracts/reporter.js';
import { formatCount, oneLine, plural } from '../format/text.js';
import { formatLocation, placeOf } from './failure.js';
import { createPaint, type Paint, VERDICT_MARKS, VERDICT_STYLES } from './paint.js';
import { type CaseStyle, isDetailed, renderCase } from './pretty/case.js';
import { renderSummary } from './pretty/summary.js';
import { StepTree } from './pretty/tree.js';

const LISTED_AT_END = 20;

export const pretty = defineReporter({
  name: 'pretty',
  summary: 'For people: a line for each case that passed, the whole story of each that did not, and a summary.',
  create: (options) => new PrettyReporter(options),
});

class PrettyReporter {
  private readonly paint: Paint;
  private readonly style: CaseStyle;
  private started: RunStarted | undefined;
  private ended = false;
  /** Steps of the cases that still run, by the case's id: cases interleave, and each is printed whole. */
  private readonly trees = new Map<string, StepTree>();
  private heading: string | undefined;
  private lastDetailed = false;
  private casesPrinted = 0;
  private notPassed = 0;
  private readonly listed: CaseFinished[] = [];

  constructor(private readonly options: ReporterOptions) {
    const { color, columns } = options.output;
    this.paint = createPaint(color);
    this.style = { paint: this.paint, color, columns, verbose: options.verbose };
  }

  onEvent(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
        this.started = event;
        this.print([`${plural(event.cases, 'case')} in ${plural(event.files, 'file')}`]);
        break;
      case 'case.started':
        this.tree(event.case.id);
        break;
      case 'step.started':
        this.tree(event.case).start(event);
        break;
      case 'step.finished':
        this.tree(event.case).finish(event);
        break;
      case 'case.finished':
        this.printCase(event);
        break;
      case 'run.finished':
        this.ended = true;
        this.print([...this.listNotPassed(), '', ...renderSummary(event, this.started, this.paint)]);
        break;
    }
  }

  finish(): void {
    // Without any event there was no run to speak of.
    if (this.ended || (!this.started && this.casesPrinted === 0)) return;
    this.print(['', this.paint(['bold', 'yellow'], '? The run did not finish.')]);
  }

  private printCase(event: CaseFinished): void {
    const { case: reference, verdict } = event;
    const tree = this.tree(reference.id);
    this.trees.delete(reference.id);
    tree.close();
    const detailed = isDetailed(verdict, this.options.verbose);
    const lines: string[] = [];
    if (reference.file !== this.heading) {
      this.heading = reference.file;
      lines.push('', this.paint('bold', oneLine(reference.file)));
    } else if (detailed || this.lastDetailed) {
      lines.push('');
    }
    this.lastDetailed = detailed;
    this.casesPrinted++;
    this.print([...lines, ...renderCase(event, tree, this.style)]);
    if (verdict === 'passed' || verdict === 'skipped') return;
    this.notPassed++;
    if (this.listed.length < LISTED_AT_END) this.listed.push(event);
  }

  /** Where to look, once more: the first failure of a long run has left the screen. */
  private listNotPassed(): string[] {
    if (this.notPassed === 0 || this.casesPrinted === 1) return [];
    const places = this.listed.map(({ failure, location }) =>
      formatLocation((failure && placeOf(failure)) ?? failure?.step?.location ?? location),
    );
    const width = Math.max(...places.map((place) => place.length));
    const lines = this.listed.map(({ case: { name }, verdict }, index) => {
      const mark = this.paint(VERDICT_STYLES[verdict], VERDICT_MARKS[verdict]);
      return `  ${mark} ${this.paint('gray', places[index]!.padEnd(width))}  ${oneLine(name)}`;
    });
    const more = this.notPassed - this.listed.length;
    if (more > 0) lines.push(`  … ${formatCount(more)} more`);
    return ['', this.paint('bold', 'Not passed'), ...lines];
  }

  private tree(id: string): StepTree {
    const known = this.trees.get(id);
    if (known) return known;
    const tree = new StepTree(this.options.verbose);
    this.trees.set(id, tree);
    return tree;
  }

  private print(lines: readonly string[]): void {
    this.options.output.write(`${lines.join('\n')}\n`);
  }
}
