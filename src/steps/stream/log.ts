import type { HistoryEvent, HistoryOperation, HistoryPhase } from '../../contracts/history.js';
import type { StepContext } from '../../contracts/step.js';
import { OutcomeUnknown, ReplyError } from '../../errors.js';
import { crcOfText } from '../../history/crc.js';
import type { ErrorValue } from '../replies.js';
import type { StreamEntry } from './entries.js';

/** What the steps of a case did with one stream. */
interface StreamActivity {
  /** Ids of entries that steps of the case added. */
  readonly added: Set<string>;
  /** Names of entries whose addition has an unknown outcome, by their fields. */
  readonly unknown: Map<string, string[]>;
  /** Names of such entries that showed up, by their ids. */
  readonly found: Map<string, string>;
  /** Ids of entries that a step read without a group. */
  readonly read: Map<string, Set<string>>;
}

/** What a step read from. */
export interface StreamStep {
  readonly stream: string;
  /** Null for a step that reads without a group; undefined for one that does not read. */
  readonly group?: string | null;
}

class StreamRegistry {
  readonly #streams = new Map<string, StreamActivity>();
  /** By the step's id; of one that ran again, the last. */
  readonly steps = new Map<string, StreamStep>();

  activity(stream: string): StreamActivity {
    let activity = this.#streams.get(stream);
    if (!activity) {
      activity = { added: new Set(), unknown: new Map(), found: new Map(), read: new Map() };
      this.#streams.set(stream, activity);
    }
    return activity;
  }
}

export const streamsOf = (context: StepContext): StreamRegistry =>
  context.caseState('stream', () => new StreamRegistry());

/** Bodies longer than this are not kept. */
const KEPT_BODY = 1_024;

/** Records what one step does with a stream. A message is named by its entry's id. */
export class StreamLog {
  readonly #activity: StreamActivity;
  readonly #process: number;
  #unnamed = 0;

  constructor(
    private readonly step: StreamStep,
    private readonly actor: string,
    private readonly context: StepContext,
  ) {
    const registry = streamsOf(context);
    registry.steps.set(context.stepName, step);
    this.#activity = registry.activity(step.stream);
    this.#process = context.history.newProcess();
  }

  /** `id`: the entry's, or what the server said of it; undefined when nothing is known. */
  added(id: string | ErrorValue | undefined, fields: StreamEntry['fields'], since: number): void {
    const name = typeof id === 'string' ? id : `${this.context.stepName}/${this.#process}-${this.#unnamed++}`;
    const body = JSON.stringify(fields);
    const described = { hash: crcOfText(body), ...(body.length <= KEPT_BODY && { body }) };
    // The server names it, so that its sending can be told only now.
    this.#record('invoke', 'push', { message: name, time: since, ...described });
    if (typeof id === 'string') {
      this.#activity.added.add(id);
      this.#record('ok', 'push', { message: name, entryId: id });
    } else if (id) this.#record('fail', 'push', { message: name });
    else {
      const { unknown } = this.#activity;
      unknown.set(body, [...(unknown.get(body) ?? []), name]);
      this.#record('info', 'push', { message: name });
    }
  }

  /** Without a group a step sees the same entries again and again, which is no second delivery. */
  delivered(entry: StreamEntry, since: number, attempt: number): void {
    const alone = this.step.group === null;
    if (alone && !this.#isNew(entry.id)) return;
    const message = this.#nameOf(entry);
    this.#record('ok', 'deliver', { message, since, attempt, entryId: entry.id });
    if (alone) this.completed(entry.id, 'ok');
  }

  /** The reply of a read never came: entries may have been delivered with it, and nobody knows which. */
  deliveryUnknown(since: number): void {
    this.#record('info', 'deliver', { since });
  }

  completed(id: string, phase: 'ok' | 'fail' | 'info'): void {
    this.#record(phase, 'complete', { message: this.#activity.found.get(id) ?? id, entryId: id });
  }

  #isNew(id: string): boolean {
    const { read } = this.#activity;
    const ids = read.get(this.context.stepName) ?? new Set();
    read.set(this.context.stepName, ids);
    const known = ids.has(id);
    ids.add(id);
    return !known;
  }

  /** An entry that no step is known to have added may be one whose reply was lost: told by equal fields. */
  #nameOf({ id, fields }: StreamEntry): string {
    const { added, unknown, found } = this.#activity;
    if (added.has(id) || unknown.size === 0) return found.get(id) ?? id;
    const name = found.get(id) ?? unknown.get(JSON.stringify(fields))?.shift() ?? id;
    found.set(id, name);
    return name;
  }

  #record(phase: HistoryPhase, operation: HistoryOperation, event: Partial<HistoryEvent>): void {
    this.context.history.record({
      phase,
      operation,
      target: this.step.stream,
      message: '',
      time: this.context.clock.now(),
      process: this.#process,
      attempt: 0,
      actor: this.actor,
      ...event,
    });
  }
}

/** Whether a command that raised this was certainly not applied. */
export const isDefinite = (error: unknown): boolean =>
  error instanceof ReplyError || (error instanceof OutcomeUnknown && !error.sent);
