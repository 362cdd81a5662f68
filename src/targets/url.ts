import type { Static } from 'typebox';
import { Type } from '../contracts/fields.js';
import type { Connection } from '../contracts/redis.js';
import { defineTarget, type ServerAccess } from '../contracts/target.js';
import { OutcomeUnknown, ReplyError, TargetError } from '../errors.js';
import { openConnection } from '../redis/connection.js';
import { addressOf, displayAddress, secretsOf } from '../redis/url.js';
import { refusedAt } from './elasticache/refused.js';

const CONNECT_TIMEOUT_MS = 3_000;
const PING_TIMEOUT_MS = 1_500;

const config = Type.Object({
  url: Type.String({ minLength: 1, description: 'redis://, rediss:// (TLS) or unix://, with credentials if needed.' }),
  access: Type.Optional(
    Type.Unsafe<ServerAccess>({ type: 'object', description: 'How it is reached beside the URL.' }),
  ),
});

/** A server that runs already, and is somebody else's. */
export const urlTarget = defineTarget<Static<typeof config>>({
  name: 'url',
  summary: 'Uses a server that runs already.',
  config,
  async open(given, { signal }) {
    const server = addressOf(given);
    const address = displayAddress(server);
    const refuses = server.kind === 'tcp' ? refusedAt(server.host) : undefined;
    signal.throwIfAborted();
    const connection = await openConnection(server, { name: 'redrill:shared', connectTimeoutMs: CONNECT_TIMEOUT_MS });
    const close = () => connection[Symbol.asyncDispose]();
    try {
      await ping(connection, address, signal);
    } catch (error) {
      await close();
      throw error;
    }
    return {
      kind: 'url',
      ...given,
      address,
      ours: false,
      ...(refuses && { refuses }),
      secrets: secretsOf(server),
      connection,
      [Symbol.asyncDispose]: close,
    };
  },
});

/** A server that took the connection may still refuse to serve: it loads its data, or lost its primary. */
async function ping(connection: Connection, address: string, signal: AbortSignal): Promise<void> {
  try {
    await connection.call(['PING'], { timeoutMs: PING_TIMEOUT_MS, signal });
  } catch (cause) {
    if (cause instanceof OutcomeUnknown) {
      const next = 'see whether the server hangs';
      throw new TargetError(`${address} took the connection, but did not answer PING`, { next, cause });
    }
    if (!(cause instanceof ReplyError)) throw cause;
    // Users who may not PING are common, and served nevertheless.
    if (cause.code === 'NOPERM') return;
    const next = NEXT[cause.code] ?? 'see what the server says';
    throw new TargetError(`${address} does not serve: it answered ${cause.code} ${cause.message}`, { next, cause });
  }
}

const NEXT: Readonly<Record<string, string>> = {
  LOADING: 'wait until it has loaded its data',
  MASTERDOWN: 'it is a replica that lost its primary: use the primary',
};
