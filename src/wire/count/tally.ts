import { Histogram } from '../../history/histogram.js';
import { splitError } from '../resp/decode.js';
import type { ReplyKind } from '../resp/reader.js';
import { ReplyCounts } from './replies.js';
import { Series } from './series.js';

/** What became of the operations of one command of a mix. */
export class Row {
  operations = 0;
  errors = 0;
  /** Nothing was there. */
  nulls = 0;
  unknown = 0;
  readonly latency = new Histogram();
}

/** Different codes that are told apart. A server has some forty; a script makes up its own. */
const MOST_CODES = 100;

/** What became of the operations of a run, those of the warm-up apart. */
export class Tally {
  readonly rows: readonly Row[];
  readonly errorsByCode = new Map<string, number>();
  readonly replies = new ReplyCounts();
  readonly series: Series;
  /** Answered, by the node that did. */
  readonly byNode: number[] = [];
  /** Begun during the warm-up, whatever became of them. */
  warmup = 0;
  /** Sent on by a node of a cluster. */
  redirected = 0;
  /** Connections that broke. */
  disconnects = 0;
  /** Own lag: how long after they were due operations were noticed. */
  readonly lag = new Histogram();

  constructor(
    commands: number,
    /** Operations that were due before belong to the warm-up. */
    readonly measuredFrom: number,
  ) {
    this.rows = Array.from({ length: commands }, () => new Row());
    this.series = new Series(measuredFrom);
  }

  answered(command: number, node: number, dueMs: number, nowMs: number): Row | undefined {
    this.byNode[node] = (this.byNode[node] ?? 0) + 1;
    if (dueMs < this.measuredFrom) {
      this.warmup++;
      return undefined;
    }
    const row = this.rows[command]!;
    row.operations++;
    row.latency.record(nowMs - dueMs);
    this.series.record(nowMs - dueMs);
    return row;
  }

  /** What the answer was. */
  reply(row: Row, kind: ReplyKind, bytes: Buffer, start: number, end: number, isWhole: boolean): void {
    if (kind === 'error') {
      row.errors++;
      this.series.errors++;
      this.#error(splitError(bytes, start, end).code);
      return;
    }
    if (kind === 'null') row.nulls++;
    if (isWhole) this.replies.note(bytes, start, end);
    else this.replies.others++;
  }

  /** It was sent and never answered. */
  lost(command: number, dueMs: number): void {
    if (dueMs < this.measuredFrom) {
      this.warmup++;
      return;
    }
    this.rows[command]!.unknown++;
    this.series.unknown++;
  }

  sum(count: 'operations' | 'errors' | 'nulls' | 'unknown'): number {
    return this.rows.reduce((sum, row) => sum + row[count], 0);
  }

  /** Of all commands. */
  latency(): Histogram {
    const all = new Histogram();
    for (const row of this.rows) all.merge(row.latency);
    return all;
  }

  #error(code: string): void {
    const key = this.errorsByCode.has(code) || this.errorsByCode.size < MOST_CODES ? code : 'others';
    this.errorsByCode.set(key, (this.errorsByCode.get(key) ?? 0) + 1);
  }
}
