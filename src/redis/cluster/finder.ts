import type { Argument, Reply } from '../../contracts/redis.js';
import { formatDuration } from '../../format/quantity.js';
import type { Link } from '../link.js';
import { toReply } from '../reply.js';
import type { NodeLinks, Place } from './links.js';
import type { Topology } from './topology.js';

/** A node that hangs must not keep the others from telling. */
const ANSWER_MS = 2_000;

/** Keeps a topology up to date, by asking whoever answers. */
export class Finder {
  #running: Promise<void> | undefined;
  /** Why nobody could be asked, the last time. */
  failure: unknown;

  constructor(
    private readonly topology: Topology,
    private readonly links: NodeLinks,
    private readonly isCluster: boolean,
    /** The node that the user named calls itself so. */
    private readonly onSeedName: (name: string) => void,
  ) {}

  /** Never raises: where nobody answers, what was known stays. All who want it at the same time share one. */
  refresh(first?: string): Promise<void> {
    this.#running ??= this.#ask(first).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #ask(first: string | undefined): Promise<void> {
    const { seed, connected } = this.links;
    // The primary alone knows its replicas.
    const nodes = this.isCluster
      ? [...(first === undefined ? [] : [first]), ...connected, seed, ...this.topology.nodes]
      : [seed];
    for (const node of new Set(nodes)) {
      try {
        const place: Place = { node, readOnly: false };
        const link = this.links.usable(place) ?? (await this.links.dial(place));
        return await (this.isCluster ? this.#askCluster(link, node) : this.#askPrimary(link));
      } catch (error) {
        this.failure = error;
      }
    }
  }

  async #askCluster(link: Link, node: string): Promise<void> {
    const [slots, id] = await Promise.all([
      ask(link, ['CLUSTER', 'SLOTS']),
      // A user who may not ask this has a second link to the node, no more.
      node === this.links.seed ? ask(link, ['CLUSTER', 'MYID']).catch(() => null) : null,
    ]);
    const names = this.topology.learnSlots(slots, node.slice(0, node.lastIndexOf(':')));
    const name = names.get(String(id));
    if (name !== undefined && name !== this.links.seed) this.onSeedName(name);
  }

  async #askPrimary(link: Link): Promise<void> {
    this.topology.learnRole(await ask(link, ['ROLE']), this.links.seed);
  }
}

async function ask(link: Link, command: readonly Argument[]): Promise<Reply> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    const late = () => reject(new Error(`no reply to ${command.join(' ')} within ${formatDuration(ANSWER_MS)}`));
    timer = setTimeout(late, ANSWER_MS);
  });
  try {
    return toReply(await Promise.race([link.send(command), expired]));
  } finally {
    clearTimeout(timer);
  }
}
