import type { Argument, CallOptions, Connection, Connections } from '../../../src/contracts/redis.js';
import { OutcomeUnknown } from '../../../src/errors.js';

/**
 * What becomes of one command. before: the program dies before it is sent · after: the server applies it, and the
 * program dies before the reply comes · lost: the server applies it, the reply never comes, and the program lives on.
 */
export const FATES = ['before', 'after', 'lost'] as const;
export type Fate = (typeof FATES)[number];

export class ProgramDied extends Error {}

/** Waits on the server and changes nothing, for as long as timing wants: not a step between two of which to die. */
const isWait = ([name]: readonly Argument[]): boolean => name === 'BLMOVE' || name === 'XREAD';

const refuse = () => Promise.reject(new Error('no queue needs one'));

/**
 * A program's way to the server. Commands are numbered in the order in which they are sent, those of a pipeline one by
 * one; a script or a transaction is one. After a death every call raises, and all connections are broken.
 */
export class DyingClient {
  readonly connections: Connections;
  readonly #opened: Connection[] = [];
  readonly #inFlight = new Set<Promise<unknown>>();
  #sent = 0;
  #struck = false;
  #ended: Promise<void> | undefined;

  private constructor(
    real: Connections,
    private readonly at: number,
    private readonly fate: Fate,
  ) {
    const open = async (name: string): Promise<Connection> => {
      const connection = await real.dedicated(name);
      this.#opened.push(connection);
      return this.#wrap(connection);
    };
    this.connections = { shared: () => open('shared'), named: refuse, dedicated: open, busy: open, subscriber: refuse };
  }

  /** The command numbered `at`, from 0, meets its fate. */
  static async open(
    real: Connections,
    at: number,
    fate: Fate,
  ): Promise<{ readonly client: DyingClient; readonly redis: Connection }> {
    const client = new DyingClient(real, at, fate);
    return { client, redis: await client.connections.shared() };
  }

  /** Commands that reached the server. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether there was a command of that number. */
  get struck(): boolean {
    return this.#struck;
  }

  get isDead(): boolean {
    return this.#struck && this.fate !== 'lost';
  }

  /** Ends the program, if it has not died yet: all that it sent is applied, and its connections are broken. */
  end(): Promise<void> {
    this.#ended ??= Promise.allSettled(this.#inFlight).then(() => {
      for (const connection of this.#opened) connection.destroy();
    });
    return this.#ended;
  }

  /** How many of these commands are sent, and whether one of them is the one. */
  #admit(count: number): { readonly sent: number; readonly strikes: boolean } {
    const last = this.#sent + count;
    const strikes = !this.#struck && this.at < last;
    if (strikes) this.#struck = true;
    const end = strikes && this.isDead ? this.at + (this.fate === 'after' ? 1 : 0) : last;
    const sent = end - this.#sent;
    this.#sent = end;
    return { sent, strikes };
  }

  async #send<T>(count: number, send: (sent: number) => Promise<T>): Promise<T> {
    const { sent, strikes } = this.isDead ? { sent: 0, strikes: false } : this.#admit(count);
    const replying = this.#track(sent > 0 || sent === count ? send(sent) : Promise.reject(new ProgramDied()));
    await replying.catch(() => {});
    if (this.isDead) {
      // What raises aborts the rest of the program: not before all that it sent has arrived.
      await this.end();
      throw new ProgramDied();
    }
    if (strikes) throw new OutcomeUnknown('CONNECTION', 'the reply was lost', true);
    return await replying;
  }

  #track<T>(replying: Promise<T>): Promise<T> {
    this.#inFlight.add(replying);
    const done = () => this.#inFlight.delete(replying);
    replying.then(done, done);
    return replying;
  }

  #wrap(real: Connection): Connection {
    return {
      id: real.id,
      call: (command: readonly Argument[], options?: CallOptions) =>
        isWait(command) ? real.call(command, options) : this.#send(1, () => real.call(command, options)),
      pipeline: (commands, options) =>
        this.#send(commands.length, (sent) => real.pipeline(commands.slice(0, sent), options)),
      transaction: (commands, options) => this.#send(1, () => real.transaction(commands, options)),
      script: (lua, keys, args, options) => this.#send(1, () => real.script(lua, keys, args, options)),
      nodes: refuse,
      destroy: () => real.destroy(),
      [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
    };
  }
}
