import type { HistorySeries } from '../../contracts/history.js';
import type { Envelope } from '../../contracts/message.js';
import { Expected, viewOf } from '../../redis/expected.js';
import { MARK } from '../queue/envelope.js';

/** One publisher, as what came from one channel by one subscription shows it. */
export interface Publisher {
  /** What its messages begin with, up to the sequence within the id. */
  readonly head: Expected;
  readonly deliveries: HistorySeries;
  /** Its last sequence number. */
  last: number;
}

const expect = (text: string): Expected => new Expected(Buffer.from(text));

const AFTER_ID = expect('","sequence":');
const BEFORE_TIME = expect(',"key":null,"enqueuedAt":');
const BETWEEN_TIMES = expect(',"deliverAt":');
const AFTER_TIMES = expect(',"redriveCount":0}\n');

const [ZERO, NINE, DOT] = [48, 57, 46];
/** Those of more publishers are read the slow way. */
const MOST_QUICK = 64;

/**
 * Reads ids and sequence numbers straight from the bytes of messages, where their envelopes stand exactly as
 * `pubsub.publish` writes them: to parse JSON takes twenty times as long.
 */
export class Headers {
  /** Of what was read last. */
  sequence = 0;
  readonly #publishers = new Map<string, Publisher>();
  readonly #quick: Publisher[] = [];
  #last: Publisher | undefined;

  /** `deliveriesOf` is asked for each publisher once. */
  constructor(private readonly deliveriesOf: (producer: string) => HistorySeries) {}

  /** Gives the publisher; undefined for what has to be decoded in whole. */
  read(bytes: Buffer, start: number, end: number): Publisher | undefined {
    const view = viewOf(bytes);
    let publisher = this.#last;
    if (!publisher?.head.standsAt(view, start, end)) {
      publisher = this.#quick.find(({ head }) => head.standsAt(view, start, end));
      if (!publisher) return undefined;
      this.#last = publisher;
    }
    const id = start + publisher.head.length;
    let sequence = 0;
    let at = id;
    for (; at < end; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      sequence = sequence * 10 + digit;
    }
    const digits = at - id;
    // Without a leading zero, small enough to be exact.
    if (digits === 0 || digits > 15 || (digits > 1 && bytes[id] === ZERO)) return undefined;
    if (!AFTER_ID.standsAt(view, at, end)) return undefined;
    at += AFTER_ID.length;
    for (let index = id; index < id + digits; index++, at++) if (bytes[index] !== bytes[at]) return undefined;
    if (!BEFORE_TIME.standsAt(view, at, end)) return undefined;
    at = endOfTime(bytes, at + BEFORE_TIME.length, end);
    if (!BETWEEN_TIMES.standsAt(view, at, end)) return undefined;
    at = endOfTime(bytes, at + BETWEEN_TIMES.length, end);
    if (!AFTER_TIMES.standsAt(view, at, end)) return undefined;
    this.sequence = sequence;
    return publisher;
  }

  /** Gives the publisher of a message that was decoded in whole. */
  publisherOf({ id, sequence }: Envelope): Publisher {
    const producer = id.slice(0, id.lastIndexOf('-')); // an id is `<producer>-<sequence>`
    const known = this.#publishers.get(producer);
    if (known) return known;
    const head = expect(`${MARK} ${JSON.stringify({ id: `${producer}-` }).slice(0, -2)}`);
    const publisher = { head, deliveries: this.deliveriesOf(producer), last: sequence - 1 };
    this.#publishers.set(producer, publisher);
    if (this.#quick.length < MOST_QUICK) this.#quick.push(publisher);
    return publisher;
  }
}

/** Milliseconds since the epoch have thirteen digits until 2286, and three behind the dot at most. */
function endOfTime(bytes: Buffer, start: number, end: number): number {
  let at = start + 13;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if ((byte < ZERO || byte > NINE) && byte !== DOT) break;
  }
  return at;
}
