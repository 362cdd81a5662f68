/**
 * What the server knew of a case that did not pass, captured before its keys are removed. Bounded and redacted; what the
 * server refuses is left out and named. Names are without the namespace.
 */
export interface Forensics {
  readonly keys: readonly KeyState[];
  /** How many more keys there were; null where nobody counted to the end. */
  readonly moreKeys: number | null;
  /** CLIENT LIST, of the case's own connections: fields by their names. */
  readonly clients: readonly Readonly<Record<string, string>>[];
  /** SLOWLOG entries since the case began, the slowest first. */
  readonly slow: readonly { readonly command: string; readonly ms: number; readonly agoMs: number }[];
  /** Fields of INFO that say how the server is, and by how much counters grew while the case ran. */
  readonly server: readonly ServerState[];
  /** Commands that were refused, or not answered in time: `SLOWLOG`. */
  readonly refused: readonly string[];
}

export interface KeyState {
  readonly key: string;
  /** `string`, `list`, `stream`, … as TYPE says. */
  readonly type: string;
  /** Entries, or bytes of a string. */
  readonly length: number;
  /** Null where it never expires. */
  readonly ttlMs: number | null;
  readonly bytes: number | null;
  /** The first and the last entries as typed replies, cut where they are long. */
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
  readonly node: string;
  /** `used_memory`, `maxmemory_policy`, `connected_clients` … at the end. */
  readonly now: Readonly<Record<string, string | number>>;
  /** `evicted_keys`, `expired_keys`, `rejected_connections` … since the case began. */
  readonly grew: Readonly<Record<string, number>>;
}
