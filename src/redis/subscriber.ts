import type { Delivery, Subscriber } from '../contracts/redis.js';
import type { DialOptions, Link } from './link.js';
import { Session } from './session.js';
import type { RedisAddress } from './url.js';

type Kind = Parameters<Subscriber['subscribe']>[0];

const COMMANDS: Readonly<Record<Kind, string>> = {
  channels: 'SUBSCRIBE',
  patterns: 'PSUBSCRIBE',
  shardChannels: 'SSUBSCRIBE',
};

/** A server that answers no PING in this time delivers nothing either. */
const CATCH_UP_MS = 2_000;

/** Raises a TargetError that names the address, the cause and what to check. */
export async function openSubscriber(address: RedisAddress, options: DialOptions): Promise<Subscriber> {
  const subscriber = new RedisSubscriber();
  subscriber.session = await Session.open(address, {
    ...options,
    prepare: (link) => subscriber.prepare(link),
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
  readonly #deliveryListeners: ((delivery: Delivery) => void)[] = [];
  readonly #disconnectListeners: (() => void)[] = [];
  #paused = false;

  get id(): number {
    return this.session.id;
  }

  async subscribe(kind: Kind, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.session.exchange(COMMANDS[kind], undefined, (link) => confirm(link, kind, names));
    for (const name of names) this.#names[kind].add(name);
  }

  onDelivery(listener: (delivery: Delivery) => void): void {
    this.#deliveryListeners.push(listener);
  }

  onDisconnect(listener: () => void): void {
    this.#disconnectListeners.push(listener);
  }

  /** While paused a break of the connection goes unseen, for nothing is read: it shows after `resume`. */
  pause(): void {
    this.#paused = true;
    this.session.link?.redis.stream.pause();
  }

  resume(): void {
    this.#paused = false;
    this.session.link?.redis.stream.resume();
  }

  async catchUp(): Promise<void> {
    if (this.#paused || !this.session.link) return;
    // Replies and deliveries share the connection, so what was published before the PING has arrived with its reply.
    const reached = this.session.exchange('PING', { timeoutMs: CATCH_UP_MS }, (link) => link.send(['PING']));
    await reached.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { link } = this.session;
    this.session.close();
    await link?.ended;
  }

  /** Subscribes a new link to everything that was confirmed before. */
  async prepare(link: Link): Promise<void> {
    const { redis } = link;
    redis.on('messageBuffer', (channel: Buffer, payload: Buffer) => this.#deliver(channel, null, payload));
    redis.on('smessageBuffer', (channel: Buffer, payload: Buffer) => this.#deliver(channel, null, payload));
    redis.on('pmessageBuffer', (pattern: string, channel: Buffer, payload: Buffer) =>
      this.#deliver(channel, pattern, payload),
    );
    const kinds = Object.keys(COMMANDS) as Kind[]; // keys of a Record<Kind, …>
    await Promise.all(kinds.map((kind) => confirm(link, kind, [...this.#names[kind]])));
    if (this.#paused) redis.stream.pause();
  }

  lost(): void {
    for (const listener of this.#disconnectListeners) listener();
  }

  #deliver(channel: Buffer, pattern: string | null, payload: Buffer): void {
    const delivery: Delivery = { channel: channel.toString(), pattern, payload };
    for (const listener of this.#deliveryListeners) listener(delivery);
  }
}

/** Resolves when the server has confirmed each of them. */
async function confirm(link: Link, kind: Kind, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  // In a cluster the shard channels of one command must share a slot.
  const groups = kind === 'shardChannels' ? names.map((name) => [name]) : [names];
  await Promise.all(link.sendAll(groups.map((group) => [COMMANDS[kind], ...group])));
}
