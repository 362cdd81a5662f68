import type { Argument, CallOptions, Node, Reply } from '../contracts/redis.js';
import { keepsState, nameOf, textOf } from './commands.js';
import type { DialOptions } from './link.js';
import type { PoolableConnection } from './pool.js';
import { reach } from './reach.js';
import { asValue } from './reply.js';
import { runScript } from './script.js';
import { Session } from './session.js';
import { readTransaction } from './transaction.js';
import type { RedisAddress } from './url.js';

/** To one server, or to a cluster where the server says that it is one. Raises a TargetError that says what to check. */
export async function openConnection(address: RedisAddress, options: DialOptions): Promise<PoolableConnection> {
  const link = await reach(address, options);
  if (link.mode !== 'cluster' && address.access?.readFrom !== 'replica') {
    return new RedisConnection(Session.over(link, address, options), options.name);
  }
  const { RoutedConnection } = await import('./cluster/connection.js');
  return new RoutedConnection(link, address, options);
}

class RedisConnection implements PoolableConnection {
  readonly id: number;
  #hasState = false;
  #inFlight = 0;

  constructor(
    private readonly session: Session,
    readonly clientName: string,
  ) {
    this.id = session.id;
  }

  get isFresh(): boolean {
    return !this.#hasState && this.#inFlight === 0 && this.session.link?.usable === true;
  }

  call(command: readonly Argument[], options?: CallOptions): Promise<Reply> {
    return this.session.exchange(nameOf(command), options, async (link) => {
      const reply = await this.#track([command], () => link.send(command));
      this.#followSelect(command, reply);
      // The server is about to close: what comes next needs a new link.
      if (nameOf(command) === 'QUIT') link.close();
      return reply;
    });
  }

  async pipeline(commands: readonly (readonly Argument[])[], options?: CallOptions): Promise<readonly Reply[]> {
    if (commands.length === 0) return [];
    return await this.session.exchange('the pipeline', options, async (link) => {
      const replies = (await this.#track(commands, () => link.settleAll(commands))).map(asValue);
      for (const [index, command] of commands.entries()) this.#followSelect(command, replies[index]);
      return replies;
    });
  }

  async transaction(
    commands: readonly (readonly Argument[])[],
    options?: CallOptions,
  ): Promise<readonly Reply[] | null> {
    return await this.session.exchange('the transaction', options, async (link) => {
      const settled = await this.#track(commands, () => link.settleAll([['MULTI'], ...commands, ['EXEC']]));
      const replies = readTransaction(settled);
      if (replies === null) return null;
      for (const [index, command] of commands.entries()) this.#followSelect(command, replies[index]);
      return replies;
    });
  }

  script(lua: string, keys: readonly string[], args: readonly Argument[], options?: CallOptions): Promise<Reply> {
    return runScript(this, lua, keys, args, options);
  }

  async nodes(): Promise<readonly Node[]> {
    return [this];
  }

  destroy(): void {
    this.session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { link } = this.session;
    this.session.close();
    await link?.ended;
  }

  /** What a caller gave up waiting for is still in flight. */
  async #track<T>(commands: readonly (readonly Argument[])[], send: () => Promise<T>): Promise<T> {
    this.#hasState ||= commands.some((command) => keepsState(nameOf(command)));
    this.#inFlight++;
    try {
      return await send();
    } finally {
      this.#inFlight--;
    }
  }

  /** A new link must begin in the database that the last one was in. */
  #followSelect(command: readonly Argument[], reply: Reply | undefined): void {
    if (reply === 'OK' && nameOf(command) === 'SELECT') this.session.db = Number(textOf(command[1] ?? ''));
  }
}
