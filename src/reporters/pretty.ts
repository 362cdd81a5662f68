import type { CaseFinished, CaseRetried, RunEvent, RunStarted, TargetStarted } from '../contracts/event.js';
import { defineReporter, type ReporterOptions } from '../contracts/reporter.js';
import { formatCount, oneLine, plural } from '../format/text.js';
import { ComparisonCollector } from './comparison.js';
import { formatLocation, placeOf } from './failure.js';
import { createPaint, type Paint, VERDICT_MARKS, VERDICT_STYLES } from './paint.js';
import { type CaseStyle, isDetailed, type RetriedCase, renderCase, renderCause } from './pretty/case.js';
import { renderComparison } from './pretty/comparison.js';
import { Folding } from './pretty/fold.js';
import { LiveView } from './pretty/live.js';
import { describeTarget, renderSummary } from './pretty/summary.js';
import { StepTree } from './pretty/tree.js';
import { describeShard } from './verdict.js';

const LISTED_AT_END = 20;

export const pretty = defineReporter({
  name: 'pretty',
  summary: 'For people: a line for each case that passed, the whole story of each that did not, and a summary.',
  live: true,
  create: (options) => new PrettyReporter(options),
});

interface CaseList {
  cases: number;
  /** The first of them. */
  readonly listed: CaseFinished[];
}

class PrettyReporter {
  private readonly paint: Paint;
  private readonly style: CaseStyle;
  /** What is going on, where the output can show it. */
  private readonly view: LiveView | undefined;
  private readonly folding: Folding | undefined;
  private started: RunStarted | undefined;
  private ended = false;
  /** Of the last event. */
  private time = 0;
  /** Steps of the cases that still run, by the case's id: cases interleave, and each is printed whole. */
  private readonly trees = new Map<string, StepTree>();
  /** Attempts of those that do not run for the first time. */
  private readonly retried = new Map<string, RetriedCase[]>();
  private heading: string | undefined;
  private lastDetailed = false;
  private casesPrinted = 0;
  private readonly notPassed: CaseList = { cases: 0, listed: [] };
  private readonly flaky: CaseList = { cases: 0, listed: [] };
  private readonly comparison = new ComparisonCollector();
  /** Targets that could not be had, with how many cases each was to run. */
  private readonly lost = new Map<string, number>();

  constructor(private readonly options: ReporterOptions) {
    const { output, verbose } = options;
    const paint = createPaint(output.color);
    this.paint = paint;
    this.style = {
      paint,
      color: output.color,
      verbose,
      // As wide as it is when a case is printed.
      get columns() {
        return output.columns;
      },
    };
    this.folding = options.fold && new Folding(options.fold);
    const view = output.live && new LiveView(paint);
    this.view = view;
    if (view) output.live?.show((frame) => view.render(frame));
  }

  onEvent(event: RunEvent): void {
    this.view?.add(event);
    this.time = event.time;
    this.comparison.add(event);
    switch (event.type) {
      case 'run.started':
        this.started = event;
        this.print([describePlan(event)]);
        break;
      case 'target.started':
        this.printTarget(event);
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
      case 'case.retried':
        this.retry(event);
        break;
      case 'case.forensics':
        this.tree(event.case).forensics = event.forensics;
        break;
      case 'case.finished':
        this.printCase(event);
        break;
      case 'run.finished':
        this.ended = true;
        this.print([
          ...(this.folding?.close(event.time) ?? []),
          ...this.compare(),
          ...this.listFlaky(),
          ...this.listNotPassed(),
          '',
          ...renderSummary(event, this.started, this.paint),
        ]);
        break;
    }
  }

  finish(): void {
    // Without any event there was no run to speak of.
    if (this.ended || (!this.started && this.casesPrinted === 0)) return;
    const before = this.folding?.close(this.time) ?? [];
    this.print([...before, '', this.paint(['bold', 'yellow'], '? The run did not finish.')]);
  }

  /** A heading for what follows; of a target that could not be had, all that there is to say. */
  private printTarget({ target, failure, time }: TargetStarted): void {
    const { paint } = this;
    const name = oneLine(target.name);
    const facts = paint('gray', describeTarget(target));
    this.heading = undefined;
    const before = this.folding?.close(time) ?? [];
    if (failure) {
      this.lost.set(target.name, 0);
      const mark = paint(['bold', VERDICT_STYLES.errored], `${VERDICT_MARKS.errored} ${name}`);
      this.print([
        ...before,
        '',
        `${mark}  ${facts}`,
        ...renderCause({ failure, verdict: 'errored' }, undefined, '  ', this.style),
      ]);
    } else this.print([...before, '', `${paint(['bold', 'underline'], name)}  ${facts}`]);
  }

