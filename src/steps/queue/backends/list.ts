import type { CallOptions, Connection } from '../../../contracts/redis.js';
import type { QueueKeys } from '../keys.js';
import { payloadOf } from '../payload.js';
import type { ConsumerOptions, Idle, Outcomes, Push, Taken, Turn } from './backend.js';
import { LeasedBackend, type Source } from './leased.js';
import { errorOf, outcomeOf, outcomesOf } from './replies.js';

const LIST: Source = {
  kind: 'list',
  pop: "local function pop(count) return redis.call('RPOP', main, count) or {} end",
  first: "local function first() return redis.call('LINDEX', main, -1) end",
  ready: "redis.call('LLEN', main)",
  scheduled: '{delayed}',
};

/** Producers LPUSH, consumers take from the right, as other programs do with the same list. */
export class ListBackend extends LeasedBackend {
  readonly pushCommand = ['LPUSH', this.main];

  constructor(keys: QueueKeys, { visibilityMs }: ConsumerOptions) {
    super(LIST, keys, visibilityMs);
  }

  async push(connection: Connection, messages: readonly Push[], options: CallOptions): Promise<Outcomes> {
    const command = ({ payload }: Push) => [...this.pushCommand, payload];
    if (messages.some(({ delayMs }) => delayMs > 0)) {
      const call = (one: Push) =>
        one.delayMs > 0 ? this.pushLater(connection, one, options) : connection.call(command(one), options);
      return outcomesOf(messages.map(call));
    }
    try {
      return (await connection.pipeline(messages.map(command), options)).map(errorOf);
    } catch (error) {
      return messages.map(() => outcomeOf(error));
    }
  }

  /** At most once is the naive queue: RPOP, whose message is lost with its reply. Nothing of it is to be settled. */
  override async settleAndTake(
    connection: Connection,
    done: readonly Taken[],
    consumers: readonly string[],
    options: CallOptions,
  ): Promise<Turn> {
    if (this.visibilityMs !== null) return await super.settleAndTake(connection, done, consumers, options);
    const takeFor = async (consumer: string) => {
      const reply = await connection.call(['RPOP', this.main], options);
      if (reply === null) return (await super.settleAndTake(connection, [], [consumer], options)).answers;
      return [{ payload: payloadOf(reply), deliveries: 1, state: '', entry: '', consumer }];
    };
    return { settled: [], answers: (await Promise.all(consumers.map(takeFor))).flat() };
  }

  /** Moves the message that is next to where it is: that waits for one, and changes nothing. */
  async arrival(connection: Connection, _: Idle, atMostMs: number, options: CallOptions): Promise<void> {
    await connection.call(['BLMOVE', this.main, this.main, 'RIGHT', 'RIGHT', atMostMs / 1_000], options);
  }
}
