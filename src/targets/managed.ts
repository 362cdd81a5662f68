import { OneOf, Type } from '../contracts/fields.js';
import { defineTarget, type Target } from '../contracts/target.js';
import { findServer, type ServerChoice } from './managed/find.js';
import { type StartOptions, startServer } from './managed/start.js';

/** A server of our own: on the loopback, empty, kept nowhere, and gone when this process is. */
export const managedTarget = defineTarget<ServerChoice>({
  name: 'managed',
  summary: 'Starts a server for the run and removes it afterwards.',
  config: Type.Object({
    binary: Type.Optional(
      Type.String({ minLength: 1, description: 'The server, as a path or a name on PATH; else REDRILL_SERVER.' }),
    ),
    engine: OneOf(['auto', 'redis', 'valkey'], { default: 'auto', description: 'Which server to look for.' }),
  }),
  async open(config, { signal }) {
    return await openManaged(findServer(config), { signal });
  },
});

async function openManaged(binary: string, options: StartOptions): Promise<Target> {
  const { port, password, stop } = await startServer(binary, options);
  const address = `127.0.0.1:${port}`;
  return {
    kind: 'managed',
    url: `redis://:${password}@${address}`,
    address,
    ours: true,
    secrets: [password],
    own: () => openManaged(binary, options),
    [Symbol.asyncDispose]: stop,
  };
}
