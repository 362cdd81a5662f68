import { TargetError } from '../errors.js';
import { isErrorReply, toReplyError } from './reply.js';
import { displayAddress, type RedisAddress } from './url.js';

/** How far a connection got before it failed. */
export type Stage = 'connecting' | 'handshake';

type Diagnosis = readonly [cause: string, next: string];

/** Says in words why a server could not be reached, and what to check. */
export function connectionFailure(address: RedisAddress, error: unknown, stage: Stage): TargetError {
  const [cause, next] = diagnose(address, error, stage);
  return new TargetError(`cannot connect to ${displayAddress(address)}: ${cause}`, {
    next,
    // An error reply of ioredis holds the arguments of HELLO, the password among them.
    cause: isErrorReply(error) ? toReplyError(error) : error,
  });
}

/** The server let `connectTimeoutMs` pass. */
export class ConnectTimeout extends Error {}

function diagnose(address: RedisAddress, error: unknown, stage: Stage): Diagnosis {
  if (isErrorReply(error)) return diagnoseReply(toReplyError(error));
  if (error instanceof ConnectTimeout) return diagnoseTimeout(address, error, stage);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  if (/^ERR_SSL_.*ALERT/.test(code)) return diagnoseAlert(code);
  if (code.startsWith('ERR_OSSL')) {
    return [`a certificate or key of ours cannot be read: ${message}`, 'give PEM texts that belong together'];
  }
  if (/CERT|SIGNATURE|ALTNAME|ISSUER/.test(code)) return diagnoseCertificate(code, message);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return ['it does not speak TLS there', 'use redis:// instead of rediss://, or the port for TLS'];
  }
  // The parser's word for a first byte that begins no reply.
  if (message.startsWith('Unknown RESP type'))
    return ['what answers there is no Redis server', 'correct the host or the port'];
  const [closed, next] = closedEarly(address);
  return BY_CODE[code]?.(address) ?? [message === CLOSED ? closed : message || code, next];
}

/** How ioredis words a socket that closed without an error. */
const CLOSED = 'Connection is closed.';

/** The server ended the connection before it answered, which says nothing of why. */
export const closedUnanswered = (error: unknown): boolean =>
  error instanceof Error &&
  (error.message === CLOSED || ('code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')));

const closedEarly = (address: RedisAddress): Diagnosis => [
  'the server closed the connection before it answered',
  address.kind === 'tcp' && address.tls
    ? 'if it asks for a certificate of the client, give one by `tls: { cert, key }` of the target; else look at its log'
    : 'if it expects TLS, use rediss://; else look at its log',
];

const START = 'start the server, or correct the address';
const NETWORK = 'check the address, the firewall and the security group';

const noName = (address: RedisAddress): Diagnosis => [
  `DNS gave no answer for the name ${hostOf(address)}`,
  'check the network, or the host',
];

/** The system goes on to ask for a name, whatever our deadline. */
const isLookingUp = (): boolean => process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap');

const BY_CODE: Readonly<Record<string, (address: RedisAddress) => Diagnosis>> = {
  ECONNREFUSED: () => ['connection refused: no server listens there', START],
  ENOENT: () => ['there is no such socket', START],
  EACCES: () => ['permission denied', 'check who may use the socket'],
  ENOTFOUND: (address) => [`the name ${hostOf(address)} is unknown to DNS`, 'correct the host'],
  EAI_AGAIN: (address) => noName(address),
  ETIMEDOUT: () => ['no answer', NETWORK],
  EHOSTUNREACH: () => ['there is no route to the host', NETWORK],
  ENETUNREACH: () => ['there is no route to the network', NETWORK],
  ECONNRESET: closedEarly,
  EPIPE: closedEarly,
};

const hostOf = (address: RedisAddress): string => (address.kind === 'tcp' ? address.host : address.path);

const BY_REPLY: Readonly<Record<string, Diagnosis>> = {
  NOAUTH: [
    'it asks for a password (NOAUTH)',
    'give one in the URL: redis://:password@host, or redis://user:password@host',
  ],
  WRONGPASS: [
    'it refused the user name or the password (WRONGPASS)',
    'correct them in the URL, or renew a token that expired',
  ],
  NOPERM: ['the user may not log in like this (NOPERM)', 'let the user run HELLO, CLIENT and SELECT'],
  DENIED: ['it runs in protected mode (DENIED)', 'give the server a password, or bind it to the loopback'],
  LOADING: ['it is still loading its data (LOADING)', 'wait until it has loaded them'],
};

const BY_MESSAGE: readonly (readonly [pattern: RegExp, next: string])[] = [
  [/DB index/, 'correct the database in the URL'],
  [/max number of clients/, 'close connections that nobody needs, or raise maxclients'],
];

function diagnoseReply({ code, message }: { readonly code: string; readonly message: string }): Diagnosis {
  const [, next = 'see what the server says'] = BY_MESSAGE.find(([pattern]) => pattern.test(message)) ?? [];
  return BY_REPLY[code] ?? [`it answered ${code} ${message}`, next];
}

function diagnoseTimeout(address: RedisAddress, { message }: ConnectTimeout, stage: Stage): Diagnosis {
  if (stage === 'connecting') return isLookingUp() ? noName(address) : [`no answer ${message}`, NETWORK];
  const tls = address.kind === 'tcp' && address.tls;
  return [
    `it took the connection, but did not answer ${message}`,
    tls
      ? 'if it does not speak TLS there, use redis://; else see whether the server hangs'
      : 'if it expects TLS, use rediss://; else see whether the server hangs',
  ];
}

function diagnoseCertificate(code: string, message: string): Diagnosis {
  const next =
    CERTIFICATE_NEXT[code] ??
    'name the file of its authority by `tls: { ca }` of the target, or in NODE_EXTRA_CA_CERTS';
  return [`its certificate is not trusted: ${message}`, next];
}

const CERTIFICATE_NEXT: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    'use the host name that the certificate was made for, or give it by `tls: { serverName }` of the target',
  CERT_HAS_EXPIRED: 'renew the certificate on the server, or check the clock of this machine',
  CERT_NOT_YET_VALID: 'check the clocks of the server and of this machine',
};

/** The server ended the handshake, and says why by the name of an alert. */
function diagnoseAlert(code: string): Diagnosis {
  if (code.endsWith('CERTIFICATE_REQUIRED')) {
    return ['it asks for a certificate of the client', 'give one by `tls: { cert, key }` of the target'];
  }
  const alert = code
    .replace(/^.*ALERT_/, '')
    .toLowerCase()
    .replaceAll('_', ' ');
  return /certificate|unknown ca|denied/.test(alert)
    ? [
        `it does not accept the certificate of the client (${alert})`,
        'give one that its authority has signed, by `tls: { cert, key }` of the target',
      ]
    : [`it ended the TLS handshake (${alert})`, 'see which versions and ciphers of TLS it takes'];
}
