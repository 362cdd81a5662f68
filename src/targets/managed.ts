import { OneOf, Type } from '../contracts/fields.js';
import { defineTarget, type Target, type TargetOpenOptions } from '../contracts/target.js';
import { findContainer } from './managed/container.js';
import { findServer, noServerError, type ServerChoice } from './managed/find.js';
import { binaryProgram, type ServerProgram, startServer } from './managed/start.js';

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
  async open(config, options) {
    return await openManaged(await findProgram(config, options), options.signal);
  },
});

async function findProgram(choice: ServerChoice, { notice }: TargetOpenOptions): Promise<ServerProgram> {
  const binary = findServer(choice);
  const program = binary === undefined ? await findContainer(choice.engine, notice) : binaryProgram(binary);
  if (program === undefined) throw noServerError(choice);
  return program;
}

async function openManaged(program: ServerProgram, signal: AbortSignal): Promise<Target> {
  const { port, password, stop } = await startServer(program, { signal });
  const address = `127.0.0.1:${port}`;
  return {
    kind: 'managed',
    url: `redis://:${password}@${address}`,
    address,
    ours: true,
    secrets: [password],
    own: () => openManaged(program, signal),
    [Symbol.asyncDispose]: stop,
  };
}
