import type { CaseStarted, RunEvent, StepProgress, StepReference } from '../../contracts/event.js';
import type { LiveFrame } from '../../contracts/reporter.js';
import { VERDICTS, type Verdict } from '../../contracts/result.js';
import type { Work } from '../../contracts/step.js';
import { formatDuration } from '../../format/quantity.js';
import { formatCount, oneLine, plural } from '../../format/text.js';
import { cutText } from '../../format/value.js';
import { type Paint, VERDICT_MARKS, VERDICT_STYLES } from '../paint.js';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const TURN_MS = 100;
const MOST_CASES = 8;
/** What is left of the screen for what was written above. */
const LEFT_ROWS = 6;
const WIDEST_BAR = 24;
const NARROW = 60;
const WIDEST_NAME = 48;
const LEAST_NAME = 8;
/** Before this, how fast it goes says nothing of how long it takes. */
const LEAST_ELAPSED_MS = 2_000;
const LEAST_DONE = 3;

interface StepInFlight {
  readonly step: StepReference;
  readonly since: number;
  progress?: StepProgress;
}

interface CaseInFlight {
  readonly started: CaseStarted;
  readonly steps: Map<string, StepInFlight>;
}

/** What goes on in a run at this moment, as a few lines. */
export class LiveView {
  private startedAt = 0;
  private planned = 0;
  private readonly counts = new Map<Verdict, number>();
  private readonly cases = new Map<string, CaseInFlight>();
  private over = false;

  constructor(private readonly paint: Paint) {}

  add(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
        this.startedAt = event.time;
        this.planned = event.cases;
        break;
      case 'case.started':
        this.cases.set(event.case.id, { started: event, steps: new Map() });
        break;
      case 'step.started':
        this.cases.get(event.case)?.steps.set(event.step.key, { step: event.step, since: event.time });
        break;
      case 'step.progress': {
        const step = this.cases.get(event.case)?.steps.get(event.key);
        if (step) step.progress = event;
        break;
      }
      case 'step.finished':
        this.cases.get(event.case)?.steps.delete(event.step.key);
        break;
      case 'case.retried':
        this.cases.delete(event.case.id);
        break;
      case 'case.finished':
        this.cases.delete(event.case.id);
        this.counts.set(event.verdict, (this.counts.get(event.verdict) ?? 0) + 1);
        break;
      case 'run.finished':
        this.over = true;
        break;
    }
  }

  /** No lines before the run has begun, and after its end. */
  render(frame: LiveFrame): string[] {
    if (this.startedAt === 0 || this.over) return [];
    const most = Math.max(1, Math.min(MOST_CASES, frame.rows - LEFT_ROWS));
    const running = [...this.cases.values()];
    const hidden = running.length - most;
    return [
      '',
      ...running.slice(0, most).map((one) => this.caseLine(one, frame)),
      ...(hidden > 0 ? [this.paint('gray', `  … ${plural(hidden, 'more case')} running`)] : []),
      this.totalLine(frame),
    ];
  }

  /** `⠹ survives a crash  3.2s  queue.work orders  12,400 of 50,000 messages (4,133/s)` */
  private caseLine({ started, steps }: CaseInFlight, { now, columns }: LiveFrame): string {
    const { paint } = this;
    const turn = SPINNER[Math.floor(now / TURN_MS) % SPINNER.length]!;
    const { name, target } = started.case;
    const shown = shorten(oneLine(target === undefined ? name : `${name} on ${target}`), nameWidth(columns));
    const time = paint('gray', formatElapsed(now - started.time));
    const [step, ...beside] = telling(steps);
    if (!step) return `  ${paint('cyan', turn)} ${shown}  ${time}`;
    const more = beside.length > 0 ? paint('gray', ` and ${plural(beside.length, 'step')} beside it`) : '';
    const progress = progressText(step, now);
    const far = progress === '' ? '' : `  ${paint('gray', progress)}`;
    return `  ${paint('cyan', turn)} ${shown}  ${time}  ${oneLine(step.step.title)}${far}${more}`;
  }

  /** `███░░░  12 of 34 cases  ✓ 11  ✗ 1  12s, about 20s left` */
  private totalLine({ now, columns }: LiveFrame): string {
    const { paint, planned } = this;
    const done = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    const elapsed = now - this.startedAt;
    const counts = VERDICTS.toReversed().flatMap((verdict) => {
      const count = this.counts.get(verdict);
      return count ? [paint(VERDICT_STYLES[verdict], `${VERDICT_MARKS[verdict]} ${formatCount(count)}`)] : [];
    });
    const left = elapsed >= LEAST_ELAPSED_MS && done >= LEAST_DONE ? ((planned - done) * elapsed) / done : undefined;
    const rest = left === undefined ? '' : `, about ${formatElapsed(left)} left`;
    // Where all of it has no room, the counts have.
    const width = Math.min(WIDEST_BAR, Math.floor(columns / 4));
    const bar = columns < NARROW ? [] : [this.bar(planned === 0 ? 0 : done / planned, width)];
    const parts = [
      ...bar,
      `${formatCount(done)} of ${plural(planned, 'case')}`,
      ...counts,
      paint('gray', `${formatElapsed(elapsed)}${rest}`),
    ];
    return `  ${parts.join('  ')}`;
  }

  private bar(share: number, width: number): string {
    const full = Math.round(Math.min(1, share) * width);
    return `${this.paint('cyan', '█'.repeat(full))}${this.paint('gray', '░'.repeat(width - full))}`;
  }
}

const nameWidth = (columns: number): number => Math.min(WIDEST_NAME, Math.max(LEAST_NAME, Math.floor(columns / 3)));

const shorten = (text: string, width: number): string => (text.length > width ? `${cutText(text, width - 1)}…` : text);

/** Of the same length as long as it can be, so that what stands behind it does not jump. */
const formatElapsed = (ms: number): string =>
  ms < 60_000 ? `${(Math.max(0, ms) / 1_000).toFixed(ms < 10_000 ? 1 : 0)}s` : formatDuration(ms);

/** Those that say most, the latest first: what counts its work, whatever runs inside it; else what has none inside. */
function telling(steps: ReadonlyMap<string, StepInFlight>): StepInFlight[] {
  const counts = (one: StepInFlight): boolean => one.progress?.work !== undefined;
  const around = new Set<string>();
  const inside = [...steps.values()].filter((one) => {
    for (let up = steps.get(one.step.parent ?? ''); up; up = steps.get(up.step.parent ?? '')) {
      if (counts(up)) return false;
      around.add(up.step.key);
    }
    return true;
  });
  return inside.filter((one) => counts(one) || !around.has(one.step.key)).reverse();
}

function progressText({ since, progress }: StepInFlight, now: number): string {
  if (!progress) return '';
  const { work, declaredMs } = progress;
  const forMs = (work ? work.forMs : declaredMs) ?? 0;
  const time = forMs > 0 ? `${formatElapsed(now - since)} of ${formatDuration(forMs)}` : '';
  return [work && workText(work, progress.time - since), time].filter(Boolean).join(', ');
}

/** `12,400 of 50,000 messages (24 %, 4,133/s)` */
function workText({ done, total, unit }: Work, elapsedMs: number): string {
  const rate = elapsedMs > 0 ? `${formatCount(Math.round((done * 1_000) / elapsedMs))}/s` : '';
  if (total === undefined) return `${formatCount(done)} ${unit} (${rate})`;
  const share = total > 0 ? `${Math.floor((done * 100) / total)} %, ` : '';
  return `${formatCount(done)} of ${formatCount(total)} ${unit} (${share}${rate})`;
}
