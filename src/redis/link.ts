import type { Socket } from 'node:net';
import type { Command, Redis } from 'ioredis';
import type { Argument, Reply } from '../contracts/redis.js';
import { TargetError } from '../errors.js';
import { formatDuration } from '../format/quantity.js';
import { textOf } from './commands.js';
import { ConnectTimeout, closedUnanswered, connectionFailure } from './failure.js';
import type { MessageReader } from './messages.js';
import { isErrorReply, toReply } from './reply.js';
import { tlsOptions } from './tls.js';
import { displayAddress, type RedisAddress } from './url.js';

export const CONNECT_TIMEOUT_MS = 3_000;

export interface DialOptions {
  /** The client's name on the server; what CLIENT SETNAME does not take is replaced. */
  readonly name: string;
  /** Until the server has answered the handshake. */
  readonly connectTimeoutMs?: number;
  /** Reads are meant for this node, a replica in a cluster, which else sends them to its primary. */
  readonly readOnly?: boolean;
  /** It subscribes: messages go past ioredis, to `messages` of the link. */
  readonly subscribes?: boolean;
  /** Makes the link, instead of ioredis. */
  readonly dial?: Dial;
}

/** One socket's life, from the handshake to its end: it never reconnects. */
export abstract class Link {
  /** How the server described itself by HELLO. */
  mode = 'standalone';
  role = 'master';
  /** By us. */
  isClosed = false;
  /** Why it ended, once it has; null when the server just closed it. */
  failure: Error | null = null;
  protected isDemoted = false;
  abstract readonly ended: Promise<void>;
  abstract readonly stream: Pick<Socket, 'pause' | 'resume' | 'bytesRead'>;

  protected constructor(
    /** What was dialled; behind Sentinels the primary that they named. */
    readonly address: RedisAddress,
    /** Of a link that subscribes. */
    readonly messages?: MessageReader,
  ) {}

  /** Whether a command that is sent now reaches the socket. */
  abstract get usable(): boolean;

  /** Rejects with an error reply as the server wrote it (`isErrorReply`), or because the link broke. */
  abstract send(command: readonly Argument[]): Promise<Reply>;

  abstract close(): void;

  /** A slot went to another node, and a channel that was subscribed with it. */
  onMoved(_: () => void): void {}

  /** Error replies are values; anything else that fails means that the link broke. */
  settleAll(commands: readonly (readonly Argument[])[]): Promise<(Reply | Error)[]> {
    const asValue = (error: unknown) => {
      if (!isErrorReply(error)) throw error;
      this.noteRefusal(error);
      return error;
    };
    return Promise.all(commands.map((command) => this.send(command).catch(asValue)));
  }

  /** A primary that has become a replica keeps its clients: they must look for the new one. */
  noteRefusal({ message }: Error): void {
    if (this.isDemoted || this.role !== 'master' || !message.startsWith('READONLY ')) return;
    this.isDemoted = true;
    const close = () => this.close();
    // What was sent before is answered first.
    this.send(['QUIT']).then(close, close);
  }
}

export type Dial = (address: RedisAddress, options: DialOptions) => Promise<Link>;

/**
 * By ioredis. Commands go beneath its methods, which rewrite arguments (MSET) and replies (HGETALL, WITHSCORES) by their
 * lower-case names.
 */
class LibraryLink extends Link {
  readonly ended: Promise<void>;
  #isCorked = false;

  constructor(
    address: RedisAddress,
    private readonly redis: Redis,
    private readonly CommandClass: typeof Command,
    messages?: MessageReader,
  ) {
    super(address, messages);
    redis.on('error', (error: Error) => {
      this.failure ??= error;
    });
    this.ended = new Promise((resolve) => redis.once('end', () => resolve()));
  }

  get stream(): Socket {
    return this.redis.stream as Socket; // what ioredis types as any stream
  }

  get usable(): boolean {
    return !this.isDemoted && this.redis.status === 'ready' && this.redis.stream.writable;
  }

  send(command: readonly Argument[]): Promise<Reply> {
    const [name = '', ...args] = command;
    this.#writeAtOnce();
    const request = new this.CommandClass(textOf(name).toUpperCase(), args.map(toWire));
    this.redis.sendCommand(request);
    return request.promise.then(toReply);
  }

