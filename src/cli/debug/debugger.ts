import type { RunEvent, StepFinished } from '../../contracts/event.js';
import type { Debugger, StepStop } from '../../engine/debug.js';
import { renderFrame } from '../../format/frame.js';
import { formatDuration } from '../../format/quantity.js';
import { oneLine } from '../../format/text.js';
import { formatLocation, renderFailure } from '../../reporters/failure.js';
import { createPaint, VERDICT_MARKS, VERDICT_STYLES } from '../../reporters/paint.js';
import { formatEventValue } from '../../reporters/value.js';
import { wantsColor } from '../print.js';
import type { End } from '../signals.js';
import { PausableClock } from './clock.js';
import { evaluate, inputOf } from './inspect.js';
import { Lines } from './lines.js';
import { HELP, show } from './show.js';
import { isInside, Trail } from './trail.js';

const ENDED = 130;

/** Where to stop next: before a step that is not inside this one, if any; or only at a failure, or never again. */
type Until = { readonly case: string; readonly inside: string } | 'any step' | 'a failure' | 'the end';

/** Stops at steps, and asks standard input what to do. Talks to standard error. */
export class TerminalDebugger implements Debugger, Disposable {
  readonly clock = new PausableClock();
  readonly #lines: Lines;
  readonly #color = wantsColor(process.stderr);
  readonly #paint = createPaint(this.#color);
  #until: Until = 'any step';
  #repeated = 'n';
  /** One prompt after the other, where steps run beside one another. */
  #turn: Promise<void> = Promise.resolve();
  readonly #trail = new Trail();

  constructor(private readonly end: End) {
    this.#lines = new Lines(end.signal);
  }

  onEvent(event: RunEvent): void {
    this.#trail.onEvent(event);
    if (event.type === 'case.started') this.#say(this.#paint('bold', `\n${oneLine(event.case.name)}`));
    // A failure is told where it stops.
    if (event.type === 'step.finished' && !event.failure && this.#stopsAt(event.case, event.step.key))
      this.#tell(event);
  }

  before(stop: StepStop): Promise<void> {
    return this.#alone(async () => {
      if (this.#stopsAt(stop.case.id, stop.step.key)) await this.#ask(stop, () => this.#where(stop));
    });
  }

  failed(stop: StepStop): Promise<void> {
    const failure = this.#trail.last?.failure;
    return this.#alone(async () => {
      if (this.#until === 'the end') return;
      await this.#ask(stop, () => {
        this.#say(this.#paint(['bold', 'red'], `\n✗ ${this.#trail.describe(stop.case.id, stop.step)}`));
        const { location } = stop.step;
        if (failure) this.#say(renderFailure(failure, location, { paint: this.#paint, color: this.#color }).join('\n'));
      });
    });
  }

  [Symbol.dispose](): void {
    this.#lines[Symbol.dispose]();
  }

  #stopsAt(ofCase: string, key: string): boolean {
    if (this.#until === 'any step') return true;
    if (typeof this.#until === 'string') return false;
    const { case: id, inside } = this.#until;
    return ofCase !== id || !(inside === '' || isInside(key, inside));
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    await turn;
  }

  async #ask(stop: StepStop, greet: () => void): Promise<void> {
    await this.clock.pauseWhile(async () => {
      greet();
      for (;;) {
        const line = await this.#lines.ask(this.#paint('cyan', 'debug> '));
        if (await this.#obey(line?.trim(), stop)) return;
      }
    });
  }

  /** True when the case is to go on. */
  async #obey(line: string | undefined, stop: StepStop): Promise<boolean> {
    const command = line === '' ? this.#repeated : (line ?? 'q');
    const [word = ''] = command.split(/\s/);
    const until = this.#untilOf(word, stop);
    if (until) {
      this.#until = until;
      if (word !== 'q') this.#repeated = word;
      else if (!this.end.signal.aborted) this.end.end(ENDED, 'ended in the debugger');
      return true;
    }
    switch (word) {
      case 'p':
        this.#say(await evaluate(command.slice(word.length).trim(), stop));
        break;
      case 'r':
        this.#say(this.#trail.result === undefined ? 'there is no result yet' : show(this.#trail.result));
        break;
      case 'i':
        this.#say(inputOf(stop));
        break;
      case 'l':
        this.#where(stop);
        break;
      default:
        this.#say(word === 'h' ? HELP : `there is no command "${oneLine(word)}"; h lists them`);
    }
    return false;
  }

  #untilOf(word: string, { case: { id }, step: { key, parent } }: StepStop): Until | undefined {
    switch (word) {
      case 'n':
        return { case: id, inside: key };
      case 's':
        return 'any step';
      case 'o':
        return { case: id, inside: parent ?? '' };
      case 'c':
        return 'a failure';
      case 'q':
        return 'the end';
    }
    return undefined;
  }

  #where(stop: StepStop): void {
    const place = this.#paint('cyan', formatLocation(stop.step.location));
    const input = inputOf(stop);
    this.#say(`\n${place} ${this.#trail.describe(stop.case.id, stop.step)}`);
    this.#say(renderFrame(stop.frame, { color: this.#color }));
    this.#say(`${this.#paint('gray', 'input')}${input.includes('\n') ? '\n' : ' '}${input}`);
  }

  #tell({ step, verdict, durationMs, result, reason }: StepFinished): void {
    const mark = this.#paint(VERDICT_STYLES[verdict], VERDICT_MARKS[verdict]);
    const came = reason ?? (result === undefined ? '' : `→ ${formatEventValue(result)}`);
    this.#say(
      `${mark} ${oneLine(step.title)} ${this.#paint('gray', `(${formatDuration(durationMs)})`)} ${came}`.trimEnd(),
    );
  }

  #say(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}
