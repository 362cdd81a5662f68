import type { Connection, Connections } from '../contracts/redis.js';
import { OutcomeUnknown } from '../errors.js';
import { openConnection } from './connection.js';
import type { Dial } from './link.js';
import type { ConnectionPool, PoolableConnection } from './pool.js';
import { openSubscriber } from './subscriber.js';
import type { RedisAddress } from './url.js';

export interface ConnectionsOptions {
  /** Shown by CLIENT LIST: `redrill:<case>:<name>`. */
  readonly caseName: string;
  /** The run's own, which is left open. */
  readonly shared: Connection;
  /** Where connections that were left as they were found go. */
  readonly pool?: ConnectionPool;
  /** Makes the links of busy connections; else ioredis does. */
  readonly dialBusy?: Dial;
}

const ended = (): OutcomeUnknown => new OutcomeUnknown('CONNECTION', 'the case has ended', false);

/** A case's connections. Disposing closes all that were opened here, those that their users forgot included. */
export interface CaseConnections extends Connections, AsyncDisposable {
  /** What the case calls the client of that name; undefined when it is none of its own. */
  ownName(clientName: string): string | undefined;
}

export function openConnections(address: RedisAddress, options: ConnectionsOptions): CaseConnections {
  const opened = new Set<Promise<AsyncDisposable>>();
  const named = new Map<string, Promise<PoolableConnection>>();
  const prefix = `redrill:${options.caseName}:`;
  const clientName = (name: string): string => prefix + name;
  /** Spare ones have the name that an earlier case gave them. */
  const spares = new Map<string, string>();
  let disposed = false;

  const open = <T extends AsyncDisposable>(
    name: string,
    opener: (address: RedisAddress, options: { readonly name: string }) => Promise<T>,
  ): Promise<T> => {
    if (disposed) return Promise.reject(ended());
    const opening = opener(address, { name: clientName(name) });
    opened.add(opening);
    opening.catch(() => opened.delete(opening));
    return opening;
  };

  return {
    shared: () => Promise.resolve(options.shared),
    named(name = 'commands') {
      const known = named.get(name);
      if (known) return known;
      if (disposed) return Promise.reject(ended());
      const spare = options.pool?.take();
      if (spare) spares.set(spare.clientName, name);
      const opening = spare ? Promise.resolve(spare) : openConnection(address, { name: clientName(name) });
      named.set(name, opening);
      // The next step may find the server there.
      opening.catch(() => named.delete(name));
      return opening;
    },
    dedicated: (name) => open(name, openConnection),
    busy: (name) =>
      open(name, (at, dialled) =>
        openConnection(at, { ...dialled, ...(options.dialBusy && { dial: options.dialBusy }) }),
      ),
    subscriber: (name) => open(name, (at, dialled) => openSubscriber(at, dialled, options.shared)),
    ownName: (client) => (client.startsWith(prefix) ? client.slice(prefix.length) : spares.get(client)),
    async [Symbol.asyncDispose]() {
      disposed = true;
      await Promise.allSettled([
        ...[...opened].map(async (opening) => await (await opening)[Symbol.asyncDispose]()),
        ...[...named.values()].map(async (opening) => {
          const connection = await opening;
          await (options.pool?.give(connection) ?? connection[Symbol.asyncDispose]());
        }),
      ]);
    },
  };
}
