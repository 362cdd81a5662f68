import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import type { ServerAccess } from '../contracts/target.js';
import type { ProgramFiles } from './group.js';

/** Files by which a program knows the server it is to use, and the variables that name them. */
export interface Trust {
  readonly env: Readonly<Record<string, string>>;
  readonly files: ProgramFiles;
}

/** Undefined for a server that needs nothing of the kind. */
export function trustOf({ ca, cert, key }: NonNullable<ServerAccess['tls']> = {}): Trust | undefined {
  const contents = {
    ...(ca !== undefined && {
      'ca.crt': ca,
      // OpenSSL takes it in place of the system's: the program may have other servers to trust.
      'all.crt': [ca.trimEnd(), ...rootCertificates, ''].join('\n'),
    }),
    ...(cert !== undefined && key !== undefined && { 'client.crt': cert, 'client.key': key }),
  };
  if (Object.keys(contents).length === 0) return undefined;
  const folder = path.join(tmpdir(), `redrill-trust-${randomBytes(8).toString('hex')}`);
  const variables = Object.entries(VARIABLES).filter(([, file]) => file in contents);
  return {
    env: Object.fromEntries(variables.map(([name, file]) => [name, path.join(folder, file)])),
    files: { folder, contents },
  };
}

const VARIABLES = {
  REDIS_TLS_CA: 'ca.crt',
  REDIS_TLS_CERT: 'client.crt',
  REDIS_TLS_KEY: 'client.key',
  // Beside what Node trusts anyway.
  NODE_EXTRA_CA_CERTS: 'ca.crt',
  // Python, Ruby, Go and whatever else follows OpenSSL.
  SSL_CERT_FILE: 'all.crt',
};
