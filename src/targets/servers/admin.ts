import type { SecureContext } from 'node:tls';
import type { Redis } from 'ioredis';

export type AdminReply = string | number | null | readonly AdminReply[];

/** How a server of ours is reached by who may do everything on it. */
export interface AdminAccess {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password: string;
  readonly secureContext?: SecureContext;
}

/** A connection to a server of ours, for what has to be arranged between servers; RESP2, which Sentinel speaks too. */
export interface Admin extends Disposable {
  /** Raises what the server answers. */
  call(...command: readonly (string | number)[]): Promise<AdminReply>;
}

const TIMEOUT_MS = 2_000;

/** Raises when the server that knows this password is not there (yet); another one may be. */
export async function openAdmin({ host, port, username, password, secureContext }: AdminAccess): Promise<Admin> {
  const { Redis } = await import('ioredis');
  const redis = new Redis({
    host,
    port,
    ...(secureContext && { tls: { secureContext, servername: 'localhost' } }),
    protocol: 2,
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    disconnectTimeout: 0, // its timer would hold up the end of our process
    retryStrategy: () => null,
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  redis.on('error', () => {}); // the call that it strikes raises it
  const admin = new ClientAdmin(redis);
  try {
    await redis.connect();
    // Not by ioredis, which is content with a server that has no password.
    await admin.call('AUTH', ...(username === undefined ? [] : [username]), password);
    return admin;
  } catch (error) {
    admin[Symbol.dispose]();
    throw error;
  }
}

class ClientAdmin implements Admin {
  constructor(private readonly redis: Redis) {}

  async call(name: string, ...args: readonly (string | number)[]): Promise<AdminReply> {
    return (await this.redis.call(name, ...args)) as AdminReply; // RESP2 has no other types
  }

  [Symbol.dispose](): void {
    this.redis.disconnect();
    this.redis.stream?.destroy(); // disconnect() waits for the server, which may be stopped
  }
}
