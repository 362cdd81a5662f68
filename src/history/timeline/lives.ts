import type { CheckedEvent } from '../../contracts/checker.js';
import type { LifeEvent, MessageLife } from '../../contracts/timeline.js';
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
  const chosen = new Set([...names.keys()].slice(0, MOST_LIVES));
  const fill = (most: number, isOfKind: (mark: number) => boolean) => {
    let candidates = 0;
    const isCandidate = (message: number) => isOfKind(marks[message]!) && !chosen.has(message);
    for (let message = 0; message < marks.length; message++) if (isCandidate(message)) candidates++;
    const wanted = Math.min(candidates, most - chosen.size);
    if (wanted <= 0) return;
    for (let message = 0, seen = 0; message < marks.length; message++) {
      if (!isCandidate(message)) continue;
      // Evenly over all of them, the first included.
      if (Math.ceil((seen * wanted) / candidates) < Math.ceil(((seen + 1) * wanted) / candidates)) chosen.add(message);
      seen++;
    }
  };
  fill((MOST_LIVES + chosen.size) / 2, (mark) => (mark & BURIED) !== 0);
  fill(MOST_LIVES, (mark) => (mark & (RETRIED | REDELIVERED)) !== 0);
  fill(MOST_PLAIN, () => true);
  return [...chosen];
}

/** Tells the lives of the chosen messages, in their order. */
export function livesOf(
  chosen: readonly number[],
  names: Names,
  recorder: CaseRecorder,
  tell: (event: CheckedEvent) => LifeEvent,
): MessageLife[] {
  const { messages, idOf } = recorder.view();
  const drafts = new Map(chosen.map((message) => [message, new Draft()]));
  // Asked of every event there is: a Map takes thrice the time.
  const isChosen = new Uint8Array(messages);
  for (const message of chosen) isChosen[message] = 1;
  for (const event of recorder.eventsOf((message) => isChosen[message] === 1)) drafts.get(event.message)?.add(event);
  return Array.from(drafts, ([message, { of, body, first, last, omitted }]) => ({
    id: idOf(message),
    of,
    findings: [...(names.get(message) ?? [])],
    ...(body !== undefined && { body }),
    events: [...first, ...last].map(tell),
    ...(omitted > 0 && { omitted }),
  }));
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
