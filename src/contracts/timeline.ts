import type { HistoryOperation, HistoryPhase } from './history.js';

/**
 * What a case did over time, made from its history and from what its loads measured. Times are milliseconds since the
 * case began. Bounded: however long the case and however many its messages and queues, it has the series of the first
 * twenty queues and loads, at most 300 points a series, 100 marks and 200 messages.
 */
export interface Timeline {
  /** Width of a bucket; the same for all series. */
  readonly bucketMs: number;
  readonly buckets: number;
  readonly series: readonly TimelineSeries[];
  readonly marks: readonly TimelineMark[];
  readonly distributions: readonly LatencyDistribution[];
  readonly messages: MessageSample;
}

/**
 * pushed, delivered, completed, deadLettered: what certainly happened · depth: ready, delayed and to be retried; of a
 * dead-letter queue what lies there · inFlight: delivered and not settled · lag: of what was delivered and of what still
 * waits, the longest time since it could have been delivered · p50, p99: from push to completion, or to delivery where
 * nobody completes; of a load from when an operation was due, of the slowest second in the bucket · operations: of a
 * load, answered · errors: of a load, error replies and operations without an answer.
 */
export interface TimelineSeries {
  /** The queue, channel or stream; of a load its step. */
  readonly of: string;
  readonly measure:
    | 'pushed'
    | 'delivered'
    | 'completed'
    | 'deadLettered'
    | 'depth'
    | 'inFlight'
    | 'lag'
    | 'p50'
    | 'p99'
    | 'operations'
    | 'errors';
  readonly unit: 'perSecond' | 'messages' | 'ms';
  /** One for each bucket: a rate is the mean over it, a count that at its end; null where there is none. */
  readonly values: readonly (number | null)[];
}

/** Something that happened at a moment, or went on for a while. */
export interface TimelineMark {
  readonly kind: 'fault' | 'disconnect' | 'crash' | 'lost' | 'duplicated' | 'unexpected' | 'failed';
  readonly atMs: number;
  /** Absent for a moment. */
  readonly untilMs?: number;
  /** `server.kill`, `3 lost`, `worker 2 crashed` */
  readonly label: string;
  /** Key of the step that it comes from. */
  readonly step?: string;
  /** Messages that it concerns. */
  readonly count?: number;
}

/** A log-linear histogram, 128 buckets to each power of two, so that several can be added up; percentiles cannot. */
export interface LatencyDistribution {
  readonly of: string;
  readonly count: number;
  /** `[up to, in milliseconds; how many]`, ascending, those without any left out. */
  readonly buckets: readonly (readonly [number, number])[];
}

/** Some of the messages: those that a verdict names first, then an even choice. */
export interface MessageSample {
  readonly total: number;
  readonly lives: readonly MessageLife[];
}

export interface MessageLife {
  readonly id: string;
  /** The queue, channel or stream that it was pushed to, or that it came from where nobody pushed it. */
  readonly of: string;
  /** `lost`, `duplicated`, `reordered` …: what the checkers named it for. */
  readonly findings: readonly string[];
  readonly body?: string;
  readonly events: readonly LifeEvent[];
  /** How many events are left out. */
  readonly omitted?: number;
}

export interface LifeEvent {
  readonly atMs: number;
  readonly phase: HistoryPhase;
  readonly operation: HistoryOperation;
  readonly target: string;
  readonly to?: string;
  readonly actor: string;
  readonly attempt: number;
  /** Key of the step. */
  readonly step: string;
  readonly fault?: string;
}

/** What a load tells of itself. */
export interface MeasuredLoad {
  /** On the monotonic clock: from when until when it was measured. */
  readonly startMs: number;
  readonly endMs: number;
  /** One after the other; the last may be cut short. */
  readonly seconds: readonly MeasuredSecond[];
  readonly buckets: LatencyDistribution['buckets'];
}

export interface MeasuredSecond {
  readonly operations: number;
  readonly errors: number;
  /** Operations without an answer. */
  readonly unknown: number;
  readonly latency: { readonly p50: number; readonly p99: number } | null;
}
