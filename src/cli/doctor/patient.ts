import type { Socket } from 'node:net';
import type { ServerAccess } from '../../contracts/target.js';
import { ReplyError } from '../../errors.js';
import type { RedisAddress } from '../../redis/url.js';
import type { Value } from './resp.js';
import { type Command, openSocket, type Place, secure, Wire, WireFailure } from './wire.js';

/** What one rung of the ladder found. */
export interface Finding {
  /** `unknown`: it could not be looked at, and `cause` says why. */
  readonly status: 'ok' | 'warning' | 'failed' | 'unknown';
  readonly seen: string;
  readonly cause?: string;
  readonly advice?: string;
  /** Figures for programs. */
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
}

export const ok = (seen: string, data?: Finding['data']): Finding => ({ status: 'ok', seen, ...(data && { data }) });
export const warning = (seen: string, cause: string, advice: string): Finding => ({
  status: 'warning',
  seen,
  cause,
  advice,
});
export const failed = (seen: string, cause: string, advice: string): Finding => ({
  status: 'failed',
  seen,
  cause,
  advice,
});
export const unknown = (seen: string, cause: string, advice?: string): Finding => ({
  status: 'unknown',
  seen,
  cause,
  ...(advice !== undefined && { advice }),
});

/** How long one command may take. */
const CALL_MS = 1_500;
/** All rungs together: whoever asks a doctor does not want to wait. */
const TOTAL_MS = 9_000;

/** The server, what is known of it so far, and how long there still is to look at it. */
export class Patient {
  /** Where it is: a Sentinel may tell another place than the URL. */
  address: RedisAddress;
  /** Connected, and not spoken on yet. */
  socket: Socket | undefined;
  wire: Wire | undefined;
  /** What HELLO told, where the user may say it. */
  hello: ReadonlyMap<string, string> = new Map();
  /** As whom it is logged in. */
  user = 'default';
  /** What the server says of a write; a ReplyError is why it takes none. Undefined when that could not be asked. */
  write: Value | undefined;
  readonly #end = performance.now() + TOTAL_MS;
  #info: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(
    address: RedisAddress,
    readonly access: ServerAccess,
    /** This run started it. */
    readonly ours: boolean,
  ) {
    this.address = address;
  }

  get place(): Place {
    return this.address.kind === 'unix' ? { path: this.address.path } : this.address;
  }

  get host(): string {
    return this.address.kind === 'unix' ? '' : this.address.host;
  }

  get tls(): boolean {
    return this.address.kind === 'tcp' && this.address.tls;
  }

  /** The time that is left, at most `milliseconds`. */
  limit(milliseconds: number): number {
    return Math.max(1, Math.min(milliseconds, this.#end - performance.now()));
  }

  get outOfTime(): boolean {
    return performance.now() >= this.#end;
  }

  call(command: Command): Promise<Value> {
    return this.connected.call(command, this.limit(CALL_MS));
  }

  pipeline(commands: readonly Command[]): Promise<readonly Value[]> {
    return this.connected.pipeline(commands, this.limit(CALL_MS));
  }

  /** Of INFO's default sections. Raises a ReplyError where the user may not run it. */
  info(): Promise<ReadonlyMap<string, string>> {
    this.#info ??= this.call(['INFO']).then((text) => parseInfo(String(text)));
    return this.#info;
  }

  /** One setting, or undefined where CONFIG is refused, as managed services do. */
  async config(name: string): Promise<string | undefined> {
    const reply = await refusable(this.call(['CONFIG', 'GET', name]));
    return Array.isArray(reply) && reply.length > 1 ? String(reply[1]) : undefined;
  }

  /** Another connection, logged in like the first. */
  async another(): Promise<Wire> {
    const socket = await openSocket(this.place, this.limit(CALL_MS));
    const wire = new Wire(this.tls ? await secure(socket, this.host, this.access.tls, this.limit(CALL_MS)) : socket);
    const login = this.login;
    try {
      if (login) await wire.call(login, this.limit(CALL_MS));
      return wire;
    } catch (error) {
      wire.close();
      throw error;
    }
  }

  get login(): Command | undefined {
    const { username, password } = this.address;
    return password === null ? undefined : ['AUTH', username ?? 'default', password];
  }

  private get connected(): Wire {
    if (!this.wire) throw new WireFailure('closed', 'there is no connection');
    return this.wire;
  }
}

/** Undefined for an error reply: the user may not, or the server cannot. */
export async function refusable<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ReplyError) return undefined;
    throw error;
  }
}

export function parseInfo(text: string): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/^([a-zA-Z0-9_]+):([^\r\n]*)/gm)) facts.set(name!, value!);
  return facts;
}
