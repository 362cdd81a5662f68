import { stripVTControlCharacters } from 'node:util';
import type { CaseAttempt, CaseFinished, CaseRetried, Section, StepFinished } from '../../contracts/event.js';
import { type Location, VERDICTS, type Verdict } from '../../contracts/result.js';
import { formatDuration } from '../../format/quantity.js';
import { formatCount, oneLine, plural, printable } from '../../format/text.js';
import { isMap } from '../../format/value.js';
import { renderFailure } from '../failure.js';
import { type Paint, VERDICT_MARKS, VERDICT_STYLES } from '../paint.js';
import { formatEventValue } from '../value.js';
import { renderForensics } from './forensics.js';
import type { Dropped, Entry, StepNode, StepTree } from './tree.js';

const SECTIONS: readonly Section[] = ['setup', 'steps', 'catch', 'teardown', 'always'];
/** Columns of a line with a result, where the output is no terminal. */
const LINE_WIDTH = 160;
const LEAST_RESULT_LENGTH = 40;
const OUTPUT_LINES = 10;
/** The arrow before a result, and what says how much of it was cut off. */
const RESULT_MARGIN = ' → … (1,234 characters)'.length;

export interface CaseStyle {
  readonly paint: Paint;
  readonly color: boolean;
  readonly verbose: boolean;
  readonly columns: number | undefined;
}

/** Whether a case has more to say than one line. */
export const isDetailed = (verdict: Verdict, verbose: boolean): boolean =>
  verdict === 'passed' ? verbose : verdict !== 'skipped';

export interface PrettyCase {
  readonly event: CaseFinished;
  readonly tree: StepTree;
  /** The attempts before the last. */
  readonly retried: readonly RetriedCase[];
}

export interface RetriedCase {
  readonly event: CaseRetried;
  readonly tree: StepTree;
}

/** A case as it stands under the heading of its file: a line and, unless all is well, its steps. */
export function renderCase({ event, tree, retried }: PrettyCase, style: CaseStyle): string[] {
  const { verdict, location, attempts } = event;
  const heading = `  ${renderHeading(event, tree.finishedSteps, style.paint)}`;
  if (!isDetailed(verdict, style.verbose)) return [heading];
  const last = attempts?.at(-1) ?? event;
  if (retried.length === 0) return [heading, ...renderAttempt({ ...last, location }, tree, style)];
  const lines = retried.flatMap((attempt) => [
    attemptLine(attempt.event, attempt.event.attempt, attempt.tree, style.paint),
    ...renderAttempt(attempt.event, attempt.tree, style),
  ]);
  const end = attemptLine(last, retried.length + 1, tree, style.paint);
  const story = isDetailed(last.verdict, style.verbose) ? renderAttempt({ ...last, location }, tree, style) : [];
  return [heading, ...lines, end, ...story];
}

/** `attempt 2: failed (3 steps, 12ms)` */
function attemptLine({ verdict, durationMs }: CaseAttempt, attempt: number, tree: StepTree, paint: Paint): string {
  const time = paint('gray', `(${plural(tree.finishedSteps, 'step')}, ${formatDuration(durationMs)})`);
  return `    ${paint(VERDICT_STYLES[verdict], `attempt ${attempt}: ${verdict}`)} ${time}`;
}

function renderAttempt(
  ended: Pick<CaseFinished, 'verdict' | 'reason' | 'failure' | 'location'>,
  tree: StepTree,
  style: CaseStyle,
): string[] {
  const steps = new StepsRenderer(style, ended.verdict !== 'passed');
  steps.renderSections(tree);
  const { failure } = ended;
  const told = failure ? failure.step?.key : ended.reason;
  const cause =
    told !== undefined && steps.told.has(told)
      ? []
      : renderCause(ended, failure?.step?.location ?? ended.location, '    ', style);
  return [...cause, ...steps.lines];
}

function renderHeading(event: CaseFinished, steps: number, paint: Paint) {
  const {
    verdict,
    case: { name },
    durationMs,
    reason,
    attempts,
  } = event;
  const title = `${VERDICT_MARKS[verdict]} ${oneLine(name)}`;
  if (verdict === 'skipped') return paint('gray', `${title} (skipped: ${oneLine(reason ?? 'no reason given')})`);
  const tried = attempts ? `${plural(attempts.length, 'attempt')}, ` : '';
  const time = paint('gray', `(${tried}${plural(steps, 'step')}, ${formatDuration(durationMs)})`);
  if (verdict === 'passed') return `${paint('green', VERDICT_MARKS.passed)} ${oneLine(name)} ${time}`;
  return `${paint(['bold', VERDICT_STYLES[verdict]], title)} ${time}`;
}

