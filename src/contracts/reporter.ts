import type { RunEvent } from './event.js';

export interface ReporterOutput {
  write(text: string): void;
  /** Columns of the terminal; undefined when the output isn't one. */
  readonly columns: number | undefined;
  /** Escape codes for colours are wanted. */
  readonly color: boolean;
}

export interface ReporterOptions {
  readonly output: ReporterOutput;
  readonly verbose: boolean;
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
  create(options: ReporterOptions): Reporter;
}

export const defineReporter = (reporter: ReporterDefinition): ReporterDefinition => reporter;