  override onMoved(listener: () => void): void {
    this.redis.on('moved', listener);
  }

  close(): void {
    this.isClosed = true;
    this.redis.disconnect();
    // disconnect() alone waits for the server to close its side, which a stopped one never does.
    this.redis.stream?.destroy();
  }

  /** What is sent in one turn of the event loop is one write: a system call takes longer than to make a command. */
  #writeAtOnce(): void {
    if (this.#isCorked) return;
    const { stream } = this.redis;
    this.#isCorked = true;
    stream.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      stream.uncork();
    });
  }
}

const toWire = (argument: Argument): string | Buffer =>
  argument instanceof Uint8Array
    ? Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength)
    : String(argument);

/** Raises a TargetError that says why, and what to check. */
export const dial: Dial = (address, options) => (options.dial ?? dialByLibrary)(address, options);

async function dialByLibrary(address: RedisAddress, options: DialOptions): Promise<Link> {
  const { Redis, Command, AbstractConnector } = await import('ioredis');
  const { name, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const password = (await address.access?.password?.()) ?? address.password;
  const tap = options.subscribes ? (await import('./tap.js')).tapMessages(address, AbstractConnector) : undefined;
  const redis = new Redis({
    ...(tap && { Connector: tap.Connector }),
    ...(address.kind === 'unix'
      ? { path: address.path }
      : { host: address.host, port: address.port, ...(address.tls ? { tls: tlsOptions(address) } : {}) }),
    ...(address.username === null ? {} : { username: address.username }),
    ...(password === null ? {} : { password }),
    db: address.db,
    readOnly: options.readOnly ?? false,
    connectionName: name.replace(/[^!-~]/g, '_'),
    lazyConnect: true,
    // Whoever holds the link decides on reconnecting; ioredis would send again what was in flight.
    retryStrategy: () => null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    disableClientInfo: true,
    connectTimeout: 0, // it covers the socket alone: the timer below covers the handshake too
    disconnectTimeout: 0,
    protocol: 3,
    replyMapping: 'resp3',
    stringNumbers: true,
  });
  const link = new LibraryLink(address, redis, Command, tap?.messages);
  // ioredis sends HELLO by its own method, and keeps nothing of the reply.
  const hello = redis.hello.bind(redis) as (...args: unknown[]) => Promise<unknown>;
  redis.hello = async (...args: unknown[]): Promise<never> => {
    const reply = await hello(...args).catch((error: unknown) => {
      // Who is refused at the door is shown out too: that the connection was closed must not hide why.
      if (!isErrorReply(error) || !error.message.startsWith('DENIED ')) throw error;
      link.failure = error;
      throw new Error('DENIED'); // ioredis takes the whole for a remark on passwords, and goes on
    });
    Object.assign(link, modeAndRole(reply));
    return reply as never; // whatever the overloads say of it
  };
  try {
    await within(connectTimeoutMs, redis.connect());
    if (link.failure) throw link.failure; // ioredis goes on after a refused SELECT
  } catch (error) {
    const stage = redis.stream && !redis.stream.connecting ? 'handshake' : 'connecting';
    link.close();
    const failure = link.failure ?? error;
    const said = closedUnanswered(failure) ? await askWhyClosed(address) : undefined;
    throw connectionFailure(address, said ?? failure, stage);
  }
  if (redis.condition?.protocol !== 3) {
    link.close();
    throw new TargetError(`${displayAddress(address)} does not speak RESP3`, {
      next: 'use Redis 6 or newer, or Valkey',
    });
  }
  return link;
}

function modeAndRole(reply: unknown): { mode?: string; role?: string } {
  if (typeof reply !== 'object' || reply === null) return {};
  return {
    ...('mode' in reply && { mode: String(reply.mode) }),
    ...('role' in reply && { role: String(reply.role) }),
  };
}

async function askWhyClosed(address: RedisAddress): Promise<Error | undefined> {
  const { readGreeting } = await import('./greeting.js');
  return await readGreeting(address);
}

async function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ConnectTimeout(`within ${formatDuration(milliseconds)}`)), milliseconds);
  });
  try {
    await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