/** Why it is no pass, beside a bar that makes it the place to look at. */
export function renderCause(
  { failure, reason, verdict }: Cause,
  place: Location | undefined,
  indent: string,
  style: CaseStyle,
): string[] {
  if (!failure && reason === undefined) return [];
  const lines = failure ? renderFailure(failure, place, style) : printable(reason ?? '').split('\n');
  const bar = style.paint(VERDICT_STYLES[verdict], '│');
  return lines.map((line) => `${indent}${bar}${line === '' ? '' : ` ${line}`}`);
}

type Cause = Pick<StepFinished, 'failure' | 'reason' | 'verdict'>;

class StepsRenderer {
  readonly lines: string[] = [];
  /** The keys of steps whose failure is among the lines, and the reasons that are. */
  readonly told = new Set<string>();

  /** What programs printed, as far as it is among the lines. */
  private readonly outputs: string[] = [];

  constructor(
    private readonly style: CaseStyle,
    private readonly showsOutput: boolean,
  ) {}

  renderSections(tree: StepTree): void {
    for (const section of SECTIONS) {
      // As it was found, before a teardown may have removed it.
      if (section === 'teardown' && tree.forensics) {
        this.lines.push(...renderForensics(tree.forensics, this.style.paint));
      }
      const entries = tree.sections[section].list();
      if (entries.length === 0) continue;
      if (section === 'steps') {
        this.renderEntries(entries, '    ');
      } else {
        this.lines.push(`    ${this.style.paint('gray', section)}`);
        this.renderEntries(entries, '      ');
      }
    }
  }

  private renderEntries(entries: readonly Entry[], indent: string): void {
    for (const entry of entries) {
      if (entry.kind === 'dropped') this.lines.push(`${indent}${this.style.paint('gray', `… ${dropped(entry)}`)}`);
      else this.renderStep(entry, indent);
    }
  }

  private renderStep(node: StepNode, indent: string): void {
    this.lines.push(`${indent}${this.stepLine(node, indent.length)}`);
    this.renderEntries(node.list(), `${indent}  `);
    const { finished, step } = node;
    if (!finished || finished.verdict === 'skipped') return;
    const told = finished.failure ? step.key : finished.reason;
    if (told !== undefined) this.told.add(told);
    this.lines.push(...renderCause(finished, step.location, `${indent}  `, this.style));
    if (this.showsOutput) this.renderOutput(finished.result, `${indent}  `);
  }

  /** The end of what a program under test printed, once. */
  private renderOutput(result: unknown, indent: string): void {
    const output = isMap(result) && typeof result.output === 'string' ? result.output.trimEnd() : '';
    if (output === '' || this.outputs.some((shown) => shown.includes(output))) return;
    this.outputs.push(output);
    const lines = printable(output).split('\n').slice(-OUTPUT_LINES);
    this.lines.push(...['output', ...lines].map((line) => `${indent}${this.style.paint('gray', line)}`));
  }

  private stepLine({ step, label, finished, inside }: StepNode, indent: number): string {
    const { paint, verbose } = this.style;
    const title = oneLine(step.title);
    const where = label === '' ? '' : `${paint('gray', label)} `;
    if (!finished) return `${paint('yellow', '·')} ${where}${title} ${paint('gray', '(did not finish)')}`;
    const { verdict, durationMs, reason, result, runs } = finished;
    const mark = paint(VERDICT_STYLES[verdict], VERDICT_MARKS[verdict]);
    if (verdict === 'skipped') {
      return `${mark} ${where}${paint('gray', `${title} (skipped: ${oneLine(reason ?? 'no reason given')})`)}`;
    }
    const facts = [
      ...(inside > 0 ? [plural(inside, 'step')] : []),
      ...(runs > 1 ? [plural(runs, 'run')] : []),
      formatDuration(durationMs),
    ].join(', ');
    const emphasized = verdict === 'passed' ? title : paint(['bold', VERDICT_STYLES[verdict]], title);
    const line = `${mark} ${where}${emphasized} ${paint('gray', `(${facts})`)}`;
    // Steps under `catch` are there for what they find.
    if (result === undefined || !(verbose || step.section === 'catch')) return line;
    const room = (this.style.columns ?? LINE_WIDTH) - indent - stripVTControlCharacters(line).length - RESULT_MARGIN;
    const maxLength = Math.max(LEAST_RESULT_LENGTH, room);
    return `${line} ${paint('gray', '→')} ${formatEventValue(result, { maxLength })}`;
  }
}

/** `2 more failed, 4,996 more passed` */
const dropped = ({ counts }: Dropped): string =>
  VERDICTS.filter((verdict) => counts[verdict])
    .map((verdict) => `${formatCount(counts[verdict] ?? 0)} more ${verdict}`)
    .join(', ');
