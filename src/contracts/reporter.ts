import type { RunEvent } from './event.js';

export interface ReporterOutput {
  write(text: string): void;
  /** Columns of the terminal, as they are now; undefined when the output isn't one. */
  readonly columns: number | undefined;
  /** Absent where nothing can be drawn again. */
  readonly live?: LiveArea;
  /** Escape codes for colours are wanted. */
  readonly color: boolean;
}

/** Lines below all that is written, drawn again and again. */
export interface LiveArea {
  /** Draws what `render` gives: now, several times a second, and where the size changes, until the output is closed. */
  show(render: (frame: LiveFrame) => readonly string[]): void;
}

export interface LiveFrame {
  /** Milliseconds since the epoch, as the time of events. */
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
}

/** Whose logs have lines that are folded into one. */
export type Fold = 'github' | 'gitlab';

export interface ReporterOptions {
  readonly output: ReporterOutput;
  readonly verbose: boolean;
  /** The output is a log of theirs. */
  readonly fold?: Fold;
  /** Where the run is a step of GitHub Actions. */
  readonly github?: {
    /** The working directory as seen from the top of the repository. */
    readonly folder: string;
    /** Adds Markdown to the page of the workflow's run. */
    summarize(markdown: string): void;
  };
}

/** Turns events into text; it never changes a verdict. */
export interface Reporter {
  onEvent(event: RunEvent): void;
  /** Called once after the last event. */
  finish?(): void;
}

export interface ReporterDefinition {
  readonly name: string;
  readonly summary: string;
  /** Wants the `case.timeline` of each case, which is made for those alone that want it. */
  readonly timeline?: true;
  /** Draws what is going on, where the output can be drawn on. */
  readonly live?: true;
  create(options: ReporterOptions): Reporter;
}

export const defineReporter = (reporter: ReporterDefinition): ReporterDefinition => reporter;
