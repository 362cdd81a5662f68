import { setTimeout as delay } from 'node:timers/promises';
import { SLOTS } from '../../redis/cluster/slot.js';
import { hostOf, parseRedirect, Topology } from '../../redis/cluster/topology.js';
import { dial, type Link } from '../../redis/link.js';
import { reach } from '../../redis/reach.js';
import { displayAddress, hostAndPort, nodeAddress, type RedisAddress } from '../../redis/url.js';

/** A cluster that is changing is not asked more often. */
const REFRESH_PAUSE_MS = 100;

/**
 * The nodes that operations go to, by numbers: of a cluster its primaries, else the one server. What is asked here goes
 * over connections of their own, by ioredis, so that nothing of it is among the operations.
 */
export class Nodes {
  readonly names: string[] = [];
  /** The numbers of those that hold slots now. */
  primaries: readonly number[] = [0];
  readonly #owners = new Uint16Array(SLOTS);
  #refreshing: Promise<void> | undefined;

  private constructor(
    private readonly address: RedisAddress,
    private readonly name: string,
    readonly isCluster: boolean,
  ) {}

  /** Raises a TargetError. */
  static async find(address: RedisAddress, name: string): Promise<Nodes> {
    const link = await reach(address, { name });
    try {
      const isCluster = link.mode === 'cluster';
      const nodes = new Nodes(address, name, isCluster);
      if (isCluster && address.kind === 'tcp') await nodes.#learn(link, hostAndPort(address));
      else nodes.names.push(displayAddress(address));
      return nodes;
    } finally {
      link.close();
    }
  }

  /** Of a node, as it is now: behind Sentinels the primary changes, and a password may be made anew. Raises a TargetError. */
  async addressOf(node: number): Promise<RedisAddress> {
    const address = await this.#placeOf(node);
    const password = await address.access?.password?.();
    return password === undefined ? address : { ...address, password };
  }

  async #placeOf(node: number): Promise<RedisAddress> {
    if (this.isCluster) return nodeAddress(this.address, this.names[node]!);
    if (!this.address.access?.sentinel) return this.address;
    const link = await reach(this.address, { name: this.name });
    link.close();
    return link.address;
  }

  ownerOf(slot: number): number {
    return this.#owners[slot]!;
  }

  /** Gives the number of a node by its name, which may be new. */
  numberOf(name: string): number {
    const known = this.names.indexOf(name);
    return known >= 0 ? known : this.names.push(name) - 1;
  }

  /** The node that a redirect of this one names; undefined for any other error. */
  follow(message: string, node: number): { readonly node: number; readonly isAsking: boolean } | undefined {
    const redirect = parseRedirect(message, hostOf(this.names[node]!));
    if (!redirect) return undefined;
    const other = this.numberOf(redirect.node);
    if (redirect.kind === 'MOVED') {
      this.#owners[redirect.slot] = other;
      void this.refresh(other);
    }
    return { node: other, isAsking: redirect.kind === 'ASK' };
  }

  /** Asks the nodes, this one first, until one tells; never raises. All who want it at the same time share one. */
  refresh(first = 0): Promise<void> {
    this.#refreshing ??= this.#ask(first).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #ask(first: number): Promise<void> {
    for (const name of [this.names[first]!, ...this.names]) {
      try {
        const link = await dial(nodeAddress(this.address, name), { name: this.name });
        try {
          await this.#learn(link, name);
          break;
        } finally {
          link.close();
        }
      } catch {
        // The next may know.
      }
    }
    await delay(REFRESH_PAUSE_MS, undefined, { ref: false });
  }

  async #learn(link: Link, asked: string): Promise<void> {
    const topology = new Topology();
    topology.learnSlots(await link.send(['CLUSTER', 'SLOTS']), hostOf(asked));
    for (let slot = 0; slot < SLOTS; slot++) {
      const owner = topology.primaryOf(slot);
      if (owner !== undefined) this.#owners[slot] = this.numberOf(owner);
    }
    this.primaries = topology.primaries.map((name) => this.numberOf(name));
  }
}
