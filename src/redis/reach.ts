import { TargetError } from '../errors.js';
import { type DialOptions, dial, type Link } from './link.js';
import { displayAddress, type RedisAddress } from './url.js';

/** Dials the server, or the one that Sentinels name at the time. Raises a TargetError. */
export async function reach(address: RedisAddress, options: DialOptions): Promise<Link> {
  if (!address.access?.sentinel) return await dialData(address, options);
  const { dialPrimary } = await import('./sentinel.js');
  return await dialPrimary(address, address.access.sentinel, options);
}

async function dialData(address: RedisAddress, options: DialOptions): Promise<Link> {
  const link = await dial(address, options);
  if (link.mode !== 'sentinel') return link;
  link.close();
  throw new TargetError(`cannot connect to ${displayAddress(address)}: it is a Sentinel, which holds no data`, {
    next: 'name it under `sentinel` with the name of a primary',
  });
}
