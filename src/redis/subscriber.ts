import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery, Subscriber } from '../contracts/redis.js';
import { OutcomeUnknown } from '../errors.js';
import type { DialOptions, Link } from './link.js';
import { Session } from './session.js';
import type { RedisAddress } from './url.js';

type Kind = Parameters<Subscriber['subscribe']>[0];

const COMMANDS: Readonly<Record<Kind, string>> = {
  channels: 'SUBSCRIBE',
  patterns: 'PSUBSCRIBE',
  shardChannels: 'SSUBSCRIBE',
};

/** A server that answers no PING and sends nothing in this time delivers nothing either. */
const CATCH_UP_MS = 2_000;
const CATCH_UP_ATTEMPTS = 5;
/** What a server still had for a subscriber that begins to read again comes with shorter pauses than this. */
const QUIET_MS = 50;

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

  onDelivery(listener: (delivery: Delivery) => void): void {
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
    this.session.link?.redis.stream.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#resumed = true;
    this.session.link?.redis.stream.resume();
  }

  async catchUp(): Promise<boolean> {
    if (this.#paused) return false;
    // A PING to a server that has closed the connection is answered by a reset, which destroys what is still on its way.
    if (this.#resumed) await this.#untilQuiet();
    this.#resumed = false;
    for (let attempt = 1; attempt <= CATCH_UP_ATTEMPTS; attempt++) {
      const { link } = this.session;
      const read = link?.redis.stream.bytesRead ?? 0;
      try {
        // Replies and deliveries share the connection: what was published before the PING has arrived with its reply.
        await this.session.exchange('PING', { timeoutMs: CATCH_UP_MS }, (link) => link.send(['PING']));
        return true;
      } catch (error) {
        const broke = error instanceof OutcomeUnknown && error.code === 'CONNECTION' && error.sent;
        if (!broke && (link?.redis.stream.bytesRead ?? 0) === read) return false;
      }
    }
    return false;
  }

  async #untilQuiet(): Promise<void> {
    const { link } = this.session;
    for (let waited = 0, read = -1; link && waited < CATCH_UP_MS; waited += QUIET_MS) {
      const { bytesRead } = link.redis.stream;
      if (bytesRead === read || this.session.link !== link) return;
      read = bytesRead;
      await delay(QUIET_MS);
    }
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
    if (kinds.some((kind) => this.#names[kind].size > 0)) for (const listener of this.#reconnectListeners) listener();
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
