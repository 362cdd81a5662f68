import { type CheckedEvent, defineChecker, type MessageNames } from '../contracts/checker.js';
import { plural } from '../format/text.js';
import { ENDS_HANDLING } from './handling.js';
import { Examples, selectorOf } from './selection.js';

export const leaseOverlap = defineChecker({
  name: 'lease-overlap',
  summary: 'Finds messages that two workers had in hand at once.',
  definition: `A worker has a message in hand from a delivery with a lease (one with \`notBefore\`) until it completed it,
failed, died, or gave it back or up, whichever was recorded first; a completion that was refused counts as well.

\`overlapping\` counts the messages that were delivered to a worker while another one had them in hand. Only what is certain
counts: the other one must have done something with the message after that delivery, be it only that it let it go. One that
was stopped in its handler has had nothing in hand since its last effect.

\`leases\` counts the deliveries with a lease. failed: \`overlapping\` is above 0. unknown: \`leases\` is 0.`,
  start(options, names) {
    const roleOf = selectorOf(options, names);
    const hands = new Hands(names);
    return {
      see(event) {
        if (roleOf(event) !== 'consume' || event.message < 0) return;
        const { operation, phase } = event;
        if (operation === 'deliver' && phase === 'ok' && event.notBefore !== undefined) hands.take(event);
        else if (operation === 'effect' || ENDS_HANDLING.has(operation)) hands.touch(event, operation !== 'effect');
      },
      report() {
        const { leases, overlapping, example } = hands;
        const { count } = overlapping;
        return {
          verdict: count > 0 ? 'failed' : leases === 0 ? 'unknown' : 'passed',
          reasons:
            example !== undefined
              ? [`${plural(count, 'message')} ${count === 1 ? 'was' : 'were'} with two workers at once: ${example}`]
              : leases === 0
                ? ['no message was delivered under a lease']
                : [],
          counts: { leases, overlapping: count },
          examples: { overlapping: overlapping.ids },
        };
      },
    };
  },
});

interface Hold {
  readonly worker: number;
  readonly since: number;
  open: boolean;
}

class Hands {
  leases = 0;
  readonly overlapping: Examples;
  example: string | undefined;
  readonly #workers = new Workers();
  /** The worker that has the message, where it is one alone; 0: none. */
  readonly #holder: Uint32Array;
  readonly #since: Float64Array;
  readonly #counted: Uint8Array;
  /** The messages that several may have had at once, in the order in which they got them. */
  readonly #crowds = new Map<number, Hold[]>();

  constructor(private readonly names: MessageNames) {
    this.overlapping = new Examples(names);
    this.#holder = new Uint32Array(names.messages);
    this.#since = new Float64Array(names.messages);
    this.#counted = new Uint8Array(names.messages);
  }

  take(event: CheckedEvent): void {
    const { message, time } = event;
    this.leases++;
    const worker = this.#workers.numberOf(event);
    const holder = this.#holder[message]!;
    const crowd = this.#crowds.get(message);
    if (crowd) {
      const others = crowd.filter((hold) => hold.worker !== worker);
      this.#crowds.set(message, [...others, { worker, since: time, open: true }]);
    } else if (holder === 0 || holder === worker) {
      this.#holder[message] = worker;
      this.#since[message] = time;
    } else {
      this.#holder[message] = 0;
      const first = { worker: holder, since: this.#since[message]!, open: true };
      this.#crowds.set(message, [first, { worker, since: time, open: true }]);
    }
  }

  /** The worker had the message in hand until now. */
  touch(event: CheckedEvent, letsGo: boolean): void {
    const { message, time } = event;
    const worker = this.#workers.numberOf(event);
    const crowd = this.#crowds.get(message);
    if (!crowd) {
      if (letsGo && this.#holder[message] === worker) this.#holder[message] = 0;
      return;
    }
    const at = crowd.findIndex((hold) => hold.worker === worker && hold.open);
    if (at < 0) return;
    const later = crowd.slice(at + 1).find(({ since }) => since < time);
    if (later) this.#count(message, worker, later.worker);
    if (letsGo) crowd[at]!.open = false;
    if (crowd.every(({ open }) => !open)) this.#crowds.delete(message);
  }

  #count(message: number, worker: number, other: number): void {
    if (this.#counted[message] === 1) return;
    this.#counted[message] = 1;
    this.overlapping.add(message);
    const [one, two] = [worker, other].map((number) => this.#workers.nameOf(number));
    this.example ??= `${this.names.idOf(message)} was delivered to ${two} while ${one} had it`;
  }
}

/** Workers by number, from 1. A worker whose process number changed is the same. */
class Workers {
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, Map<string, number>>();

  numberOf({ step, actor }: CheckedEvent): number {
    const ofStep = this.#numbers.get(step) ?? new Map<string, number>();
    const known = ofStep.get(actor);
    if (known !== undefined) return known;
    const number = this.#names.push(actor);
    this.#numbers.set(step, ofStep.set(actor, number));
    return number;
  }

  nameOf(number: number): string {
    return this.#names[number - 1] ?? '';
  }
}