  private printCase(event: CaseFinished): void {
    const { case: reference, verdict } = event;
    const tree = this.tree(reference.id);
    this.trees.delete(reference.id);
    const retried = this.retried.get(reference.id) ?? [];
    this.retried.delete(reference.id);
    const lost = reference.target === undefined ? undefined : this.lost.get(reference.target);
    if (reference.target !== undefined && lost !== undefined) {
      this.lost.set(reference.target, lost + 1);
      return;
    }
    tree.close();
    const detailed = isDetailed(verdict, this.options.verbose);
    const lines = this.above(event, detailed);
    this.lastDetailed = detailed;
    this.casesPrinted++;
    this.print([...lines, ...renderCase({ event, tree, retried }, this.style)]);
    if (verdict === 'passed' || verdict === 'skipped') return;
    const list = verdict === 'flaky' ? this.flaky : this.notPassed;
    list.cases++;
    if (list.listed.length < LISTED_AT_END) list.listed.push(event);
  }

  /** What stands above a case: the file's name where it is another, or what folds those that say little. */
  private above({ case: { file }, verdict, time }: CaseFinished, detailed: boolean): string[] {
    const { folding } = this;
    if (folding && (verdict === 'passed' || verdict === 'skipped')) {
      this.heading = undefined;
      return folding.open(file, time);
    }
    const before = folding?.close(time) ?? [];
    if (file === this.heading) return detailed || this.lastDetailed ? [...before, ''] : before;
    this.heading = file;
    return [...before, '', this.paint('bold', oneLine(file))];
  }

  /** Where to look, once more: the first failure of a long run has left the screen. */
  private listNotPassed(): string[] {
    const lost = Array.from(this.lost, ([name, cases]) => {
      const mark = this.paint(VERDICT_STYLES.errored, VERDICT_MARKS.errored);
      return `  ${mark} ${oneLine(name)} could not be had: ${plural(cases, 'case')}`;
    });
    const { cases } = this.notPassed;
    if (lost.length === 0 && (cases === 0 || this.casesPrinted === 1)) return [];
    return ['', this.paint('bold', 'Not passed'), ...this.listLines(this.notPassed), ...lost];
  }

  private listFlaky(): string[] {
    if (this.flaky.cases === 0 || this.casesPrinted === 1) return [];
    return ['', this.paint('bold', 'Flaky'), ...this.listLines(this.flaky)];
  }

  private listLines({ cases, listed }: CaseList): string[] {
    const places = listed.map(({ failure, location }) =>
      formatLocation((failure && placeOf(failure)) ?? failure?.step?.location ?? location),
    );
    const width = Math.max(...places.map((place) => place.length));
    const lines = listed.map(({ case: { name, target }, verdict }, index) => {
      const mark = this.paint(VERDICT_STYLES[verdict], VERDICT_MARKS[verdict]);
      const on = target === undefined ? '' : ` ${this.paint('gray', `on ${oneLine(target)}`)}`;
      return `  ${mark} ${this.paint('gray', places[index]!.padEnd(width))}  ${oneLine(name)}${on}`;
    });
    const more = cases - listed.length;
    if (more > 0) lines.push(`  … ${formatCount(more)} more`);
    return lines;
  }

  private compare(): string[] {
    const comparison = this.comparison.comparison();
    if (!comparison) return [];
    return ['', this.paint('bold', 'Compatibility'), ...renderComparison(comparison, this.style)];
  }

  /** Keeps what an attempt did, to be printed with the case. */
  private retry(event: CaseRetried): void {
    const { id } = event.case;
    const tree = this.tree(id);
    tree.close();
    this.trees.delete(id);
    this.retried.set(id, [...(this.retried.get(id) ?? []), { event, tree }]);
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

/** `34 cases in 5 files`, and on how many targets. */
function describePlan({ cases, files, targets, shard }: RunStarted): string {
  const own = plural(cases / (targets?.length ?? 1), 'case');
  const part = shard ? `shard ${describeShard(shard)}: ${own}` : own;
  return `${part} in ${plural(files, 'file')}${targets ? ` on ${plural(targets.length, 'target')}` : ''}`;
}
