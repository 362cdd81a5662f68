import type { TimelineMark } from '../../contracts/timeline.js';
import type { SkimmedEvent } from '../reader.js';
import type { Scale } from './scale.js';

/** What a timeline shows at most, and how many kinds of marks are told apart. */
const MOST_MARKS = 100;
const MOST_GROUPS = 200;
/** Marks of a group with this many buckets between them are one. */
const FIRST_GAP = 2;

/** Something that is marked, on the clock of the history. */
export interface Occurrence {
  readonly kind: TimelineMark['kind'];
  /** Follows the number of several: `3 crashes`; or says it all. Those that have it in common may be shown as one. */
  readonly name: string;
  /** Says it of one alone: `worker-2 crashed`. */
  readonly alone?: string;
  readonly at: number;
  readonly until?: number;
  readonly step?: string;
  /** Each is of a message. */
  readonly ofMessages?: boolean;
}

type Common = Pick<Occurrence, 'kind' | 'name' | 'step' | 'ofMessages'>;

/** Occurrences near each other. */
interface Run {
  readonly of: Common;
  readonly alone: string | undefined;
  first: number;
  last: number;
  count: number;
}

/** Collects what is to be marked, however much it is. */
export class Marks {
  /** Of each group by bucket. */
  readonly #groups = new Map<string, Map<number, Run>>();
  readonly #lasting: TimelineMark[] = [];

  constructor(
    private readonly scale: Scale,
    private readonly keyOf: (step: string) => string,
  ) {}

  see(event: SkimmedEvent, count = 1): void {
    const { operation, fault } = event.frame;
    // Mostly there is nothing to mark.
    if (fault === undefined && operation !== 'crash' && operation !== 'disconnect') return;
    for (let left = count; left > 0; left--) this.#see(event);
  }

  #see({ frame: { operation, fault, phase, actor, step }, time: at }: SkimmedEvent): void {
    if (operation === 'crash') {
      this.add({ kind: 'crash', name: 'crashes', alone: `${actor} crashed`, at, step, ofMessages: true });
    } else if (operation === 'disconnect') {
      this.add({ kind: 'disconnect', name: 'disconnects', alone: `${actor} disconnected`, at, step });
    } else if (fault !== undefined && phase !== 'invoke') {
      this.add({ kind: 'fault', name: fault, at, step, ofMessages: true });
    }
  }

  add({ at, until, alone, ...of }: Occurrence): void {
    if (until !== undefined) {
      const run: Run = { of, alone, first: at, last: until, count: 1 };
      if (this.#lasting.length < MOST_MARKS) this.#lasting.push(this.#mark(run));
      return;
    }
    const group = this.#group(`${of.kind}\n${of.name}\n${of.step ?? ''}`);
    const bucket = this.scale.bucketOf(at);
    const run = group?.get(bucket);
    if (run) extend(run, { first: at, last: at, count: 1 });
    else group?.set(bucket, { of, alone, first: at, last: at, count: 1 });
  }

  /** By time. The more there are, the farther apart are those that are shown as one. */
  marks(): readonly TimelineMark[] {
    const most = MOST_MARKS - this.#lasting.length;
    let gap = FIRST_GAP;
    let runs = this.#runs(gap);
    while (runs.length > most && gap < this.scale.buckets) {
      gap *= 2;
      runs = this.#runs(gap);
    }
    const marks = runs.slice(0, most).map((run) => this.#mark(run));
    return [...this.#lasting, ...marks].sort((one, other) => one.atMs - other.atMs);
  }

  #group(key: string): Map<number, Run> | undefined {
    let group = this.#groups.get(key);
    if (!group && this.#groups.size < MOST_GROUPS) {
      group = new Map();
      this.#groups.set(key, group);
    }
    return group;
  }

  #runs(gap: number): Run[] {
    const runs: Run[] = [];
    for (const group of this.#groups.values()) {
      let end = Number.NEGATIVE_INFINITY;
      for (const [bucket, run] of [...group].sort(([one], [other]) => one - other)) {
        if (bucket - end <= gap) extend(runs.at(-1)!, run);
        else runs.push({ ...run });
        end = bucket;
      }
    }
    return runs;
  }

  #mark({ of: { kind, name, step, ofMessages }, alone, first, last, count }: Run): TimelineMark {
    return {
      kind,
      atMs: this.scale.at(first),
      ...(last > first && { untilMs: this.scale.at(last) }),
      label: alone !== undefined && count === 1 ? alone : labelOf(kind, name, count),
      ...(step !== undefined && step !== '' && { step: this.keyOf(step) }),
      ...(ofMessages && { count }),
    };
  }
}

function extend(run: Run, { first, last, count }: Pick<Run, 'first' | 'last' | 'count'>): void {
  run.first = Math.min(run.first, first);
  run.last = Math.max(run.last, last);
  run.count += count;
}

/** `fail`, `fail × 3`; `1 lost`, `3 lost`. */
function labelOf(kind: TimelineMark['kind'], name: string, count: number): string {
  if (kind !== 'fault' && kind !== 'failed') return `${count} ${name}`;
  return count === 1 ? name : `${name} × ${count}`;
}
