import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { ServerAccess } from '../../contracts/target.js';
import { ReplyError } from '../../errors.js';
import { encodeCommand, NoRedis, parseReply, type Value } from './resp.js';

/** Why nothing more can be learnt on a connection. */
export class WireFailure extends Error {
  constructor(
    /** `foreign`: what came is no reply of a Redis server. */
    readonly kind: 'closed' | 'silent' | 'foreign',
    /** What came, the code of the socket's error, or how long nothing came. */
    readonly seen: string,
  ) {
    super(`${kind}: ${seen}`);
  }
}

export type Command = readonly (string | number)[];

export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/** Raises the socket's error, or a WireFailure when the time is up. */
export function openSocket(place: Place, limitMs: number): Promise<Socket> {
  const socket = connect(place);
  socket.setNoDelay(true);
  return settled(socket, 'connect', limitMs);
}

/** Shakes hands on a connected socket. Raises like `openSocket`. */
export function secure(
  socket: Socket,
  host: string,
  access: ServerAccess['tls'],
  limitMs: number,
  verify = access?.verify !== false,
): Promise<TLSSocket> {
  const { ca, cert, key, serverName } = access ?? {};
  const name = serverName ?? (isIP(host) ? undefined : host);
  const options = {
    socket,
    host,
    rejectUnauthorized: verify,
    ...(name === undefined ? {} : { servername: name }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return settled(connectTls(options), 'secureConnect', limitMs);
}

function settled<S extends Socket>(socket: S, event: string, limitMs: number): Promise<S> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new WireFailure('silent', seconds(limitMs))), limitMs);
    // Stays: a socket whose error nobody listens to ends the program.
    socket.on('error', fail);
    socket.once('close', () => fail(new WireFailure('closed', 'the server closed the connection')));
    socket.once(event, () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

export const seconds = (milliseconds: number): string => `${Number((milliseconds / 1_000).toFixed(1))}s`;

interface Waiting {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Speaks to one server by itself, so that the doctor sees what a client library would hide: it neither logs in nor
 * reconnects, and what was not answered in time ends it.
 */
export class Wire {
  /** Called with what the server sends unasked. */
  onPush: (value: Value) => void = () => {};
  readonly #waiting: Waiting[] = [];
  #received: Buffer = Buffer.alloc(0);
  #failure: Error | undefined;

  constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      this.#end(new WireFailure('closed', error.code ?? error.message)),
    );
    socket.on('close', () => this.#end(new WireFailure('closed', 'the server closed the connection')));
  }

  get isOver(): boolean {
    return this.#failure !== undefined;
  }

  /** Raises a ReplyError for an error reply, and a WireFailure when there is none. */
  async call(command: Command, limitMs: number): Promise<Value> {
    const [reply] = await this.pipeline([command], limitMs);
    if (reply instanceof ReplyError) throw reply;
    return reply ?? null;
  }

  /** An error reply is a value at its place. */
  async pipeline(commands: readonly Command[], limitMs: number): Promise<readonly Value[]> {
    if (this.#failure) throw this.#failure;
    const replies = commands.map(
      () => new Promise<Value>((resolve, reject) => this.#waiting.push({ resolve, reject })),
    );
    const timer = setTimeout(() => this.#end(new WireFailure('silent', seconds(limitMs))), limitMs);
    this.socket.write(commands.map(encodeCommand).join(''));
    try {
      return await Promise.all(replies);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#end(new WireFailure('closed', 'it was closed'));
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    try {
      for (let parsed = parseReply(this.#received); parsed; parsed = parseReply(this.#received)) {
        this.#received = this.#received.subarray(parsed.end);
        // In RESP2 a message has no mark of its own: it is what nobody asked for.
        const asked = parsed.pushed ? undefined : this.#waiting.shift();
        if (asked) asked.resolve(parsed.value);
        else this.onPush(parsed.value);
      }
    } catch (error) {
      if (!(error instanceof NoRedis)) throw error;
      this.#end(new WireFailure('foreign', error.message));
    }
  }

  #end(failure: Error): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
  }
}
