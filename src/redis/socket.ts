import { connect, type OnReadOpts, type Socket, type TcpSocketConnectOpts } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { tlsOptions } from './tls.js';
import type { RedisAddress } from './url.js';

/** Begins to connect. What is read goes into the given buffer, and comes as no `data` event. */
export function openSocket(address: RedisAddress, onread: OnReadOpts): Socket {
  if (address.kind === 'unix') return connect({ path: address.path, onread });
  const { host, port } = address;
  const options: TcpSocketConnectOpts = { host, port, onread };
  if (!address.tls) return connect(options);
  // It takes the options of net.connect, which its type does not say.
  return connectTls({ ...options, ...tlsOptions(address) } as ConnectionOptions);
}
