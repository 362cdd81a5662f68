import { type DialOptions, dial, type Link } from './link.js';
import type { RedisAddress } from './url.js';

/** Dials the server, or the one that Sentinels name at the time. Raises a TargetError. */
export async function reach(address: RedisAddress, options: DialOptions): Promise<Link> {
  if (!address.access?.sentinel) return await dial(address, options);
  const { dialPrimary } = await import('./sentinel.js');
  return await dialPrimary(address, address.access.sentinel, options);
}
