import type { Argument, CallOptions, Connection } from '../../../contracts/redis.js';
import { ReplyError } from '../../../errors.js';
import type { QueueKeys } from '../keys.js';
import { payloadOf } from '../payload.js';
import {
  type ConsumerOptions,
  type Content,
  type Depths,
  type Idle,
  isTaken,
  type Outcomes,
  type Push,
  type QueueBackend,
  type Taken,
  type Turn,
} from './backend.js';
import { errorOf, outcomeOf, outcomesOf, readDepths, readPairs, readTurn } from './replies.js';
import { PAGE } from './store.js';
import {
  DEAD_LETTER,
  DELAYED_CONTENTS,
  INSPECT,
  PAGE_OF_CONTENTS,
  PUSH_LATER,
  RETRY,
  SETTLE_AND_TAKE,
} from './stream-lua.js';

/** Looking for ended leases reads the whole list of pending entries, so it is done this often within a lease. */
const LOOKS_PER_LEASE = 20;

let serial = 0;

/** A stream with a consumer group. */
export class StreamBackend implements QueueBackend {
  readonly kind = 'stream';
  readonly pushCommand: readonly string[];
  readonly #main: string;
  readonly #keys: readonly string[];
  readonly #group: string;
  readonly #visibilityMs: number | null;
  /** When ended leases were last looked for, by a clock that only ever goes on. */
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(
    keys: QueueKeys,
    { group, visibilityMs }: ConsumerOptions,
    private readonly now: () => number,
  ) {
    this.#main = keys.main;
    this.pushCommand = ['XADD', keys.main, '*', 'message'];
    const beside = [`retries:${group}`, `states:${group}`, 'delayed', 'payloads'].map((part) => keys.beside(part));
    this.#keys = [keys.main, ...beside];
    this.#group = group;
    this.#visibilityMs = visibilityMs;
  }

  /** The group reads from the beginning: what was pushed before the first worker came is to be worked on, too. */
  async prepare(connection: Connection, options: CallOptions): Promise<void> {
    try {
      await connection.call(['XGROUP', 'CREATE', this.#main, this.#group, '0', 'MKSTREAM'], options);
    } catch (error) {
      if (!(error instanceof ReplyError && error.code === 'BUSYGROUP')) throw error;
    }
  }

  async push(connection: Connection, messages: readonly Push[], options: CallOptions): Promise<Outcomes> {
    const command = ({ payload }: Push) => [...this.pushCommand, payload];
    const later = ({ payload, delayMs }: Push) =>
      connection.script(PUSH_LATER, this.#keys, [payload, delayMs, `${connection.id}.${serial++}`], options);
    if (messages.some(({ delayMs }) => delayMs > 0)) {
      return outcomesOf(messages.map((one) => (one.delayMs > 0 ? later(one) : connection.call(command(one), options))));
    }
    try {
      return (await connection.pipeline(messages.map(command), options)).map(errorOf);
    } catch (error) {
      return messages.map(() => outcomeOf(error));
    }
  }

  async settleAndTake(
    connection: Connection,
    done: readonly Taken[],
    consumers: readonly string[],
    options: CallOptions,
  ): Promise<Turn> {
    const lease = this.#visibilityMs;
    const looks = lease !== null && consumers.length > 0 && this.now() - this.#lookedAt >= lease / LOOKS_PER_LEASE;
    if (looks) this.#lookedAt = this.now();
    const args: Argument[] = [this.#group, lease ?? '', looks ? 1 : 0, done.length];
    for (const { consumer, entry, deliveries } of done) args.push(consumer, entry, deliveries);
    args.push(...consumers);
    const script = () => connection.script(SETTLE_AND_TAKE, this.#keys, args, options);
    const reply = await script().catch(async (error: unknown) => {
      if (!isNoGroup(error)) throw error;
      await this.prepare(connection, options);
      return await script();
    });
    const { settled, answers } = readTurn(reply, done.length, consumers);
    // Where one lease has ended, others may have: the next take looks again.
    if (answers.some((one) => isTaken(one) && one.deliveries > 1)) this.#lookedAt = Number.NEGATIVE_INFINITY;
    if (lease === null) return { settled, answers };
    return {
      settled,
      answers: answers.map((one) => (isTaken(one) || one.inFlight === 0 ? one : looksAgain(one, lease))),
    };
  }

  retry(connection: Connection, taken: Taken, delayMs: number, state: string, options: CallOptions): Promise<boolean> {
    return this.#settle(connection, RETRY, this.#keys, taken, [delayMs, state], options);
  }

  deadLetter(connection: Connection, taken: Taken, key: string, line: string, options: CallOptions): Promise<boolean> {
    return this.#settle(connection, DEAD_LETTER, [...this.#keys, key], taken, [line], options);
  }

  async inspect(connection: Connection, options: CallOptions): Promise<Depths> {
    return readDepths(await connection.script(INSPECT, this.#keys, [this.#group], options));
  }

  async *contents(connection: Connection, options: CallOptions): AsyncGenerator<Content> {
    for (let from = '-'; ; ) {
      const page = readPairs(await connection.script(PAGE_OF_CONTENTS, this.#keys, [this.#group, from, PAGE], options));
      for (const [id, payload, place] of page) {
        if (place === 'queued' || place === 'inFlight' || place === 'done')
          yield { place, payload: payload!, entry: String(id) };
      }
      if (page.length < PAGE) break;
      from = `(${String(page.at(-1)?.[0])}`;
    }
    const delayed = await connection.script(DELAYED_CONTENTS, this.#keys, [this.#group], options);
    for (const payload of Array.isArray(delayed) ? delayed : []) {
      yield { place: 'queued', payload: payloadOf(payload), entry: '' };
    }
  }

  async arrival(connection: Connection, { position }: Idle, atMostMs: number, options: CallOptions): Promise<void> {
    const read = ['XREAD', 'COUNT', 1, 'BLOCK', Math.ceil(atMostMs), 'STREAMS', this.#main, position];
    await connection.call(read, options);
  }

  async #settle(
    connection: Connection,
    lua: string,
    keys: readonly string[],
    taken: Taken,
    args: readonly Argument[],
    options: CallOptions,
  ): Promise<boolean> {
    const lease = [this.#group, this.#visibilityMs ?? '', ...deliveryOf(taken)];
    try {
      return (await connection.script(lua, keys, [...lease, ...args], options)) === 1;
    } catch (error) {
      if (isNoGroup(error)) return false;
      throw error;
    }
  }
}

const deliveryOf = ({ consumer, entry, deliveries }: Taken): Argument[] => [consumer, entry, deliveries];

/** What is in flight comes back by itself, and only a look tells when. */
const looksAgain = (idle: Idle, leaseMs: number): Idle => ({
  ...idle,
  nextInMs: Math.min(idle.nextInMs ?? leaseMs, Math.ceil(leaseMs / LOOKS_PER_LEASE)),
});

/** The stream went away, and its group with it: it was deleted, or the server came back without its data. */
const isNoGroup = (error: unknown): boolean => error instanceof ReplyError && error.code === 'NOGROUP';
