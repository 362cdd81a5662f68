import type { Argument } from '../../contracts/redis.js';
import { TargetError } from '../../errors.js';
import { type DialOptions, dial, type Link } from '../link.js';
import { reach } from '../reach.js';
import { displayAddress, hostAndPort, nodeAddress, type RedisAddress } from '../url.js';

/** A node as a command's destination. */
export interface Place {
  readonly node: string;
  /** It is asked as a replica. */
  readonly readOnly: boolean;
}

/** One connection's links to nodes, made when they are needed. The home node is reached as the user said. */
export class NodeLinks {
  readonly #links = new Map<string, Link>();
  readonly #dialing = new Map<string, Promise<Link>>();
  readonly #databases = new WeakMap<Link, number>();
  #seed: string;
  #isClosed = false;

  constructor(
    private readonly address: RedisAddress,
    private readonly options: DialOptions,
    private readonly onLost: (node: string) => void,
    private readonly isCluster: boolean,
  ) {
    this.#seed = address.kind === 'tcp' ? hostAndPort(address) : displayAddress(address);
    this.db = address.db;
  }

  /** The database that commands are sent in. */
  db: number;

  /** What the node that the user named is called. */
  get seed(): string {
    return this.#seed;
  }

  /** The node that the user named has told its name. */
  renameSeed(name: string): void {
    const link = this.#links.get(this.#seed);
    if (link && name !== this.#seed) {
      this.#links.delete(this.#seed);
      this.#links.set(name, link);
    }
    this.#seed = name;
  }

  adopt(place: Place, link: Link): void {
    const key = keyOf(place);
    this.#links.set(key, link);
    this.#databases.set(link, this.db);
    void link.ended.then(() => {
      const [name] = [...this.#links].find(([, known]) => known === link) ?? [];
      if (name === undefined) return;
      this.#links.delete(name);
      if (!this.#isClosed) this.onLost(name.replace(READ_ONLY, ''));
    });
  }

  usable(place: Place): Link | undefined {
    const link = this.#links.get(keyOf(place));
    return link?.usable ? link : undefined;
  }

  /** Nodes that answer without further ado. */
  get connected(): readonly string[] {
    return [...this.#links].filter(([key, link]) => link.usable && !READ_ONLY.test(key)).map(([key]) => key);
  }

  /** Raises a TargetError. */
  async dial(place: Place): Promise<Link> {
    const known = this.usable(place);
    if (known) return known;
    const key = keyOf(place);
    const dialing = this.#dialing.get(key) ?? this.#dial(place).finally(() => this.#dialing.delete(key));
    this.#dialing.set(key, dialing);
    return await dialing;
  }

  /** One more link, for whoever asks alone. Raises a TargetError. */
  async dialAnother({ node, readOnly }: Place): Promise<Link> {
    const options = { ...this.options, readOnly: readOnly && this.isCluster };
    return await (node === this.#seed ? this.#dialSeed(options) : this.#dialNode(node, options));
  }

  async #dial(place: Place): Promise<Link> {
    const link = await this.dialAnother(place);
    if (this.#isClosed) link.close();
    else this.adopt(place, link);
    return link;
  }

  #dialSeed(options: DialOptions): Promise<Link> {
    return reach({ ...this.address, db: this.db }, options);
  }

  async #dialNode(name: string, options: DialOptions): Promise<Link> {
    try {
      return await dial({ ...nodeAddress(this.address, name), db: this.db }, options);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      const whole = this.isCluster ? 'the cluster' : 'the primary';
      throw new TargetError(`${error.message} (${whole} at ${displayAddress(this.address)} names this node)`, {
        ...error.details,
        next: `${error.details.next}; where a node's own address leads nowhere from here, map it: nodeAddresses: { "${name}": "host:port" }`,
      });
    }
  }

  /** What must go before the next command, so that it finds its database. */
  selection(link: Link): readonly (readonly Argument[])[] {
    if (this.#databases.get(link) === this.db) return [];
    this.#databases.set(link, this.db);
    return [['SELECT', this.db]];
  }

  selected(link: Link, db: number): void {
    this.db = db;
    this.#databases.set(link, db);
  }

  get ended(): Promise<unknown> {
    return Promise.all([...this.#links.values()].map((link) => link.ended));
  }

  close(): void {
    this.#isClosed = true;
    for (const link of this.#links.values()) link.close();
  }
}

const READ_ONLY = / read-only$/;
const keyOf = ({ node, readOnly }: Place): string => (readOnly ? `${node} read-only` : node);
