import type { CheckReport, CheckRequest, History } from '../contracts/checker.js';
import type {
  HistoryEvent,
  HistoryOperation,
  HistoryPhase,
  HistoryRecorder,
  RecordedEvent,
} from '../contracts/history.js';
import { bytes, doubles, Ids, Strings, words } from './columns.js';

/** What happened in a case. */
export interface CaseRecorder extends HistoryRecorder {
  /** Events recorded. */
  readonly size: number;
  /** In the order in which they were recorded. */
  events(): Iterable<RecordedEvent>;
  /** What is recorded now, as checkers read it. */
  view(): History;
  /** Records for one step, so that a check can choose events by step. */
  forStep(step: string): HistoryRecorder;
  /** Keeps what was asked of checkers at this place and what they said, so that a saved history can be asked again. */
  checked(step: string, requests: readonly CheckRequest[], reports: readonly CheckReport[]): void;
}

const PHASES: readonly HistoryPhase[] = ['invoke', 'ok', 'fail', 'info'];
const OPERATIONS: readonly HistoryOperation[] = [
  'push',
  'deliver',
  'effect',
  'complete',
  'handlerFail',
  'crash',
  'retry',
  'deadLetter',
  'discard',
  'redrive',
  'purge',
  'subscribe',
  'disconnect',
  'caughtUp',
  'look',
  'queued',
  'inFlight',
  'dead',
];
const PHASE_NUMBERS = numbersOf(PHASES);
const OPERATION_NUMBERS = numbersOf(OPERATIONS);

/**
 * A recorder that holds columns, not objects: a million events as objects take 203 MB, so each event is numbers in
 * typed arrays (about 40 bytes) and each string is kept once.
 */
export function createRecorder(): CaseRecorder {
  let size = 0;
  let processes = 0;
  const strings = new Strings();
  const none = strings.number('');
  const kinds = bytes();
  const targets = words();
  const messages = new Ids(strings);
  const times = doubles();
  const processNumbers = words();
  const attempts = words();
  const actors = words();
  const steps = words();
  // Few events have these, so their columns grow only where they are used.
  const entryIds = new Ids(strings);
  const keys = new Ids(strings);
  const limits = doubles();
  const starts = doubles();
  const rest = new Map<number, Partial<HistoryEvent>>();
  const numbers = new Map<string, number>();
  const names: string[] = [];
  const numberOf = (id: string): number => {
    if (id === '') return -1;
    let number = numbers.get(id);
    if (number === undefined) {
      number = names.push(id) - 1;
      numbers.set(id, number);
    }
    return number;
  };

  function write(event: HistoryEvent, step: number): void {
    const row = size++;
    kinds.set(row, PHASE_NUMBERS[event.phase] * OPERATIONS.length + OPERATION_NUMBERS[event.operation]);
    targets.set(row, strings.number(event.target));
    messages.set(row, event.message);
    times.set(row, event.time);
    processNumbers.set(row, event.process);
    attempts.set(row, event.attempt);
    actors.set(row, strings.number(event.actor));
    steps.set(row, step);
    if (event.entryId !== undefined) entryIds.set(row, event.entryId);
    if (event.key !== undefined) keys.set(row, event.key);
    if (event.notBefore !== undefined) limits.set(row, event.notBefore);
    if (event.since !== undefined) starts.set(row, event.since);
    numberOf(event.message);
    const { to, connection, fault, namedBy, hash, body, pattern } = event;
    const more = Object.entries({ to, connection, fault, namedBy, hash, body, pattern }).filter(
      ([, value]) => value !== undefined,
    );
    if (more.length > 0) rest.set(row, Object.fromEntries(more));
  }

  function read(row: number): RecordedEvent {
    const kind = kinds.get(row);
    const entryId = entryIds.get(row);
    const key = keys.get(row);
    const notBefore = limits.get(row);
    const since = starts.get(row);
    return {
      phase: PHASES[Math.floor(kind / OPERATIONS.length)]!,
      operation: OPERATIONS[kind % OPERATIONS.length]!,
      target: strings.text(targets.get(row)),
      message: messages.get(row) ?? '',
      time: times.get(row),
      process: processNumbers.get(row),
      attempt: attempts.get(row),
      actor: strings.text(actors.get(row)),
      step: strings.text(steps.get(row)),
      ...(entryId !== undefined && { entryId }),
      ...(key !== undefined && { key }),
      ...(notBefore !== 0 && { notBefore }),
      ...(since !== 0 && { since }),
      ...rest.get(row),
    };
  }

  const newProcess = () => ++processes;
  return {
    get size() {
      return size;
    },
    *events() {
      for (let row = 0; row < size; row++) yield read(row);
    },
    view() {
      const until = size;
      return {
        size: until,
        messages: names.length,
        idOf: (message) => names[message] ?? '',
        *events() {
          for (let row = 0; row < until; row++) {
            const event = read(row);
            yield { ...event, message: numberOf(event.message) };
          }
        },
      };
    },
    checked() {},
    record: (event) => write(event, none),
    newProcess,
    forStep(step) {
      const number = strings.number(step);
      return { record: (event) => write(event, number), newProcess };
    },
  };
}

function numbersOf<T extends string>(words: readonly T[]): Readonly<Record<T, number>> {
  // The entries hold every word of T, which fromEntries can't know.
  return Object.fromEntries(words.map((word, number) => [word, number])) as Record<T, number>;
}
