import type { Socket } from 'node:net';
import type { Argument, Reply } from '../../contracts/redis.js';
import { ReplyError } from '../../errors.js';
import { formatDuration } from '../../format/quantity.js';
import { ConnectTimeout, connectionFailure, type Stage } from '../../redis/failure.js';
import { onAbort } from '../../redis/listeners.js';
import { openSocket } from '../../redis/socket.js';
import type { RedisAddress } from '../../redis/url.js';
import { encodeCommand } from '../command/encode.js';
import { decodeReply, splitError } from '../resp/decode.js';
import { ReplyReader } from '../resp/reader.js';

export interface WireSocketOptions {
  /** The client's name on the server. */
  readonly name: string;
  readonly connectTimeoutMs: number;
  /** What is read goes there; sockets can share it, for its content is used up before another reads. */
  readonly readBuffer: Buffer;
  readonly signal?: AbortSignal | undefined;
}

/** Fits what a socket holds, so that what came meanwhile is read at once. */
export const READ_BUFFER = 65_536;

/** A connection that is logged in, and moves bytes. Whoever opens it sets what is done with what it reads. */
export class WireSocket {
  onData: (bytes: Buffer, length: number) => void = () => {};
  /** It is over, by whomever; called once, and not after `close`. */
  onEnd: (cause: Error | undefined) => void = () => {};
  /** What the server said of itself. */
  greeting: { readonly [field: string]: Reply } = {};
  readonly stream: Socket;
  #isOver = false;
  #cause: Error | undefined;

  private constructor(address: RedisAddress, { readBuffer }: WireSocketOptions) {
    this.stream = openSocket(address, {
      buffer: readBuffer,
      callback: (length) => {
        this.onData(readBuffer, length);
        return true;
      },
    });
    this.stream.setNoDelay(true);
    this.stream.on('error', (error) => {
      this.#cause ??= error;
    });
    // The server's end comes as 'end', after which 'close' follows by itself.
    this.stream.on('close', () => this.#end());
  }

  /** Raises a TargetError that says what to check. */
  static async open(address: RedisAddress, options: WireSocketOptions): Promise<WireSocket> {
    const socket = new WireSocket(address, options);
    const progress: { stage: Stage } = { stage: 'connecting' };
    try {
      await socket.#handshake(address, options, progress);
      return socket;
    } catch (error) {
      socket.close();
      if (options.signal?.aborted) throw options.signal.reason;
      throw connectionFailure(address, error, progress.stage);
    }
  }

  write(bytes: Buffer): void {
    this.stream.write(bytes);
  }

  /** All that was written is with the system. */
  get isFlushed(): boolean {
    return this.stream.writableLength === 0;
  }

  close(): void {
    this.#isOver = true;
    this.stream.destroy();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.onEnd(this.#cause);
  }

  async #handshake(
    address: RedisAddress,
    { name, connectTimeoutMs, signal }: WireSocketOptions,
    progress: { stage: Stage },
  ): Promise<void> {
    const commands = handshakeOf(address, name);
    let missing = commands.length;
    await new Promise<void>((resolve, reject) => {
      let loading: ReplyError | undefined;
      let again: NodeJS.Timeout | undefined;
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        clearTimeout(again);
        release?.();
        this.onData = () => {};
        this.onEnd = () => {};
        finish();
      };
      const timer = setTimeout(
        () => settle(() => reject(loading ?? new ConnectTimeout(`within ${formatDuration(connectTimeoutMs)}`))),
        connectTimeoutMs,
      );
      const abort = (): void => settle(() => reject(signal?.reason));
      const release = signal && onAbort(signal, abort);
      if (signal?.aborted) abort();
      const reader = new ReplyReader({
        reply: (kind, bytes, start, end) => {
          if (kind === 'error') {
            const { code, message } = splitError(bytes, start, end);
            const error = new ReplyError(code, message);
            if (missing > 1) return settle(() => reject(error));
            // Whoever may not PING is logged in, too.
            if (code !== 'LOADING') return settle(resolve);
            loading = error;
            again = setTimeout(() => this.write(encodeCommand(PING)), LOADING_PAUSE_MS);
            return;
          }
          if (kind === 'push') return;
          if (missing === commands.length) this.greeting = fieldsOf(decodeReply(bytes.subarray(start, end)));
          if (--missing === 0) settle(resolve);
        },
      });
      reader.keptBytes = GREETING_BYTES;
      this.onData = (bytes, length) => {
        try {
          reader.read(bytes, length);
        } catch (error) {
          settle(() => reject(error));
        }
      };
      this.onEnd = (cause) => settle(() => reject(cause ?? new Error('Connection is closed.')));
      this.stream.once(address.kind === 'tcp' && address.tls ? 'secureConnect' : 'connect', () => {
        progress.stage = 'handshake';
        this.write(Buffer.concat(commands.map(encodeCommand)));
      });
    });
  }
}

/** Ends the handshake: a server that still loads its data greets already, and refuses this like all that comes after. */
const PING = ['PING'];
const LOADING_PAUSE_MS = 10;
/** With all the modules of a server. */
const GREETING_BYTES = 65_536;

const fieldsOf = (reply: Reply): { readonly [field: string]: Reply } =>
  typeof reply === 'object' && reply !== null && !Array.isArray(reply) ? (reply as { [field: string]: Reply }) : {};

function handshakeOf({ username, password, db }: RedisAddress, name: string): Argument[][] {
  const login = password === null ? [] : ['AUTH', username ?? 'default', password];
  const hello = ['HELLO', 3, ...login, 'SETNAME', name.replace(/[^!-~]/g, '_')];
  return db === 0 ? [hello, PING] : [hello, ['SELECT', db], PING];
}
