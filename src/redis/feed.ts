import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveryListener, Subscriber } from '../contracts/redis.js';
import type { Link } from './link.js';

export type Kind = Parameters<Subscriber['subscribe']>[0];

export const COMMANDS: Readonly<Record<Kind, string>> = {
  channels: 'SUBSCRIBE',
  patterns: 'PSUBSCRIBE',
  shardChannels: 'SSUBSCRIBE',
};
export const KINDS = Object.keys(COMMANDS) as Kind[]; // keys of a Record<Kind, …>

/** A server that answers no PING and sends nothing in this time delivers nothing either. */
export const CATCH_UP_MS = 2_000;
export const CATCH_UP_ATTEMPTS = 5;
/** What a server still had for a subscriber that begins to read again comes with shorter pauses than this. */
const QUIET_MS = 50;

/** More may be added to the listeners later. */
export function listen({ messages }: Link, listeners: readonly DeliveryListener[]): void {
  if (!messages) return;
  messages.onMessage = (source, bytes, start, end, isFirst) => {
    for (let index = 0; index < listeners.length; index++) listeners[index]!(source, bytes, start, end, isFirst);
  };
}

/** Resolves when the server has confirmed each of them. */
export async function confirm(link: Link, kind: Kind, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  // In a cluster the shard channels of one command must share a slot.
  const groups = kind === 'shardChannels' ? names.map((name) => [name]) : [names];
  await Promise.all(groups.map((group) => link.send([COMMANDS[kind], ...group])));
}

export async function untilQuiet(link: Link): Promise<void> {
  for (let waited = 0, read = -1; link.usable && waited < CATCH_UP_MS; waited += QUIET_MS) {
    const { bytesRead } = link.stream;
    if (bytesRead === read) return;
    read = bytesRead;
    await delay(QUIET_MS);
  }
}
