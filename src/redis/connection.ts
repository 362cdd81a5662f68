import { createHash } from 'node:crypto';
import type { Argument, CallOptions, Reply } from '../contracts/redis.js';
import { ReplyError } from '../errors.js';
import { keepsState, textOf } from './commands.js';
import type { DialOptions, Link } from './link.js';
import type { PoolableConnection } from './pool.js';
import { isErrorReply, toReply, toReplyError } from './reply.js';
import { Session } from './session.js';
import type { RedisAddress } from './url.js';

/** Raises a TargetError that names the address, the cause and what to check. */
export async function openConnection(address: RedisAddress, options: DialOptions): Promise<PoolableConnection> {
  return new RedisConnection(await Session.open(address, options));
}

class RedisConnection implements PoolableConnection {
  readonly id: number;
  #hasState = false;
  #inFlight = 0;

  constructor(private readonly session: Session) {
    this.id = session.id;
  }

  get isFresh(): boolean {
    return !this.#hasState && this.#inFlight === 0 && this.session.link?.usable === true;
  }

  call(command: readonly Argument[], options?: CallOptions): Promise<Reply> {
    return this.session.exchange(nameOf(command), options, async (link) => {
      const reply = toReply(await this.#track([command], () => link.send(command)));
      this.#followSelect(command, reply);
      // The server is about to close: what comes next needs a new link.
      if (nameOf(command) === 'QUIT') link.close();
      return reply;
    });
  }

  async pipeline(commands: readonly (readonly Argument[])[], options?: CallOptions): Promise<readonly Reply[]> {
    if (commands.length === 0) return [];
    return await this.session.exchange('the pipeline', options, async (link) => {
      const replies = (await this.#track(commands, () => settleAll(link, commands))).map(toReply);
      for (const [index, command] of commands.entries()) this.#followSelect(command, replies[index]);
      return replies;
    });
  }

  async transaction(
    commands: readonly (readonly Argument[])[],
    options?: CallOptions,
  ): Promise<readonly Reply[] | null> {
    return await this.session.exchange('the transaction', options, async (link) => {
      const [begun, ...queued] = await this.#track(commands, () => settleAll(link, [['MULTI'], ...commands, ['EXEC']]));
      const executed = queued.pop();
      if (begun instanceof Error) throw begun;
      if (executed instanceof Error) throw refusedTransaction(executed, queued);
      if (executed === null) return null;
      // EXEC's reply is a list, or null when a WATCH stopped it.
      const replies = toReply(executed) as readonly Reply[];
      for (const [index, command] of commands.entries()) this.#followSelect(command, replies[index]);
      return replies;
    });
  }

  async script(lua: string, keys: readonly string[], args: readonly Argument[], options?: CallOptions): Promise<Reply> {
    try {
      return await this.call(['EVALSHA', digestOf(lua), keys.length, ...keys, ...args], options);
    } catch (error) {
      if (!(error instanceof ReplyError && error.code === 'NOSCRIPT')) throw error;
      return await this.call(['EVAL', lua, keys.length, ...keys, ...args], options);
    }
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

const nameOf = (command: readonly Argument[]): string => textOf(command[0] ?? '').toUpperCase();

/** Error replies are values; anything else that fails means that the link broke. */
function settleAll(link: Link, commands: readonly (readonly Argument[])[]): Promise<unknown[]> {
  const asValue = (error: unknown) => {
    if (isErrorReply(error)) return error;
    throw error;
  };
  return Promise.all(link.sendAll(commands).map((reply) => reply.catch(asValue)));
}

/** EXECABORT says nothing of the command that was refused. */
function refusedTransaction(executed: Error, queued: readonly unknown[]): Error {
  const refused = queued.find((reply) => reply instanceof Error);
  if (!refused) return executed;
  const { code, message } = toReplyError(executed);
  return new ReplyError(code, `${message} The first: ${refused.message}`);
}

const digests = new Map<string, string>();

function digestOf(lua: string): string {
  let digest = digests.get(lua);
  if (digest === undefined) {
    digest = createHash('sha1').update(lua).digest('hex');
    digests.set(lua, digest);
  }
  return digest;
}
