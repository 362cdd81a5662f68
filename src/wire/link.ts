import type { Argument, Reply } from '../contracts/redis.js';
import { CONNECT_TIMEOUT_MS, type Dial, Link } from '../redis/link.js';
import type { RedisAddress } from '../redis/url.js';
import { encodeCommand } from './command/encode.js';
import { READ_BUFFER, WireSocket } from './net/socket.js';
import { Vigil } from './net/vigil.js';
import { decodeReply, splitError } from './resp/decode.js';
import { ProtocolError } from './resp/problem.js';
import { type ReplyKind, ReplyReader, type ReplySink } from './resp/reader.js';

/** Links share it: what one has read is used up before another reads. */
let readBuffer: Buffer | undefined;

/**
 * A link for many commands, each of whose replies somebody waits for: past ioredis, whose time for one is several times
 * as long. It cannot subscribe.
 */
export const dialWire: Dial = async (address, { name, connectTimeoutMs = CONNECT_TIMEOUT_MS, readOnly = false }) => {
  readBuffer ??= Buffer.allocUnsafeSlow(READ_BUFFER);
  const password = (await address.access?.password?.()) ?? address.password;
  const socket = await WireSocket.open({ ...address, password }, { name, connectTimeoutMs, readBuffer });
  const link = new WireLink(address, socket);
  if (readOnly) void link.send(['READONLY']).catch(() => {});
  return link;
};

interface Request {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

class WireLink extends Link implements ReplySink {
  readonly ended: Promise<void>;
  #end: () => void = () => {};
  #isOver = false;
  /** Gathered in this turn of the event loop. */
  #unsent: Buffer[] = [];
  readonly #inFlight: Request[] = [];
  readonly #vigil = new Vigil();

  constructor(
    address: RedisAddress,
    private readonly socket: WireSocket,
  ) {
    super(address);
    const { mode = 'standalone', role = 'master' } = socket.greeting;
    this.mode = String(mode);
    this.role = String(role);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const reader = new ReplyReader(this);
    reader.keptBytes = Number.POSITIVE_INFINITY;
    socket.onData = (bytes, length) => {
      try {
        reader.read(bytes, length);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        socket.close();
        this.#over(error);
      }
    };
    socket.onEnd = (cause) => this.#over(cause ?? null);
  }

  get usable(): boolean {
    return !this.isDemoted && !this.#isOver;
  }

  get stream(): Link['stream'] {
    return this.socket.stream;
  }

  send(command: readonly Argument[]): Promise<Reply> {
    if (this.#isOver) return Promise.reject(this.failure ?? new Error(CLOSED));
    // What is sent in one turn of the event loop is one write: a system call takes longer than to make a command.
    if (this.#unsent.length === 0) process.nextTick(() => this.#flush());
    this.#unsent.push(encodeCommand(command));
    return new Promise((resolve, reject) => this.#inFlight.push({ resolve, reject }));
  }

  close(): void {
    this.isClosed = true;
    this.socket.close();
    this.#over(null);
  }

  reply(kind: ReplyKind, bytes: Buffer, start: number, end: number): void {
    if (kind === 'push' || this.#isOver) return;
    const request = this.#inFlight.shift();
    if (!request) throw new ProtocolError('a reply that nothing was sent for');
    if (this.#inFlight.length === 0) this.#vigil.end();
    if (kind === 'error') request.reject(errorReply(bytes, start, end));
    else request.resolve(decodeReply(bytes.subarray(start, end)));
  }

  #flush(): void {
    const [first, ...more] = this.#unsent;
    this.#unsent = [];
    if (!first || this.#isOver) return;
    this.socket.write(more.length === 0 ? first : Buffer.concat([first, ...more]));
    this.#vigil.begin();
  }

  #over(failure: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#vigil.end();
    this.failure ??= failure;
    for (const { reject } of this.#inFlight.splice(0)) reject(failure ?? new Error(CLOSED));
    this.#end();
  }
}

const CLOSED = 'Connection is closed.';

/** As ioredis makes them: with the code in front of the message. */
function errorReply(bytes: Buffer, start: number, end: number): Error {
  const { code, message } = splitError(bytes, start, end);
  return Object.assign(new Error(`${code} ${message}`), { name: 'ReplyError' });
}
