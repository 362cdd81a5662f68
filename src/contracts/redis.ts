/** What units see of a server: typed replies, connections and the case's namespace on names. */

/** An argument as it goes to the server. */
export type Argument = string | number | Uint8Array;

/**
 * A reply in RESP3's shapes. An integer beyond 2^53 is a bigint; bytes that aren't UTF-8 are `{ base64 }`;
 * an error inside a pipeline, transaction or script is `{ error: { code, message } }`.
 */
export type Reply = null | boolean | number | bigint | string | readonly Reply[] | { readonly [key: string]: Reply };

export interface CallOptions {
  /** How long the reply may take; a later one counts as unknown and raises `TIMEOUT`. Default 10 s. */
  readonly timeoutMs?: number;
  /** How long it may wait for a connection, where that is less. */
  readonly reachMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Breaks the connection when the signal ends the wait for a reply; the next call has a new one. Otherwise the server
   * goes on with the command: a blocking pop would take what comes later, and hold up what is sent after it.
   */
  readonly breakOnAbort?: boolean;
  /** Asks the primary even where reads go to replicas, which lag behind. */
  readonly readFrom?: 'primary';
}

export interface NodesOptions extends CallOptions {
  /** Replicas too. Default false. */
  readonly replicas?: boolean;
}

/** One server that holds keys. Its commands go there, whatever their keys; redirects are errors like others. */
export interface Node extends Pick<Connection, 'call' | 'pipeline'> {
  /** `127.0.0.1:7001`, where there are several. */
  readonly name?: string;
}

/**
 * One connection. Names in arguments are final: map them by the namespace first.
 * A command that was in flight when the connection broke is never sent again: it raises `CONNECTION`.
 */
export interface Connection extends AsyncDisposable {
  /** Unique within the run. */
  readonly id: number;
  /** Raises a ReplyError for an error reply. */
  call(command: readonly Argument[], options?: CallOptions): Promise<Reply>;
  /** Sends all at once; an error reply is a value at its place. */
  pipeline(commands: readonly (readonly Argument[])[], options?: CallOptions): Promise<readonly Reply[]>;
  /** MULTI … EXEC; null when a WATCH stopped it. Raises a ReplyError when EXEC is refused. */
  transaction(commands: readonly (readonly Argument[])[], options?: CallOptions): Promise<readonly Reply[] | null>;
  /** Runs a script, by EVALSHA when it runs often. */
  script(lua: string, keys: readonly string[], args: readonly Argument[], options?: CallOptions): Promise<Reply>;
  /** What to ask for that each primary knows of itself alone (SCAN, INFO): in a cluster all of them, else the server. */
  nodes(options?: NodesOptions): Promise<readonly Node[]>;
  /** Breaks the connection at once, as a dying client would. */
  destroy(): void;
}

/** Where messages come from; a connection has one object for all that come from a channel by a subscription. */
export interface MessageSource {
  readonly channel: string;
  /** The pattern that matched, for a pattern subscription. */
  readonly pattern: string | null;
}

/**
 * The payload is `bytes[start, end)`, and valid during the call alone. `isFirst`: of those that arrived together, so that
 * the clock need not be asked for each.
 */
export type DeliveryListener = (
  source: MessageSource,
  bytes: Buffer,
  start: number,
  end: number,
  isFirst: boolean,
) => void;

/** One subscribed connection. */
export interface Subscriber extends AsyncDisposable {
  readonly id: number;
  /** Resolves when the server has confirmed each subscription. */
  subscribe(kind: 'channels' | 'patterns' | 'shardChannels', names: readonly string[]): Promise<void>;
  onDelivery(listener: DeliveryListener): void;
  /** The connection broke; it reconnects and subscribes again by itself. */
  onDisconnect(listener: () => void): void;
  /** It is connected again, and the server has confirmed every subscription. */
  onReconnect(listener: () => void): void;
  /**
   * Waits until all that the server had for it before this call has been delivered, on a new connection if it breaks
   * meanwhile. False when that is not certain: it is paused, or the server does not answer.
   */
  catchUp(): Promise<boolean>;
  /** Stops reading from the socket, so that the server's buffer fills. */
  pause(): void;
  resume(): void;
}

export interface Connections {
  /** The shared connection for built-in actions that don't block: many cases at once, so no state on it. */
  shared(): Promise<Connection>;
  /** The case's own connection of that name, opened once; raw commands without a name share one. */
  named(name?: string): Promise<Connection>;
  /** A connection for one user alone (blocking commands, a worker); whoever opens it disposes it. */
  dedicated(name: string): Promise<Connection>;
  /** The same for thousands of commands a second, of which each takes a fraction of the time that it takes there. */
  busy(name: string): Promise<Connection>;
  subscriber(name: string): Promise<Subscriber>;
}

/** Maps names between a scenario and the server. */
export interface Namespace {
  /** `''` for `keys: literal`. */
  readonly prefix: string;
  key(name: string): string;
  channel(name: string): string;
  /** A key of our own beside a key of the case (as it is on the server): in its slot, and removed with the case. */
  beside(key: string, part: string): string;
  /** Namespaced by key positions, channels and patterns of the command table. Raises on a command that is refused here. */
  command(args: readonly Argument[]): Argument[];
  /** Takes the namespace off everything in a reply. */
  reply<T>(reply: T): T;
}
