import type { Argument, Reply } from '../../contracts/redis.js';
import { now } from '../../format/now.js';
import { formatDuration } from '../../format/quantity.js';
import type { Link } from '../link.js';
import { isErrorReply } from '../reply.js';
import type { NodeLinks } from './links.js';
import { hostOf, type Topology } from './topology.js';

/** A node that hangs must not keep the others from telling. */
const ANSWER_MS = 2_000;
const PATIENCE_MS = 500;
/** Nodes that are asked at the same time; the first to answer is believed. */
const AT_ONCE = 3;

/** Keeps a topology up to date, by asking whoever answers. */
export class Finder {
  #running: Promise<void> | undefined;
  #askedAt = 0;
  /** Why nobody could be asked, the last time. */
  failure: unknown;

  constructor(
    private readonly topology: Topology,
    private readonly links: NodeLinks,
    private readonly isCluster: boolean,
    /** The node that the user named calls itself so. */
    private readonly onSeedName: (name: string) => void,
  ) {}

  /** Nothing is known, and the user may not ask: another attempt would not change that. */
  get refusal(): Error | undefined {
    const { failure, topology } = this;
    const isForbidden = isErrorReply(failure) && failure.message.startsWith('NOPERM ');
    return isForbidden && !topology.isKnown ? failure : undefined;
  }

  /** A replica is listed only once it has followed for a moment: one that is missing is looked for now and then. */
  lookForReplicas(): void {
    if (now() - this.#askedAt > PATIENCE_MS) void this.refresh();
  }

  /** Never raises: where nobody answers, what was known stays. All who want it at the same time share one. */
  refresh(first?: string): Promise<void> {
    this.#askedAt = now();
    this.#running ??= this.#ask(first).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #ask(first: string | undefined): Promise<void> {
    const { seed } = this.links;
    // Before anything else was sent, the link that is there does.
    const home = this.topology.isKnown ? undefined : this.links.usable({ node: seed, readOnly: false });
    // The primary alone knows its replicas.
    const known = this.isCluster ? new Set([...this.links.connected, seed, ...this.topology.nodes]) : new Set([seed]);
    const others = [...known].filter((node) => node !== first);
    const groups = first === undefined ? [] : [[first]];
    while (others.length > 0) groups.push(others.splice(0, AT_ONCE));
    for (const nodes of groups) {
      try {
        const learn = await Promise.any(nodes.map((node) => this.#askNode(node, node === seed ? home : undefined)));
        return learn();
      } catch (error) {
        this.failure = error instanceof AggregateError ? error.errors[0] : error;
      }
    }
  }

  /** On a link of its own: another may be in MULTI, or blocked. */
  async #askNode(node: string, given: Link | undefined): Promise<() => void> {
    const link = given ?? (await this.links.dialAnother({ node, readOnly: false }));
    try {
      return await (this.isCluster ? this.#askCluster(link, node) : this.#askPrimary(link));
    } finally {
      if (link !== given) link.close();
    }
  }

  async #askCluster(link: Link, node: string): Promise<() => void> {
    const [slots, id] = await Promise.all([
      ask(link, ['CLUSTER', 'SLOTS']),
      // A user who may not ask this has a second link to the node, no more.
      node === this.links.seed ? ask(link, ['CLUSTER', 'MYID']).catch(() => null) : null,
    ]);
    return () => {
      const names = this.topology.learnSlots(slots, hostOf(node));
      const name = names.get(String(id));
      if (name !== undefined && name !== this.links.seed) this.onSeedName(name);
    };
  }

  async #askPrimary(link: Link): Promise<() => void> {
    const role = await ask(link, ['ROLE']);
    return () => this.topology.learnRole(role, this.links.seed);
  }
}

async function ask(link: Link, command: readonly Argument[]): Promise<Reply> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    const late = () => reject(new Error(`no reply to ${command.join(' ')} within ${formatDuration(ANSWER_MS)}`));
    timer = setTimeout(late, ANSWER_MS);
  });
  try {
    return await Promise.race([link.send(command), expired]);
  } finally {
    clearTimeout(timer);
  }
}
