import type { CheckedEvent, MessageNames, Selection } from '../contracts/checker.js';
import type { HistoryOperation } from '../contracts/history.js';

/**
 * What an event is to what is judged: `push`; `consume` (what consumers did with a message); `arrival` (a dead letter of
 * another queue came into this one); `departure` (it was redriven to another queue); `letter` (what else became of a dead
 * letter); `place` (what a look at the queue found); `reader` (what became of a subscriber); null: nothing.
 */
export type Role = 'push' | 'consume' | 'arrival' | 'departure' | 'letter' | 'place' | 'reader';

const ROLES: Readonly<Record<HistoryOperation, 'push' | 'consume' | 'letter' | 'place' | 'reader'>> = {
  push: 'push',
  deliver: 'consume',
  effect: 'consume',
  complete: 'consume',
  handlerFail: 'consume',
  crash: 'consume',
  retry: 'consume',
  deadLetter: 'consume',
  discard: 'consume',
  redrive: 'letter',
  purge: 'letter',
  dead: 'letter',
  look: 'place',
  queued: 'place',
  inFlight: 'place',
  done: 'place',
  subscribe: 'reader',
  disconnect: 'reader',
  caughtUp: 'reader',
};

/** Tells of each event of a history, in order, what it is to the selected part of it. */
export function selectorOf(selection: Selection, names: MessageNames): (event: CheckedEvent) => Role | null {
  const { queue, from = [], to = [] } = selection;
  const producers = new Set(from);
  const consumers = new Set(to);
  const targets = new Set<string>();
  const chosen = chosenMessages(selection.messages, names);
  /** Of steps that are not selected: their messages are neither owed nor unexpected. */
  const others = queue === undefined ? new Uint8Array(names.messages) : null;

  const isTarget = (name: string | undefined): boolean =>
    queue !== undefined ? name === queue : name !== undefined && targets.has(name);
  const isConsumed = (event: CheckedEvent): boolean =>
    queue !== undefined ? event.target === queue : consumers.has(event.step);

  const roleOf = (event: CheckedEvent): Role | null => {
    const role = ROLES[event.operation];
    switch (role) {
      case 'push':
        if (queue !== undefined) return event.target === queue ? role : null;
        if (!producers.has(event.step)) {
          if (others && event.message >= 0) others[event.message] = 1;
          return null;
        }
        targets.add(event.target);
        return role;
      case 'consume':
        if (isConsumed(event)) return role;
        return event.operation === 'deadLetter' && isTarget(event.to) ? 'arrival' : null;
      case 'letter':
        return event.operation === 'redrive' && !isTarget(event.target) ? 'departure' : role;
      case 'place':
        return isTarget(event.target) ? role : null;
      case 'reader':
        return isConsumed(event) ? role : null;
    }
  };

  return (event) => {
    const { message } = event;
    if (message >= 0 && (chosen?.[message] === 0 || others?.[message] === 1)) return null;
    return roleOf(event);
  };
}

/** 1 for each message that is chosen; null where all are. */
function chosenMessages(ids: readonly string[] | undefined, { messages, idOf }: MessageNames): Uint8Array | null {
  if (ids === undefined) return null;
  const wanted = new Set(ids);
  return Uint8Array.from({ length: messages }, (_, message) => (wanted.has(idOf(message)) ? 1 : 0));
}

/** How many messages of a kind a report names. */
const SHOWN = 10;

/** Counts what is of one kind, and keeps the ids of the first messages. */
export class Examples {
  count = 0;
  readonly ids: string[] = [];
  #more = false;

  constructor(private readonly names: MessageNames) {}

  /** `times`: for what can be counted several times of a message. */
  add(message: number, times = 1): void {
    this.count += times;
    if (this.#more) return;
    const id = this.names.idOf(message);
    if (this.ids.includes(id)) return;
    if (this.ids.length < SHOWN) this.ids.push(id);
    else this.#more = true;
  }

  /** `push-17, push-50`; with `, …` where there are more. */
  get list(): string {
    return this.ids.join(', ') + (this.#more ? ', …' : '');
  }
}
