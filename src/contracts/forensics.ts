/**
 * What the server knew of a case that did not pass, captured before its keys are removed. Bounded and redacted; what the
 * server refuses is left out and named. Names are without the namespace.
 */
export interface Forensics {
  readonly keys: readonly KeyState[];
  /** How many more keys there were; null where nobody counted to the end. */
  readonly moreKeys: number | null;
  /** CLIENT LIST, of the case's own connections: fields by their names; `name` is the one within the case. */
  readonly clients: readonly Readonly<Record<string, string>>[];
  /**
   * SLOWLOG entries since the case began, the slowest first. Of what others sent to a server that was not started for the
   * run, the command's name alone.
   */
  readonly slow: readonly { readonly command: string; readonly ms: number; readonly agoMs: number }[];
  /** Fields of INFO that say how the server is, and by how much counters grew while the run went on. */
  readonly server: readonly ServerState[];
  /** Commands that were refused, or not answered in time: `SLOWLOG`. */
  readonly refused: readonly string[];
}

export interface KeyState {
  readonly key: string;
  /** `string`, `list`, `stream`, … as TYPE says. */
  readonly type: string;
  /** Entries, or bytes of a string; null where the server does not tell, as of a module's types. */
  readonly length: number | null;
  /** Null where it never expires. */
  readonly ttlMs: number | null;
  readonly bytes: number | null;
  /**
   * The first and the last entries as typed replies, cut where they are long; `last` are those that are not among the
   * first. Of a hash and a sorted set each is a pair; sets, hashes and strings have no last.
   */
  readonly first: readonly unknown[];
  readonly last: readonly unknown[];
  /** Of a stream. */
  readonly groups?: readonly {
    readonly name: string;
    readonly lag: number | null;
    readonly lastDelivered: string;
    readonly pending: number;
    readonly consumers: readonly { readonly name: string; readonly pending: number; readonly idleMs: number }[];
    /** XPENDING, those that are idle longest. */
    readonly oldest: readonly {
      readonly id: string;
      readonly consumer: string;
      readonly idleMs: number;
      readonly deliveries: number;
    }[];
  }[];
}

export interface ServerState {
  /** `127.0.0.1:7001` */
  readonly node: string;
  /** `used_memory`, `maxmemory_policy`, `connected_clients` … at the end. */
  readonly now: Readonly<Record<string, string | number>>;
  /**
   * `evicted_keys`, `rejected_connections`, `used_memory` … since the run began on this server, which may be the case's
   * own: to ask before each case would slow down all that pass. What did not change is left out.
   */
  readonly grew: Readonly<Record<string, number>>;
}
