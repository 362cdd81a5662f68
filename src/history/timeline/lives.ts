import type { CheckedEvent, MessageNames } from '../../contracts/checker.js';
import type { LifeEvent, MessageLife } from '../../contracts/timeline.js';
import type { Onlooker } from '../reader.js';
import type { CaseRecorder } from '../recorder.js';
import type { Findings } from './findings.js';
import { BURIED, REDELIVERED, RETRIED } from './flow.js';

/** Lives that are told; those that are nothing special only up to fewer. */
const MOST_LIVES = 200;
const MOST_PLAIN = 100;
/** Events of a life: the first, and the last. */
const FIRST_EVENTS = 40;
const LAST_EVENTS = 20;

/** What was seen of where a message lies: nothing happened to it. */
const LOOKS: ReadonlySet<string> = new Set(['queued', 'inFlight', 'dead', 'done']);

/** What the checkers named each message for, those named first before the others. */
type Names = Findings['names'];

/** Messages by what is most worth a look: those with findings, dead letters, those that came again, and any. */
export function chooseMessages(names: Names, marks: Uint8Array, isMarked = true): number[] {
  const chosen = new Set([...names.keys()].slice(0, MOST_LIVES));
  const marked = isMarked ? numbersOf(marks, BURIED | RETRIED | REDELIVERED) : [];
  const fill = (most: number, wanted: number) => {
    const candidates = marked.filter((message) => (marks[message]! & wanted) !== 0 && !chosen.has(message));
    for (const at of spread(candidates.length, most - chosen.size)) chosen.add(candidates[at]!);
  };
  fill((MOST_LIVES + chosen.size) / 2, BURIED);
  fill(MOST_LIVES, RETRIED | REDELIVERED);
  const taken = [...chosen].sort((one, other) => one - other);
  for (const at of spread(marks.length - chosen.size, MOST_PLAIN - chosen.size)) {
    let message = at;
    for (const other of taken) if (other <= message) message++;
    chosen.add(message);
  }
  return [...chosen];
}

function numbersOf(marks: Uint8Array, wanted: number): number[] {
  const numbers: number[] = [];
  for (let message = 0; message < marks.length; message++) if ((marks[message]! & wanted) !== 0) numbers.push(message);
  return numbers;
}

/** Places in a list of so many: `most` of them at most, evenly, the first included. */
function spread(length: number, most: number): number[] {
  const count = Math.max(0, Math.min(length, Math.ceil(most)));
  return Array.from({ length: count }, (_, at) => Math.floor((at * length) / count));
}

/** The lives of the chosen messages. */
export class Lives {
  readonly #drafts: ReadonlyMap<number, Draft>;
  /** Asked of every event there is: a Map takes thrice the time. */
  readonly #chosen: Uint8Array;

  constructor(chosen: readonly number[], messages: number) {
    this.#drafts = new Map(chosen.map((message) => [message, new Draft()]));
    this.#chosen = new Uint8Array(messages);
    for (const message of chosen) this.#chosen[message] = 1;
  }

  isChosen(message: number): boolean {
    return this.#chosen[message] === 1;
  }

  /** `see` is shown every event on the way. */
  read(recorder: CaseRecorder, see: Onlooker['see'] = () => {}): void {
    const take = (event: CheckedEvent): void => this.#drafts.get(event.message)?.add(event);
    recorder.show({ see, chosen: this.#chosen, take });
  }

  /** When something last happened to a chosen message: one that was lost was there until then. */
  lastAt(message: number): number {
    return this.#drafts.get(message)?.lastAt ?? Number.NaN;
  }

  /** Of messages that are all chosen, in their order. */
  tell(
    messages: readonly number[],
    { idOf }: MessageNames,
    names: Names,
    tell: (event: CheckedEvent) => LifeEvent,
  ): MessageLife[] {
    return messages.map((message) => {
      const { of, body, first, last, omitted } = this.#drafts.get(message) ?? new Draft();
      return {
        id: idOf(message),
        of,
        findings: [...(names.get(message) ?? [])],
        ...(body !== undefined && { body }),
        events: [...first, ...last].map(tell),
        ...(omitted > 0 && { omitted }),
      };
    });
  }
}

/** What is kept of a life while it is read. */
class Draft {
  of = '';
  body: string | undefined;
  omitted = 0;
  lastAt = Number.NaN;
  readonly first: CheckedEvent[] = [];
  readonly last: CheckedEvent[] = [];
  #isPushed = false;

  add(event: CheckedEvent): void {
    if (this.of === '' || (event.operation === 'push' && !this.#isPushed)) this.of = event.target;
    if (event.operation === 'push') this.#isPushed = true;
    this.body ??= event.body;
    if (!LOOKS.has(event.operation)) this.lastAt = event.time;
    if (this.first.length < FIRST_EVENTS) {
      this.first.push(event);
      return;
    }
    this.last.push(event);
    if (this.last.length <= LAST_EVENTS) return;
    this.last.shift();
    this.omitted++;
  }
}
