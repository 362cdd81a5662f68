import type { ServerAccess } from '../contracts/target.js';
import { TargetError } from '../errors.js';
import { type DialOptions, dial, type Link } from './link.js';
import { isErrorReply } from './reply.js';
import { displayAddress, hostAndPort, nodeAddress, type RedisAddress } from './url.js';

type Sentinel = NonNullable<ServerAccess['sentinel']>;

/** Dials the primary that the first Sentinel to answer names. Raises a TargetError. */
export async function dialPrimary(address: RedisAddress, sentinel: Sentinel, options: DialOptions): Promise<Link> {
  const refusals: string[] = [];
  for (const node of sentinel.nodes) {
    const name = hostAndPort(node);
    try {
      const primary = await askFor(sentinel.primary, sentinelAddress(address, sentinel, name), options);
      if (primary === null) refusals.push(`${name} knows no primary of that name`);
      else return await dialNamed(address, primary, name, options);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      refusals.push(error.message);
    }
  }
  throw new TargetError(`cannot connect to ${displayAddress(address)}: ${refusals.join('; ')}`, {
    next: 'correct the name of the primary or the addresses of the Sentinels, or see SENTINEL MASTERS',
  });
}

/** Its own credentials, and no database. */
function sentinelAddress(address: RedisAddress, { username, password }: Sentinel, name: string): RedisAddress {
  const { access: { password: _, ...access } = {}, ...node } = nodeAddress(address, name);
  return { ...node, access, db: 0, username: username ?? null, password: password ?? null };
}

async function askFor(primary: string, sentinel: RedisAddress, options: DialOptions): Promise<string | null> {
  const link = await dial(sentinel, options);
  try {
    const reply = await link.send(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', primary]);
    return Array.isArray(reply) ? hostAndPort({ host: String(reply[0]), port: Number(reply[1]) }) : null;
  } catch (error) {
    const said = isErrorReply(error) ? `answered ${error.message}` : 'closed the connection before it answered';
    throw new TargetError(`${displayAddress(sentinel)} ${said}`, { next: 'see whether it is a Sentinel' });
  } finally {
    link.close();
  }
}

/** A Sentinel that was cut off may name a primary of the past, which is a replica by now. */
async function dialNamed(address: RedisAddress, primary: string, by: string, options: DialOptions): Promise<Link> {
  const link = await dial(nodeAddress(address, primary), options);
  if (link.role === 'master') return link;
  link.close();
  throw new TargetError(`${primary}, which the Sentinel ${by} names, is a replica`, {
    next: 'wait until the failover is over',
  });
}
