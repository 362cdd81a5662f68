import type { Reply } from '../../contracts/redis.js';
import { hostAndPort } from '../url.js';

interface Shard {
  readonly first: number;
  readonly last: number;
  readonly primary: string;
  readonly replicas: readonly string[];
}

/** Who holds which slots. Nodes are named `host:port`, as they call themselves. */
export class Topology {
  #shards: readonly Shard[] = [];
  /** What MOVED said since. */
  readonly #moved = new Map<number, string>();
  isKnown = false;

  /**
   * From CLUSTER SLOTS; gives names by node ids. `host` is the node's that was asked, which may not know its own.
   */
  learnSlots(reply: Reply, host: string): ReadonlyMap<string, string> {
    const ranges = reply as readonly [number, number, ...NodeEntry[]][]; // the command's documented shape
    const nameOf = ([given, port]: NodeEntry): string => hostAndPort({ host: knownHost(given, host), port });
    this.#learn(
      ranges.map(([first, last, primary, ...replicas]) => {
        return { first, last, primary: nameOf(primary!), replicas: replicas.map(nameOf) };
      }),
    );
    return new Map(ranges.flatMap(([, , ...nodes]) => nodes.map((node) => [node[2], nameOf(node)] as const)));
  }

  /** From ROLE of a primary: it has all the keys. */
  learnRole(reply: Reply, primary: string): void {
    const [, , replicas] = reply as readonly [string, number, readonly (readonly [string, string])[]]; // the command's documented shape
    const names = (replicas ?? []).map(([host, port]) => hostAndPort({ host, port: Number(port) }));
    this.#learn([{ first: 0, last: Number.POSITIVE_INFINITY, primary, replicas: names }]);
  }

  #learn(shards: readonly Shard[]): void {
    this.#shards = shards;
    this.#moved.clear();
    this.isKnown = true;
  }

  move(slot: number, node: string): void {
    this.#moved.set(slot, node);
  }

  /** Undefined when no node serves the slot. */
  primaryOf(slot: number): string | undefined {
    return this.#moved.get(slot) ?? this.#shardOf(slot)?.primary;
  }

  /** It does not answer: until the next look there are only the others. */
  dropReplica(name: string): void {
    this.#shards = this.#shards.map((shard) => ({
      ...shard,
      replicas: shard.replicas.filter((replica) => replica !== name),
    }));
  }

  replicasOf(slot: number): readonly string[] {
    return this.#moved.has(slot) ? [] : (this.#shardOf(slot)?.replicas ?? []);
  }

  get primaries(): readonly string[] {
    return [...new Set([...this.#shards.map(({ primary }) => primary), ...this.#moved.values()])];
  }

  get nodes(): readonly string[] {
    return [...new Set([...this.primaries, ...this.#shards.flatMap(({ replicas }) => replicas)])];
  }

  #shardOf(slot: number): Shard | undefined {
    return this.#shards.find(({ first, last }) => first <= slot && slot <= last);
  }
}

/** Host or null, port, id, and more that is of no use here. */
type NodeEntry = readonly [string | null, number, string, ...Reply[]];

/** Where a redirect leads. */
export interface Redirect {
  readonly kind: 'MOVED' | 'ASK';
  readonly slot: number;
  readonly node: string;
}

/** `MOVED 3999 127.0.0.1:6381`; `from` is the host that said so, which stands for itself. */
export function parseRedirect(message: string, from: string): Redirect | undefined {
  // Serverless caches say `ERR MOVED …`.
  const [, kind, slot, host, port] = /^(?:ERR )?(MOVED|ASK) (\d+) (.*):(\d+)$/.exec(message) ?? [];
  if (kind !== 'MOVED' && kind !== 'ASK') return undefined;
  return { kind, slot: Number(slot), node: hostAndPort({ host: knownHost(host!, from), port: Number(port) }) };
}

/** Of a node's name. */
export const hostOf = (node: string): string => node.slice(0, node.lastIndexOf(':'));

const knownHost = (given: string | null, from: string): string =>
  given === null || given === '' || given === '?' ? from : given;
