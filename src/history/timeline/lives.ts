import type { CheckedEvent, MessageNames } from '../../contracts/checker.js';
import type { LifeEvent, MessageLife } from '../../contracts/timeline.js';
import type { SkimmedEvent } from '../codec.js';
import type { CaseRecorder } from '../recorder.js';
import type { Findings } from './findings.js';
import { BURIED, REDELIVERED, RETRIED } from './flow.js';

/** Lives that are told; those that are nothing special only up to fewer. */
const MOST_LIVES = 200;
const MOST_PLAIN = 100;
/** Events of a life: the first, and the last. */
const FIRST_EVENTS = 40;
const LAST_EVENTS = 20;

/** What the checkers named each message for, those named first before the others. */
type Names = Findings['names'];

/** Messages by what is most worth a look: those with findings, dead letters, those that came again, and any. */
export function chooseMessages(names: Names, marks: Uint8Array): number[] {
  const chosen = [...names.keys()].slice(0, MOST_LIVES);
  const isChosen = new Uint8Array(marks.length);
  for (const message of chosen) isChosen[message] = 1;
  const fill = (most: number, candidates: readonly number[]) => {
    for (const message of spread(candidates, most - chosen.length)) {
      chosen.push(message);
      isChosen[message] = 1;
    }
  };
  const withMark = (wanted: number) => numbersWhere(marks, (mark, message) => (mark & wanted) !== 0 && isChosen[message] === 0);
  fill((MOST_LIVES + chosen.length) / 2, withMark(BURIED));
  fill(MOST_LIVES, withMark(RETRIED | REDELIVERED));
  if (chosen.length < MOST_PLAIN) fill(MOST_PLAIN, numbersWhere(isChosen, (known) => known === 0));
  return chosen;
}

function numbersWhere(cells: Uint8Array, wanted: (cell: number, index: number) => boolean): number[] {
  const numbers: number[] = [];
  for (let index = 0; index < cells.length; index++) if (wanted(cells[index]!, index)) numbers.push(index);
  return numbers;
}

/** So many at most, evenly over all of them, the first included. */
function spread(candidates: readonly number[], most: number): number[] {
  const count = Math.max(0, Math.min(candidates.length, Math.ceil(most)));
  return Array.from({ length: count }, (_, at) => candidates[Math.floor((at * candidates.length) / count)]!);
}

/** The lives of the chosen messages. */
export class Lives {
  readonly #drafts: ReadonlyMap<number, Draft>;
  /** Asked of every event there is: a Map takes thrice the time. */
  readonly #chosen: Uint8Array;
  readonly isChosen = (message: number): boolean => this.#chosen[message] === 1;

  constructor(chosen: readonly number[], messages: number) {
    this.#drafts = new Map(chosen.map((message) => [message, new Draft()]));
    this.#chosen = new Uint8Array(messages);
    for (const message of chosen) this.#chosen[message] = 1;
  }

  /** `see` is shown every event on the way. */
  read(recorder: CaseRecorder, see?: (event: SkimmedEvent) => void): void {
    for (const event of recorder.eventsOf(this.isChosen, see)) this.#drafts.get(event.message)?.add(event);
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
  readonly first: CheckedEvent[] = [];
  readonly last: CheckedEvent[] = [];
  #isPushed = false;

  add(event: CheckedEvent): void {
    if (this.of === '' || (event.operation === 'push' && !this.#isPushed)) this.of = event.target;
    if (event.operation === 'push') this.#isPushed = true;
    this.body ??= event.body;
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
