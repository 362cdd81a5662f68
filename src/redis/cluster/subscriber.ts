import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveryListener, Node, Subscriber } from '../../contracts/redis.js';
import { OutcomeUnknown } from '../../errors.js';
import { now } from '../../format/now.js';
import { exchange, type Wait } from '../exchange.js';
import { CATCH_UP_ATTEMPTS, CATCH_UP_MS, COMMANDS, confirm, type Kind, listen, untilQuiet } from '../feed.js';
import type { DialOptions, Link } from '../link.js';
import { isErrorReply, toReplyError } from '../reply.js';
import { nextConnectionId } from '../session.js';
import { displayAddress, type RedisAddress } from '../url.js';
import { AT_ONCE, pause } from './courier.js';
import { Finder } from './finder.js';
import { NodeLinks } from './links.js';
import { Marks } from './marks.js';
import { hostOf, parseRedirect, Topology } from './topology.js';
import { answersPing, groupWants, NODE_EVENTS, plainFeed, type Want, wantsOf } from './wants.js';

/** What one link is subscribed to. */
interface Feed {
  readonly link: Link;
  readonly names: Set<string>;
}

/** Subscribed to the nodes of a cluster that have something to tell; where one is lost, to those that took over. */
export class ClusterSubscriber implements Subscriber {
  readonly id = nextConnectionId();
  readonly #topology = new Topology();
  /** Of the home node alone, which tells of ordinary channels, and of who holds which slots. */
  readonly #links: NodeLinks;
  readonly #finder: Finder;
  readonly #wanted: Readonly<Record<Kind, Set<string>>> = {
    channels: new Set(),
    patterns: new Set(),
    shardChannels: new Set(),
  };
  readonly #feeds = new Map<string, Feed>();
  readonly #deliveryListeners: DeliveryListener[] = [];
  readonly #marks = new Marks();
  readonly #disconnectListeners: (() => void)[] = [];
  readonly #reconnectListeners: (() => void)[] = [];
  #home: string;
  #settling: Promise<void> = Promise.resolve();
  #healing: Promise<void> | undefined;
  #isPaused = false;
  /** It reads again after a pause, and may find connections closed behind what is still to be read. */
  #hasResumed = false;
  #isClosed = false;
  /** All that is wanted is subscribed, as far as is known. */
  #isWhole = true;

  constructor(
    link: Link,
    private readonly address: RedisAddress,
    options: DialOptions,
    /** All that may be given messages to publish. */
    private readonly nodes: () => Promise<readonly Node[]>,
  ) {
    this.#links = new NodeLinks(address, options, () => {}, true);
    this.#links.adopt({ node: this.#links.seed, readOnly: false }, link);
    this.#home = this.#links.seed;
    this.#finder = new Finder(this.#topology, this.#links, true, (name) => {
      const wasHome = this.#home === this.#links.seed;
      this.#links.renameSeed(name);
      if (!wasHome) return;
      const feed = this.#feeds.get(plainFeed(this.#home));
      this.#feeds.delete(plainFeed(this.#home));
      if (feed) this.#feeds.set(plainFeed(name), feed);
      this.#home = name;
    });
  }

  async subscribe(kind: Kind, names: readonly string[]): Promise<void> {
    const added = names.filter((name) => !this.#wanted[kind].has(name));
    if (added.length === 0) return;
    if (this.#isClosed) throw this.#notSent(COMMANDS[kind]);
    for (const name of added) this.#wanted[kind].add(name);
    try {
      await exchange(
        COMMANDS[kind],
        undefined,
        () => this.#notSent(COMMANDS[kind]),
        (wait) => this.#settleBy(wait),
      );
    } catch (error) {
      for (const name of added) this.#wanted[kind].delete(name);
      throw error;
    }
  }

  onDelivery(listener: DeliveryListener): void {
    this.#deliveryListeners.push(listener);
  }

  onDisconnect(listener: () => void): void {
    this.#disconnectListeners.push(listener);
  }

  onReconnect(listener: () => void): void {
    this.#reconnectListeners.push(listener);
  }

  pause(): void {
    this.#isPaused = true;
    for (const { link } of this.#feeds.values()) link.stream.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#hasResumed = true;
    for (const { link } of this.#feeds.values()) link.stream.resume();
  }

  async catchUp(): Promise<boolean> {
    if (this.#isPaused) return false;
    if (this.#hasResumed) await Promise.all([...this.#feeds.values()].map(({ link }) => untilQuiet(link)));
    this.#hasResumed = false;
    // A node that hangs may have been replaced by the second attempt.
    const latest = now() + 2 * CATCH_UP_MS;
    for (let attempt = 1; attempt <= CATCH_UP_ATTEMPTS && now() < latest; attempt++) {
      await Promise.race([this.#healing, delay(CATCH_UP_MS, undefined, { ref: false })]);
      if (this.#healing) continue;
      const answers = await Promise.all([
        ...[...this.#feeds.values()].map(({ link }) => answersPing(link)),
        this.#hasCrossedBus(),
      ]);
      if (answers.every((answered) => answered) && !this.#healing) return true;
    }
    return false;
  }

  /** Whether all that other nodes were given for the channels of the home node has come. */
  async #hasCrossedBus(): Promise<boolean> {
    const { channels, patterns } = this.#wanted;
    if (![...channels, ...patterns].some((name) => !NODE_EVENTS.test(name))) return true;
    try {
      await this.subscribe('channels', [this.#marks.channel]);
      const feed = this.#feeds.get(plainFeed(this.#home));
      return feed !== undefined && (await this.#marks.arriveFrom(await this.nodes(), feed.link));
    } catch {
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const ended = [...this.#feeds.values()].map(({ link }) => link.ended);
    for (const { link } of this.#feeds.values()) link.close();
    const { ended: home } = this.#links;
    this.#links.close();
    await Promise.all([...ended, home]);
  }

  /** Until the nodes have confirmed all that is wanted. Raises what one of them refuses. */
  async #settleBy(wait: Wait): Promise<void> {
    for (let attempt = AT_ONCE; !wait.isOver; attempt++) {
      try {
        return await this.#settle();
      } catch (error) {
        if (!this.#understand(error)) throw isErrorReply(error) ? toReplyError(error) : error;
      }
      await pause(attempt, true);
      if (!this.#topology.isKnown) await this.#finder.refresh();
    }
  }

  /** Learns from what kept it from subscribing. False for what another attempt would not change. */
  #understand(error: unknown): boolean {
    this.#isWhole = false;
    this.#finder.failure = error;
    if (!isErrorReply(error)) return true;
    const redirect = parseRedirect(error.message, hostOf(this.#home));
    if (redirect) this.#topology.move(redirect.slot, redirect.node);
    return redirect !== undefined || /^(?:TRYAGAIN|CLUSTERDOWN|LOADING) /.test(error.message);
  }

  #settle(): Promise<void> {
    const run = () => this.#subscribeAll();
    this.#settling = this.#settling.then(run, run);
    return this.#settling;
  }

  async #subscribeAll(): Promise<void> {
    const perNode = [...this.#wanted.channels, ...this.#wanted.patterns].some((name) => NODE_EVENTS.test(name));
    if ((perNode || this.#wanted.shardChannels.size > 0) && !this.#topology.isKnown) {
      await this.#finder.refresh();
      if (!this.#topology.isKnown) throw this.#finder.failure;
    }
    const byFeed = groupWants(wantsOf(this.#wanted, this.#topology, this.#home));
    await Promise.all([...byFeed].map(([key, wants]) => this.#subscribeFeed(key, wants)));
    for (const [key, { link }] of this.#feeds) {
      if (byFeed.has(key) || key === plainFeed(this.#home)) continue;
      this.#feeds.delete(key);
      link.close();
    }
  }

  async #subscribeFeed(key: string, wants: readonly Want[]): Promise<void> {
    const { node } = wants[0]!;
    const feed = this.#feeds.get(key) ?? (await this.#open(key, node));
    const missing = wants.filter(({ kind, name }) => !feed.names.has(`${kind} ${name}`));
    for (const kind of ['channels', 'patterns', 'shardChannels'] as const) {
      const names = missing.filter((want) => want.kind === kind).map(({ name }) => name);
      await confirm(feed.link, kind, names);
      for (const name of names) feed.names.add(`${kind} ${name}`);
    }
  }

  async #open(key: string, node: string): Promise<Feed> {
    const isPlain = key === plainFeed(this.#home);
    const link = await (isPlain ? this.#dialHome() : this.#links.dialAnother({ node, readOnly: false }));
    const feed: Feed = { link, names: new Set() };
    listen(link, [this.#marks.without(this.#deliveryListeners)]);
    link.onMoved(() => {
      feed.names.clear();
      this.#lost();
    });
    void link.ended.then(() => {
      const [known] = [...this.#feeds].find(([, { link: other }]) => other === link) ?? [];
      if (known === undefined) return;
      this.#feeds.delete(known);
      this.#lost();
    });
    if (this.#isClosed) link.close();
    if (this.#isPaused) link.stream.pause();
    this.#feeds.set(key, feed);
    return feed;
  }

  async #dialHome(): Promise<Link> {
    try {
      return await this.#links.dial({ node: this.#home, readOnly: false });
    } catch (error) {
      const { nodes } = this.#topology;
      this.#home = nodes[(nodes.indexOf(this.#home) + 1) % nodes.length] ?? this.#home;
      throw error;
    }
  }

  #lost(): void {
    this.#isWhole = false;
    if (this.#isClosed || this.#healing) return;
    for (const listener of this.#disconnectListeners) listener();
    this.#healing = this.#heal();
  }

  async #heal(): Promise<void> {
    for (let attempt = AT_ONCE; !this.#isWhole && !this.#isClosed; attempt++) {
      await pause(attempt, true);
      await this.#finder.refresh();
      this.#isWhole = true;
      await this.#settle().catch((error: unknown) => this.#understand(error));
    }
    this.#healing = undefined;
    if (!this.#isClosed) for (const listener of this.#reconnectListeners) listener();
  }

  #notSent(what: string): OutcomeUnknown {
    const { failure } = this.#finder;
    const at = displayAddress(this.address);
    const why = failure instanceof Error ? failure.message : `the connection to ${at} is closed`;
    return new OutcomeUnknown('CONNECTION', `${what} was not sent: ${why}`, false, { cause: failure });
  }
}
