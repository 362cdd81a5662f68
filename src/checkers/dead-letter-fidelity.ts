import { type CheckedEvent, defineChecker, type MessageNames, type Selection } from '../contracts/checker.js';
import { plural } from '../format/text.js';
import { Looks } from './looks.js';
import { examplesOf, verdictOf } from './outcome.js';
import { Examples, type Role, selectorOf } from './selection.js';

export interface FidelityOptions extends Selection {
  /** It is unknown where there was nothing to compare. */
  readonly required?: boolean;
  /** For a guarantee: a letter that vanished or changed may be somebody's doing, so that nothing is proven. */
  readonly asDoubt?: boolean;
}

export const deadLetterFidelity = defineChecker<FidelityOptions>({
  name: 'dead-letter-fidelity',
  summary: 'Every dead letter lies in its queue once, as it was pushed, and nothing else does.',
  definition: `letters = messages that were given up to a dead-letter queue and neither redriven, purged nor delivered from there
since. By the last look at that queue:

- missing: letters that do not lie there. doubled: letters that lie there more than once.
- altered: letters whose body is not the pushed one, by its CRC-32.
- unexpectedLetters: what lies there though nobody in this case gave it up, or pushed or redrove it to there.
- unfaithful = missing ∪ doubled ∪ altered.

\`failed\`: unfaithful ∪ unexpectedLetters ≠ ∅; missing and doubled only by a complete look after the last that happened to the
queue, without which it is \`unknown\`. No letters: \`passed\`, or \`unknown\` with the option \`required\`.

Beside a guarantee (\`asDoubt\`) it never fails: letters that are missing or altered make it \`unknown\`, since nobody
recorded what took them away.`,
  start(options, names) {
    const roleOf = selectorOf(options, names);
    const letters = new Letters(names);
    return {
      see: (event) => letters.see(event, roleOf(event)),
      report() {
        const { missing, altered, doubled, unexpected, unfaithful, count, doubts, none } = letters.compare();
        const gone = [...describe(missing, 'missing from the queue'), ...describe(altered, 'not what was pushed')];
        const violations = [
          ...gone,
          ...describe(doubled, 'in the queue more than once'),
          ...describe(unexpected, 'in the queue, put there by nobody'),
        ];
        return {
          ...(options.asDoubt
            ? verdictOf([], gone)
            : verdictOf(violations, [...(options.required && count === 0 ? [none] : []), ...doubts])),
          counts: {
            letters: count,
            missing: missing.count,
            altered: altered.count,
            doubled: doubled.count,
            unfaithful,
            unexpectedLetters: unexpected.count,
          },
          examples: examplesOf({ missing, altered, doubled, unexpectedLetters: unexpected }),
        };
      },
    };
  },
});

const describe = ({ count, list }: Examples, what: string): string[] =>
  count === 0 ? [] : [`${plural(count, 'dead letter')} ${count === 1 ? 'is' : 'are'} ${what}: ${list}`];

const GIVEN_UP = 1;
const HAS_HASH = 2;

class Letters {
  /** The queues that the selected messages were given up to. */
  readonly #queues = new Set<string>();
  readonly #looks = new Looks();
  readonly #numbers = new Map<string, number>([['', 0]]);
  readonly #names = [''];
  /** By message: the number of the queue where it must lie, or 0; that of where it was put otherwise; what is known. */
  readonly #owedTo: Uint32Array;
  readonly #putInto: Uint32Array;
  readonly #marks: Uint8Array;
  readonly #hashes: Uint32Array;
  /** What looks found: of each message its number, the look, the queue, and 1 if its body is another. */
  readonly #found: number[] = [];

  constructor(private readonly names: MessageNames) {
    this.#owedTo = new Uint32Array(names.messages);
    this.#putInto = new Uint32Array(names.messages);
    this.#marks = new Uint8Array(names.messages);
    this.#hashes = new Uint32Array(names.messages);
  }

