import type { HistoryEvent, HistoryOperation, HistoryPhase } from '../contracts/history.js';

// Records, not lists, so that the compiler misses none.
const PHASE_NUMBERS: Readonly<Record<HistoryPhase, number>> = { invoke: 0, ok: 1, fail: 2, info: 3 };
const OPERATION_NUMBERS: Readonly<Record<HistoryOperation, number>> = {
  push: 0,
  deliver: 1,
  effect: 2,
  complete: 3,
  handlerFail: 4,
  crash: 5,
  retry: 6,
  deadLetter: 7,
  discard: 8,
  redrive: 9,
  purge: 10,
  subscribe: 11,
  disconnect: 12,
  caughtUp: 13,
  look: 14,
  queued: 15,
  inFlight: 16,
  dead: 17,
  done: 18,
};
export const PHASES = Object.keys(PHASE_NUMBERS) as readonly HistoryPhase[]; // its keys are all phases
export const OPERATIONS = Object.keys(OPERATION_NUMBERS) as readonly HistoryOperation[]; // its keys are all operations

/** Both by the number of a frame's kind. */
export const KINDS = PHASES.flatMap((phase) => OPERATIONS.map((operation) => ({ phase, operation })));

/** An event but for its message and its time. */
export type EventFrame = Omit<HistoryEvent, 'message' | 'time'>;

/** Fields that few events have: each stands in their records, in this order. */
export const HAS = { since: 1, notBefore: 2, entryId: 4, connection: 8, key: 16, hash: 32, body: 64 } as const;

/** What few have. */
type Special = {
  readonly [Key in 'to' | 'fault' | 'namedBy' | 'pattern' | 'shard']: EventFrame[Key] | undefined;
};

/** What many events have in common: it is kept once, and their records name it by its number. */
export interface Frame extends Special {
  readonly number: number;
  /** Its place among KINDS. */
  readonly kind: number;
  readonly phase: HistoryPhase;
  readonly operation: HistoryOperation;
  readonly target: string;
  readonly actor: string;
  readonly step: string;
  /** Which of HAS there are. */
  readonly fields: number;
  /** There is something of what few have. */
  readonly isSpecial: boolean;
}

/** Frames by what they were asked for last: a power of two. */
const RECENT = 1_024;

/** As many as there are texts in a scenario, and ways to use them. */
export class Frames {
  readonly #frames: Frame[] = [];
  readonly #numbers = new Map<string, number>();
  /** Most events are like one of the same process before them. */
  #recent: (Frame | undefined)[] | undefined;

  at(number: number): Frame {
    return this.#frames[number]!;
  }

  /** `bodyFields` beside those that the event has. */
  of(event: EventFrame, step: string, bodyFields = 0): Frame {
    const kind = PHASE_NUMBERS[event.phase] * OPERATIONS.length + OPERATION_NUMBERS[event.operation];
    const fields = fieldsOf(event) | bodyFields;
    const place = (event.process * KINDS.length + kind) & (RECENT - 1);
    // Most cases record nothing.
    this.#recent ??= new Array<undefined>(RECENT).fill(undefined);
    const recent = this.#recent[place];
    if (recent && recent.kind === kind && recent.fields === fields && recent.step === step && isLike(recent, event))
      return recent;
    const frame = this.#find(event, kind, step, fields);
    this.#recent[place] = frame;
    return frame;
  }

  #find(event: EventFrame, kind: number, step: string, fields: number): Frame {
    const { phase, operation, target, actor, to, fault, namedBy, pattern, shard } = event;
    const key = JSON.stringify([kind, fields, step, target, actor, to, fault, namedBy, pattern, shard]);
    const known = this.#numbers.get(key);
    if (known !== undefined) return this.#frames[known]!;
    const number = this.#frames.length;
    const special: Special = { to, fault, namedBy, pattern, shard };
    const isSpecial = Object.values(special).some((value) => value !== undefined);
    const frame: Frame = { number, kind, phase, operation, target, actor, step, fields, isSpecial, ...special };
    this.#numbers.set(key, number);
    this.#frames.push(frame);
    return frame;
  }
}

const isLike = (frame: Frame, event: EventFrame): boolean =>
  frame.target === event.target &&
  frame.actor === event.actor &&
  frame.to === event.to &&
  frame.fault === event.fault &&
  frame.namedBy === event.namedBy &&
  frame.pattern === event.pattern &&
  frame.shard === event.shard;

function fieldsOf(event: EventFrame): number {
  let fields = 0;
  if (event.since !== undefined) fields |= HAS.since;
  if (event.notBefore !== undefined) fields |= HAS.notBefore;
  if (event.entryId !== undefined) fields |= HAS.entryId;
  if (event.connection !== undefined) fields |= HAS.connection;
  if (event.key !== undefined) fields |= HAS.key;
  if (event.hash !== undefined) fields |= HAS.hash;
  if (event.body !== undefined) fields |= HAS.body;
  return fields;
}
