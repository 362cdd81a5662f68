import type { Connection } from '../contracts/redis.js';

/** A connection that can tell whether the next user would notice the last one. */
export interface PoolableConnection extends Connection {
  /** It holds no state (SELECT, CLIENT, WATCH …), and nothing is in flight on it. */
  readonly isFresh: boolean;
  /** As CLIENT LIST shows it: who opened it gave it its name. */
  readonly clientName: string;
}

/**
 * Connections that cases have left as they found them, for the next ones: opening one costs as much as some ten
 * commands, and most cases are no longer than that.
 */
export class ConnectionPool implements AsyncDisposable {
  readonly #idle: PoolableConnection[] = [];

  take(): PoolableConnection | undefined {
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (connection.isFresh) return connection;
      void connection[Symbol.asyncDispose]();
    }
    return undefined;
  }

  async give(connection: PoolableConnection): Promise<void> {
    if (connection.isFresh) this.#idle.push(connection);
    else await connection[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((connection) => connection[Symbol.asyncDispose]()));
  }
}