  see(event: CheckedEvent, role: Role | null): void {
    const { operation, phase, message, target } = event;
    if (operation === 'look') this.#looks.see(event);
    if (message < 0) return;
    switch (operation) {
      case 'push':
        if (phase === 'invoke') this.#push(event);
        return;
      case 'deadLetter':
        if (phase !== 'fail') this.#giveUp(event, role);
        return;
      case 'deliver':
        if (this.#owedTo[message] === this.#numbers.get(target)) this.#takeAway(message);
        return;
      case 'redrive':
      case 'purge':
        if (phase === 'fail') return;
        this.#takeAway(message);
        if (operation === 'redrive') this.#putInto[message] = this.#numberOf(target);
        return;
      case 'dead':
        if (role === 'letter') this.#find(event);
    }
  }

  #push({ message, target, hash }: CheckedEvent): void {
    this.#putInto[message] = this.#numberOf(target);
    if (hash === undefined) return;
    this.#hashes[message] = hash;
    this.#marks[message]! |= HAS_HASH;
  }

  #giveUp({ phase, message, to }: CheckedEvent, role: Role | null): void {
    this.#marks[message]! |= GIVEN_UP;
    if (to === undefined) return;
    this.#looks.disturb(to);
    if (role !== 'consume') return;
    this.#queues.add(to);
    if (phase === 'ok') this.#owedTo[message] = this.#numberOf(to);
  }

  #takeAway(message: number): void {
    this.#looks.disturb(this.#names[this.#owedTo[message]!]!);
    this.#owedTo[message] = 0;
  }

  #find({ message, target, hash }: CheckedEvent): void {
    const known = hash !== undefined && (this.#marks[message]! & HAS_HASH) !== 0;
    const differs = known && this.#hashes[message] !== hash;
    this.#found.push(message, this.#looks.current(target), this.#numberOf(target), Number(differs));
  }

  compare() {
    const kind = () => new Examples(this.names);
    const [missing, altered, doubled, unexpected] = [kind(), kind(), kind(), kind()];
    const times = new Uint8Array(this.names.messages);
    const changed = new Uint8Array(this.names.messages);
    for (let at = 0; at < this.#found.length; at += 4) {
      const message = this.#found[at]!;
      const look = this.#found[at + 1]!;
      const target = this.#found[at + 2]!;
      if (!this.#looks.counts(look) || !this.#queues.has(this.#names[target]!)) continue;
      if (this.#owedTo[message] === target) {
        if (times[message]! < 2) times[message]!++;
        if (this.#found[at + 3] === 1) changed[message] = 1;
      } else if (!(this.#marks[message]! & GIVEN_UP) && this.#putInto[message] !== target) unexpected.add(message);
    }
    const doubts = new Map<number, string | undefined>();
    let count = 0;
    let unfaithful = 0;
    for (let message = 0; message < times.length; message++) {
      const queue = this.#owedTo[message]!;
      if (queue === 0) continue;
      count++;
      if (!doubts.has(queue)) doubts.set(queue, this.#looks.doubt(this.#names[queue]!));
      const certain = doubts.get(queue) === undefined;
      const isMissing = certain && times[message] === 0;
      const isDoubled = certain && times[message]! > 1;
      const isAltered = changed[message] === 1;
      if (isMissing) missing.add(message);
      if (isDoubled) doubled.add(message);
      if (isAltered) altered.add(message);
      if (isMissing || isDoubled || isAltered) unfaithful++;
    }
    return {
      missing,
      altered,
      doubled,
      unexpected,
      unfaithful,
      count,
      doubts: [...doubts.values()].filter((doubt) => doubt !== undefined),
      none: this.#queues.size === 0 ? 'no message was dead-lettered' : 'every dead letter was taken away again',
    };
  }

  #numberOf(target: string): number {
    let number = this.#numbers.get(target);
    if (number === undefined) {
      number = this.#names.push(target) - 1;
      this.#numbers.set(target, number);
    }
    return number;
  }
}
