import type { CheckedEvent, MessageNames, Selection } from '../contracts/checker.js';
import type { HistoryOperation } from '../contracts/history.js';

/**
 * What an event is to what is judged: `push`; `consume` (what consumers did with a message); `letter` (what became of a
 * dead letter); `place` (what a look at the server found); null: nothing.
 */
export type Role = 'push' | 'consume' | 'letter' | 'place';

const ROLES: Readonly<Record<HistoryOperation, Role | null>> = {
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
  subscribe: null,
  disconnect: null,
  caughtUp: null,
};

/** Tells of each event of a history, in order, what it is to the selected part of it. */
export function selectorOf(selection: Selection, names: MessageNames): (event: CheckedEvent) => Role | null {
  const { queue, from = [], to = [] } = selection;
  const producers = new Set(from);
  const consumers = new Set(to);
  const targets = new Set<string>();
  const chosen = chosenMessages(selection.messages, names);

  const belongs = (event: CheckedEvent, role: Role): boolean => {
    switch (role) {
      case 'push':
        if (queue !== undefined) return event.target === queue;
        if (!producers.has(event.step)) return false;
        targets.add(event.target);
        return true;
      case 'consume':
        return queue !== undefined ? event.target === queue : consumers.has(event.step);
      case 'letter':
        return queue === undefined || event.operation !== 'redrive' || event.target === queue;
      case 'place':
        return queue !== undefined ? event.target === queue : targets.has(event.target);
    }
  };

  return (event) => {
    const role = ROLES[event.operation];
    if (role === null || (event.message >= 0 && chosen !== null && chosen[event.message] === 0)) return null;
    return belongs(event, role) ? role : null;
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

/** Counts messages of one kind, and keeps the ids of the first. */
export class Examples {
  count = 0;
  readonly ids: string[] = [];

  constructor(private readonly names: MessageNames) {}

  add(message: number): void {
    this.count++;
    if (this.ids.length < SHOWN) this.ids.push(this.names.idOf(message));
  }
}
