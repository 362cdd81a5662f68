import type { CheckReport, CheckVerdict, MessageNames } from '../contracts/checker.js';
import { formatCount, plural } from '../format/text.js';
import { ACKNOWLEDGED, AFFECTED, ATTEMPTED, DELIVERED, ELSEWHERE, PLACES, UNCERTAIN } from './marks.js';
import { Examples } from './selection.js';
import type { Tally } from './tally.js';

type Place = keyof typeof PLACES;
const PLACE_NAMES = Object.keys(PLACES) as Place[]; // its keys are these names

/** The sets of messages that a reading gave. */
export class Outcome {
  attempted = 0;
  acknowledged = 0;
  /** Acknowledged, or come in as a dead letter. */
  owed = 0;
  unknown = 0;
  delivered = 0;
  readonly places: Record<Place, number> = {
    completed: 0,
    deadLettered: 0,
    discarded: 0,
    purged: 0,
    queued: 0,
    inFlight: 0,
  };
  readonly discarded: Examples;
  readonly unexpected: Examples;
  readonly recovered: Examples;
  /** Messages that were delivered or completed more than once; `count` is of the deliveries and completions too many. */
  readonly redelivered: Examples;
  readonly duplicated: Examples;
  /** Messages that may have had their effect twice. */
  readonly perhapsDuplicated: Examples;
  /** Owed and nowhere. They are lost if everything was looked at. */
  readonly missing: Examples;
  readonly doubled: Examples;
  readonly uncertain: Examples;
  /** Why nobody knows where everything is. */
  readonly unseen: readonly string[];
  #firstMissing: number | undefined;
  /** Of these, messages that no subscriber was owed. */
  #unowed = 0;

  constructor(
    readonly tally: Tally,
    private readonly names: MessageNames,
  ) {
    const kind = () => new Examples(names);
    this.discarded = kind();
    this.unexpected = kind();
    this.recovered = kind();
    this.redelivered = kind();
    this.duplicated = kind();
    this.perhapsDuplicated = kind();
    this.missing = kind();
    this.doubled = kind();
    this.uncertain = kind();
    this.unseen = tally.doubts();
    for (let message = 0; message < names.messages; message++) {
      if (!tally.isStranger(message)) this.#add(message);
    }
  }

  /** Lost for certain. */
  get lost(): Examples {
    return this.unseen.length === 0 ? this.missing : new Examples(this.names);
  }

  /** The life of the first lost message, and what may have taken messages away. */
  storyOfMissing(): string[] {
    const { lives, deliveries, lostReplies } = this.tally;
    const first = this.#firstMissing;
    if (first === undefined) return [];
    const lacking = this.tally.lacking(first) ?? [];
    return [
      lives.tell(first, deliveries[first]!) + (lacking.length > 0 ? ` for ${lacking.join(', ')}` : ''),
      ...(lostReplies === 0
        ? []
        : [`a message may have gone with each of ${lostReplies} takes that were never answered`]),
    ];
  }

  /** Why a verdict that rests on all messages being settled is unknown. */
  get doubts(): string[] {
    if (this.owed === 0) return ['no message was acknowledged'];
    if (this.owed === this.#unowed) return ['no subscriber had subscribed to what was published'];
    const { queued, inFlight } = this.places;
    const left = queued + inFlight > 0;
    return [
      ...this.unseen,
      ...(this.unseen.length > 0 && this.missing.count > 0
        ? [
            `${formatCount(this.missing.count)} of ${plural(this.owed, 'acknowledged message')} may be lost or still be somewhere: ${this.missing.list}`,
          ]
        : []),
      ...(left ? [`not drained: ${formatCount(queued)} queued, ${formatCount(inFlight)} in flight`] : []),
    ];
  }

  #add(message: number): void {
    const { tally } = this;
    const marks = tally.marks[message]!;
    const places = tally.placesOf(message);
    if (marks & ATTEMPTED) this.attempted++;
    if (tally.isUnexpected(message)) this.unexpected.add(message);
    if (tally.isUnknown(message)) {
      this.unknown++;
      if (marks & DELIVERED) this.recovered.add(message);
    }
    for (const place of PLACE_NAMES) if (places & PLACES[place]) this.places[place]++;
    if (places & PLACES.discarded) this.discarded.add(message);
    if (marks & DELIVERED) this.delivered++;
    this.#addRepeated(message, marks);
    if (marks & ACKNOWLEDGED) this.acknowledged++;
    if (tally.isOwed(message)) this.#addOwed(message, places);
  }

  #addRepeated(message: number, marks: number): void {
    const { tally } = this;
    const redeliveries = tally.redeliveries(message);
    if (redeliveries > 0) this.redelivered.add(message, redeliveries);
    const times = marks & AFFECTED ? tally.effects.get(message) : tally.runs[message]!;
    if (times > 1) this.duplicated.add(message, times - 1);
    else if (marks & AFFECTED && times + tally.unsureEffects.get(message) > 1) this.perhapsDuplicated.add(message);
  }

  #addOwed(message: number, places: number): void {
    this.owed++;
    if (this.tally.lacking(message) === null) this.#unowed++;
    if (places === 0) {
      this.#firstMissing ??= message;
      this.missing.add(message);
    } else if (places === UNCERTAIN) this.uncertain.add(message);
    else if (isSeveral(places & ~ELSEWHERE)) this.doubled.add(message);
  }
}

/** More than one bit is set. */
const isSeveral = (places: number): boolean => (places & (places - 1)) !== 0;

/** failed is worse than unknown, which is worse than passed: what is certain stays so, whatever else is not known. */
export function verdictOf(
  violations: readonly string[],
  doubts: readonly string[],
): Pick<CheckReport, 'verdict' | 'reasons'> {
  const verdict: CheckVerdict = violations.length > 0 ? 'failed' : doubts.length > 0 ? 'unknown' : 'passed';
  return { verdict, reasons: [...violations, ...doubts] };
}

/** The ids of each kind that there is. */
export function examplesOf(kinds: Readonly<Record<string, Examples>>): CheckReport['examples'] {
  return Object.fromEntries(Object.entries(kinds).flatMap(([kind, { ids }]) => (ids.length > 0 ? [[kind, ids]] : [])));
}
