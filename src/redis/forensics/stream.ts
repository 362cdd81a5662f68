import type { KeyState } from '../../contracts/forensics.js';
import type { Argument, Node, Reply } from '../../contracts/redis.js';
import { toArgument } from '../reply.js';
import { fieldOf, type Inquiry, listOf, numberOf, textOf } from './inquiry.js';

const GROUPS = 10;
const CONSUMERS = 20;
const OLDEST = 10;
/** XPENDING goes by ids: those idle longest are looked for among so many. */
const PENDING = 100;

type Group = NonNullable<KeyState['groups']>[number];

export async function describeGroups(node: Node, stream: Argument, inquiry: Inquiry): Promise<Group[] | undefined> {
  const groups = await inquiry.ask(node, ['XINFO', 'GROUPS', stream]);
  if (groups === undefined) return undefined;
  return await Promise.all(
    listOf(groups)
      .slice(0, GROUPS)
      .map((group) => describeGroup(node, stream, group, inquiry)),
  );
}

async function describeGroup(node: Node, stream: Argument, group: Reply, inquiry: Inquiry): Promise<Group> {
  const name = fieldOf(group, 'name') ?? '';
  const argument = toArgument(name);
  const [consumers, pending] = await Promise.all([
    inquiry.ask(node, ['XINFO', 'CONSUMERS', stream, argument]),
    inquiry.ask(node, ['XPENDING', stream, argument, '-', '+', PENDING]),
  ]);
  return {
    name: textOf(name),
    lag: numberOf(fieldOf(group, 'lag')),
    lastDelivered: textOf(fieldOf(group, 'last-delivered-id') ?? ''),
    pending: numberOf(fieldOf(group, 'pending')) ?? 0,
    consumers: listOf(consumers)
      .map((consumer) => ({
        name: textOf(fieldOf(consumer, 'name') ?? ''),
        pending: numberOf(fieldOf(consumer, 'pending')) ?? 0,
        idleMs: numberOf(fieldOf(consumer, 'idle')) ?? 0,
      }))
      .sort((a, b) => b.pending - a.pending)
      .slice(0, CONSUMERS),
    oldest: listOf(pending)
      .map((entry) => {
        const [id = '', consumer = '', idle, deliveries] = listOf(entry);
        return {
          id: textOf(id),
          consumer: textOf(consumer),
          idleMs: numberOf(idle) ?? 0,
          deliveries: numberOf(deliveries) ?? 0,
        };
      })
      .sort((a, b) => b.idleMs - a.idleMs)
      .slice(0, OLDEST),
  };
}
