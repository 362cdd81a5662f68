import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { TargetError } from '../../errors.js';

const HIGHEST_PORT = 65_535;
/** From a node's port to that of the cluster's bus. */
export const BUS_OFFSET = 10_000;

/** A port of the loopback that nobody listens on; with `bus`, that of the cluster's bus is free too. */
export async function findFreePort({ bus = false }: { readonly bus?: boolean } = {}): Promise<number> {
  for (;;) {
    const port = await probe(0);
    if (port === undefined) throw new TargetError('127.0.0.1 has no free port');
    if (!bus) return port;
    const second = port + BUS_OFFSET;
    if (second <= HIGHEST_PORT && (await probe(second)) !== undefined) return port;
  }
}

async function probe(port: number): Promise<number | undefined> {
  const listener = createServer().listen(port, '127.0.0.1');
  try {
    await once(listener, 'listening');
    // A TCP listener's address is never a string.
    return (listener.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    if (listener.listening) await new Promise((resolve) => listener.close(resolve));
  }
}
