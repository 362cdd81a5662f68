import { readFileSync, writeFileSync } from 'node:fs';
import type { NamedTarget } from '../../contracts/event.js';
import { ScenarioError, TargetError } from '../../errors.js';
import { isMap } from '../../format/value.js';
import type { Comparison } from './compare.js';
import type { Measurement } from './server.js';
import type { Settings } from './settings.js';
import type { Sweep } from './sweep.js';

/** A whole bench as JSON: what `--json` prints and `--save` writes. */
export interface BenchRecord {
  /** Raised when a field changes its meaning. */
  readonly format: 1;
  readonly redrill: string;
  /** When it began, in ISO 8601. */
  readonly time: string;
  readonly seed: number;
  /** Two where they are compared: A and B. */
  readonly targets: readonly BenchTarget[];
  /** In the order that they were measured in. */
  readonly runs: readonly BenchRun[];
  readonly comparisons: readonly Comparison[];
  readonly sweeps: readonly Sweep[];
  /** Why it ended before all was measured: a signal, or what became of the server. */
  readonly ended: string | null;
  readonly exitCode: number;
}

export interface BenchTarget extends NamedTarget {
  /** How it was loaded. */
  readonly settings: Settings;
}

/** One load, sent once. */
export interface BenchRun extends Measurement {
  readonly load: string;
  /** Index into `targets`. */
  readonly target: number;
  /** From 1. */
  readonly round: number;
  /** That was asked for, per second; null in a closed loop. */
  readonly rate: number | null;
}

/** What was cut short counts only where there is nothing else of its load on its target. */
export const countedRuns = (runs: readonly BenchRun[]): readonly BenchRun[] =>
  runs.filter(
    (run) =>
      !run.cutShort || runs.every((other) => other.cutShort || other.load !== run.load || other.target !== run.target),
  );

export const recordText = (record: BenchRecord): string => `${JSON.stringify(record, null, 2)}\n`;

/** Raises a TargetError, as for a report that cannot be written. */
export function saveRecord(file: string, record: BenchRecord): void {
  try {
    writeFileSync(file, recordText(record));
  } catch (cause) {
    throw new TargetError(`${file} could not be written: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** Raises a ScenarioError for a file that `--save` did not write. */
export function readRecord(file: string): BenchRecord {
  let record: unknown;
  try {
    record = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ScenarioError(`${file} cannot be read: ${why}`, { cause, next: NEXT });
  }
  if (!isMap(record) || !Array.isArray(record.runs) || !Array.isArray(record.targets)) {
    throw new ScenarioError(`${file} is no saved bench`, { next: NEXT });
  }
  if (record.format !== 1) {
    throw new ScenarioError(`${file} was written in format ${record.format}, and this version reads format 1`, {
      next: `read it with redrill ${record.redrill}`,
    });
  }
  return record as unknown as BenchRecord; // what `saveRecord` wrote, as far as a person did not change it
}

const NEXT = 'name a file that `redrill bench --save FILE` wrote';
