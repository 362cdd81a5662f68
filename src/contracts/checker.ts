import type { RecordedEvent } from './history.js';
import type { LatencySummary } from './latency.js';

/** Checkers judge recorded histories. Each is pure: no clock, no I/O, and it sees every event once. */

/** An event whose message is a dense number. -1: of a delivery whose reply was lost, and of what concerns no message. */
export interface CheckedEvent extends Omit<RecordedEvent, 'message'> {
  readonly message: number;
}

/** The messages that a history names. */
export interface MessageNames {
  /** They are numbered from 0 up to this. */
  readonly messages: number;
  idOf(message: number): string;
  /** When the case began, on the clock of its events. Undefined where that is not known: with the first event then. */
  readonly beganAt?: number | undefined;
}

/** What happened in a case, to be read any number of times. */
export interface History extends MessageNames {
  /** Events. */
  readonly size: number;
  /** In the order in which they were recorded. */
  events(): Iterable<CheckedEvent>;
}

/** Which part of a history is judged. Plain JSON, so that a saved history is judged again by the same. */
export interface Selection {
  /** All producers and consumers of this queue. */
  readonly queue?: string;
  /** The steps that produced; instead of `queue`. */
  readonly from?: readonly string[];
  /** The steps that consumed; instead of `queue`. */
  readonly to?: readonly string[];
  /** Only messages with these ids. */
  readonly messages?: readonly string[];
}

/** `failed` is worse than `unknown`, which is worse than `passed`. */
export type CheckVerdict = 'failed' | 'unknown' | 'passed';

/** What a checker found. Plain JSON. */
export interface CheckReport {
  readonly verdict: CheckVerdict;
  /** Why it is not passed, each a sentence; what matters most comes first. */
  readonly reasons: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  /** Ids of the first ten messages of each kind that it counts and nobody wants. */
  readonly examples: Readonly<Record<string, readonly string[]>>;
  readonly latencies?: Readonly<Record<string, LatencySummary | null>>;
  /** What is no count: the rows of a fan-out. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** One reading of a history. */
export interface Check {
  see(event: CheckedEvent): void;
  /** After the last event. */
  report(): CheckReport;
}

export interface Checker<Options extends Selection = Selection> {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** The exact definition, in Markdown, for the reference. */
  readonly definition: string;
  start(options: Options, names: MessageNames): Check;
}

export const defineChecker = <Options extends Selection>(checker: Checker<Options>): Checker<Options> => checker;

/** Asks a checker by name. */
export interface CheckRequest {
  readonly checker: string;
  readonly options: Selection & Readonly<Record<string, unknown>>;
}
