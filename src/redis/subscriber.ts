import type { Connection, DeliveryListener, Subscriber } from '../contracts/redis.js';
import { OutcomeUnknown } from '../errors.js';
import { CATCH_UP_ATTEMPTS, CATCH_UP_MS, COMMANDS, confirm, KINDS, type Kind, listen, untilQuiet } from './feed.js';
import type { DialOptions, Link } from './link.js';
import { reach } from './reach.js';
import { Session } from './session.js';
import type { RedisAddress } from './url.js';

/** Raises a TargetError that names the address, the cause and what to check. `shared` knows the nodes of a cluster. */
export async function openSubscriber(
  address: RedisAddress,
  given: DialOptions,
  shared: Pick<Connection, 'nodes'>,
): Promise<Subscriber> {
  const options = { ...given, subscribes: true };
  const link = await reach(address, options);
  if (link.mode === 'cluster') {
    const { ClusterSubscriber } = await import('./cluster/subscriber.js');
    return new ClusterSubscriber(link, address, options, () => shared.nodes({ replicas: true }));
  }
  const subscriber = new RedisSubscriber();
  await subscriber.prepare(link);
  subscriber.session = Session.over(link, address, {
    ...options,
    prepare: (next) => subscriber.prepare(next),
    onLost: () => subscriber.lost(),
  });
  return subscriber;
}

class RedisSubscriber implements Subscriber {
  session!: Session;
  readonly #names: Readonly<Record<Kind, Set<string>>> = {
    channels: new Set(),
    patterns: new Set(),
    shardChannels: new Set(),
  };
  readonly #deliveryListeners: DeliveryListener[] = [];
  readonly #disconnectListeners: (() => void)[] = [];
  readonly #reconnectListeners: (() => void)[] = [];
  #paused = false;
  /** It reads again after a pause, and may find the connection closed behind what is still to be read. */
  #resumed = false;

  get id(): number {
    return this.session.id;
  }

  async subscribe(kind: Kind, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.session.exchange(COMMANDS[kind], undefined, (link) => confirm(link, kind, names));
    for (const name of names) this.#names[kind].add(name);
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

  /** While paused a break of the connection goes unseen, for nothing is read: it shows after `resume`. */
  pause(): void {
    this.#paused = true;
    this.session.link?.stream.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#resumed = true;
    this.session.link?.stream.resume();
  }

  async catchUp(): Promise<boolean> {
    if (this.#paused) return false;
    // A PING to a server that has closed the connection is answered by a reset, which destroys what is still on its way.
    if (this.#resumed && this.session.link) await untilQuiet(this.session.link);
    this.#resumed = false;
    for (let attempt = 1; attempt <= CATCH_UP_ATTEMPTS; attempt++) {
      const { link } = this.session;
      const read = link?.stream.bytesRead ?? 0;
      try {
        // Replies and deliveries share the connection: what was published before the PING has arrived with its reply.
        await this.session.exchange('PING', { timeoutMs: CATCH_UP_MS }, (link) => link.send(['PING']));
        return true;
      } catch (error) {
        const broke = error instanceof OutcomeUnknown && error.code === 'CONNECTION' && error.sent;
        if (!broke && (link?.stream.bytesRead ?? 0) === read) return false;
      }
    }
    return false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { link } = this.session;
    this.session.close();
    await link?.ended;
  }

  /** Subscribes a new link to everything that was confirmed before. */
  async prepare(link: Link): Promise<void> {
    listen(link, this.#deliveryListeners);
    await Promise.all(KINDS.map((kind) => confirm(link, kind, [...this.#names[kind]])));
    if (this.#paused) link.stream.pause();
    if (KINDS.some((kind) => this.#names[kind].size > 0)) for (const listener of this.#reconnectListeners) listener();
  }

  lost(): void {
    for (const listener of this.#disconnectListeners) listener();
  }
}
