import type { CheckedEvent, CheckReport, CheckRequest, History } from '../contracts/checker.js';
import type { HistoryEvent, HistoryRecorder, HistorySeries, RecordedEvent } from '../contracts/history.js';
import { Chunks } from './chunks.js';
import { roomFor, writeEvent } from './codec.js';
import { type EventFrame, Frames } from './frames.js';
import { Messages } from './messages.js';
import { eventReader, type Onlooker, runReader } from './reader.js';
import { type BodyForm, EventSeries } from './series.js';

/** What checkers were asked at one place of a history, and what they said. */
export interface RecordedCheck {
  readonly step: string;
  /** How many events they saw. */
  readonly events: number;
  /** False for a check whose verdict is not the step's: of the diagnostics in `catch`. */
  readonly judged: boolean;
  readonly requests: readonly CheckRequest[];
  readonly reports: readonly CheckReport[];
}

/** What happened in a case. */
export interface CaseRecorder extends HistoryRecorder, Disposable {
  /** Events recorded. */
  readonly size: number;
  /** In the order in which they were recorded. */
  events(): Iterable<RecordedEvent>;
  /** The last events of the first `until` ones, in the order in which they were recorded. */
  last(count: number, until?: number): readonly RecordedEvent[];
  /** What is recorded now, as checkers read it; more may be recorded while it is read. */
  view(): History;
  /** Shows all events, each in the place of the one before: it is to be read at once. */
  show(onlooker: Onlooker): void;
  /** The number of a message; -1 for one that no event names. */
  find(message: string): number;
  /** Records for one step, so that a check can choose events by step. */
  forStep(step: string): HistoryRecorder;
  /** Keeps the checks of a step's last run, instead of those of its earlier ones: `within` counts by the last alone. */
  checked(stepKey: string, checks: readonly RecordedCheck[]): void;
  /** By their place in the history. */
  checks(): readonly RecordedCheck[];
}

export interface RecorderOptions {
  /** Older events than these go to a temporary file. */
  readonly memoryBytes?: number;
  /** When the case began, on the clock of its events. */
  readonly beganAt?: number;
}

/**
 * A recorder that holds bytes, not objects: a million events as objects take 203 MB, as bytes some 20. Disposing gives
 * them back, and whatever is recorded later is nobody's.
 */
export function createRecorder({ memoryBytes, beganAt }: RecorderOptions = {}): CaseRecorder {
  const chunks = new Chunks(memoryBytes);
  const messages = new Messages();
  const frames = new Frames();
  const checks = new Map<string, readonly RecordedCheck[]>();
  let processes = 0;
  let disposed = false;

  const record = (event: HistoryEvent, step: string): void => {
    if (disposed) return;
    const message = messages.numberOf(event.message);
    const bytes = chunks.begin(roomFor(event));
    writeEvent(bytes, frames.of(event, step), event, message);
    chunks.added(bytes);
  };
  const series = (event: EventFrame, producer: string, step: string): HistorySeries => {
    const numberOf = messages.numbersOf(producer);
    const frame = (form: BodyForm) => new EventSeries(event, step, frames, form);
    const [none, hashed, whole] = [frame('none'), frame('hash'), frame('text')];
    return {
      record(sequence, time, body) {
        if (disposed) return;
        const message = numberOf(sequence);
        const form = !body ? none : body.isKept ? whole : hashed;
        const bytes = chunks.begin(form.roomFor(body));
        form.write(bytes, chunks.rows, message, time, body);
        chunks.added(bytes);
      },
    };
  };
  const read = (from: number, until: number) => chunks.read(from, until, eventReader(frames));
  const named = (event: CheckedEvent): RecordedEvent => ({ ...event, message: messages.idOf(event.message) });
  const newProcess = () => ++processes;

  return {
    get size() {
      return chunks.rows;
    },
    *events() {
      for (const event of read(0, chunks.rows)) yield named(event);
    },
    last: (count, until = chunks.rows) => Array.from(read(Math.max(0, until - count), until), named),
    view() {
      const size = chunks.rows;
      return {
        size,
        messages: messages.count,
        idOf: (message) => messages.idOf(message),
        beganAt,
        events: () => read(0, size),
      };
    },
    show: (onlooker) => chunks.scan(runReader(frames, onlooker)),
    find: (message) => messages.find(message),
    checked: (stepKey, made) => void checks.set(stepKey, made),
    checks: () => [...checks.values()].flat().sort((a, b) => a.events - b.events),
    record: (event) => record(event, ''),
    series: (event, producer) => series(event, producer, ''),
    newProcess,
    forStep: (step) => ({
      record: (event) => record(event, step),
      series: (event, producer) => series(event, producer, step),
      newProcess,
    }),
    [Symbol.dispose]() {
      disposed = true;
      chunks[Symbol.dispose]();
    },
  };
}
