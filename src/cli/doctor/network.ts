import type { RedisAddress } from '../../redis/url.js';
import { type Finding, failed } from './patient.js';
import { WireFailure } from './wire.js';

/** What an endpoint of ElastiCache is by its name. */
export function serviceOf(host: string): 'serverless' | 'reader' | 'elasticache' | undefined {
  const name = host.toLowerCase();
  if (!/\.(?:cache|memorydb\.[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.test(name)) return undefined;
  if (name.includes('.serverless.')) return 'serverless';
  return /^[^.]*-ro\.|^replica\.|\.reader\./.test(name) ? 'reader' : 'elasticache';
}

const START = 'start the server, or correct the port';
const ROUTE = 'check the address, the VPN and the routes';

/** Why no connection came about. */
export function connectionTrouble(error: unknown, address: RedisAddress): Finding {
  const place = address.kind === 'unix' ? address.path : `${address.host}:${address.port}`;
  if (error instanceof WireFailure && error.kind === 'silent') {
    const aws = address.kind === 'tcp' && serviceOf(address.host) !== undefined;
    return failed(
      `no answer within ${error.seen}`,
      'something between here and there drops the packets: a firewall, a security group or the wrong network',
      aws
        ? 'ElastiCache is reached from its VPC alone: run this inside, and let the security group admit its port'
        : `let ${place} through the firewall or the security group, or correct the address`,
    );
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [cause, advice] = BY_CODE[code] ?? ['the connection failed', 'see what the system says'];
  return failed(`${place}: ${code || (error instanceof Error ? error.message : String(error))}`, cause, advice);
}

const BY_CODE: Readonly<Record<string, readonly [cause: string, advice: string]>> = {
  ECONNREFUSED: ['no server listens there', START],
  ENOENT: ['there is no such socket', 'start the server, or correct the path'],
  EACCES: ['permission denied', 'check who may use the socket'],
  EPERM: ['this system does not allow the connection', 'check the firewall of this machine'],
  ETIMEDOUT: ['there was no answer', 'check the firewall, the security group and the address'],
  EHOSTUNREACH: ['there is no route to the host', ROUTE],
  ENETUNREACH: ['there is no route to the network', ROUTE],
  ECONNRESET: ['the connection was cut off at once', 'look at the log of the server, and at what is in between'],
};
