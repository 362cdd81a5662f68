import type { CallOptions, Connection, Reply } from '../../contracts/redis.js';
import { raiseError } from '../replies.js';

export interface Found {
  readonly value: Reply;
  /** Milliseconds left; null for a key that doesn't expire. */
  readonly ttl: number | null;
}

/** Reads a key with the time that it has left, in one transaction so that they belong together. Null on a miss. */
export async function lookUp(name: string, connection: Connection, options: CallOptions): Promise<Found | null> {
  const reads = [
    ['GET', name],
    ['PTTL', name],
  ];
  const [value = null, ttl] = raiseError((await connection.transaction(reads, options)) ?? []);
  if (value === null) return null;
  return { value, ttl: typeof ttl === 'number' && ttl >= 0 ? ttl : null };
}
