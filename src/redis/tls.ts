import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { TcpAddress } from './url.js';

export function tlsOptions({ host, access }: TcpAddress): ConnectionOptions {
  const { ca, cert, key, serverName, verify = true } = access?.tls ?? {};
  // An IP address is no name for SNI.
  const servername = serverName ?? (isIP(host) === 0 ? host : undefined);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(servername !== undefined && { servername }),
    rejectUnauthorized: verify,
  };
}
