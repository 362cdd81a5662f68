import { setTimeout as delay } from 'node:timers/promises';
import { CATCH_UP_MS, type Kind } from '../feed.js';
import type { Link } from '../link.js';
import { slotOf } from './slot.js';
import type { Topology } from './topology.js';

/** Events of keys are told by the node that holds the key, and by no other. */
export const NODE_EVENTS = /^__key/;

/** A name that is to be subscribed on a node. */
export interface Want {
  readonly node: string;
  readonly kind: Kind;
  readonly name: string;
}

/** Where each name has to be subscribed. */
export function wantsOf(wanted: Readonly<Record<Kind, ReadonlySet<string>>>, topology: Topology, home: string): Want[] {
  const plain = (['channels', 'patterns'] as const).flatMap((kind) =>
    [...wanted[kind]].flatMap((name) =>
      (NODE_EVENTS.test(name) ? topology.primaries : [home]).map((node) => ({ node, kind, name })),
    ),
  );
  const sharded = [...wanted.shardChannels].map((name) => {
    return { node: topology.primaryOf(slotOf(name)) ?? home, kind: 'shardChannels' as const, name };
  });
  return [...plain, ...sharded];
}

export const plainFeed = (node: string): string => `plain ${node}`;

/** By the link that they need: a slot that leaves takes all of its link's channels with it in the eyes of ioredis. */
export function groupWants(wants: readonly Want[]): Map<string, Want[]> {
  const groups = new Map<string, Want[]>();
  for (const want of wants) {
    const key = feedOf(want);
    const group = groups.get(key);
    if (group) group.push(want);
    else groups.set(key, [want]);
  }
  return groups;
}

function feedOf({ kind, name, node }: Want): string {
  if (kind === 'shardChannels') return `shards ${node}`;
  return NODE_EVENTS.test(name) ? `events ${node}` : plainFeed(node);
}

export const answersPing = (link: Link): Promise<boolean> =>
  arrives(link, () =>
    link.send(['PING']).then(
      () => true,
      () => false,
    ),
  );

/** Whether what is asked for becomes true, while the link brings something and for a while after. */
export async function arrives(link: Link, ask: () => Promise<boolean>): Promise<boolean> {
  for (let read = -1; link.usable && read !== link.stream.bytesRead; ) {
    read = link.stream.bytesRead;
    if (await Promise.race([ask(), delay(CATCH_UP_MS, false, { ref: false })])) return true;
  }
  return false;
}
