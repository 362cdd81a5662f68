import { lookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { CONFIG_FILE } from '../project.js';
import { connectionTrouble, serviceOf } from './network.js';
import { type Finding, failed, ok, type Patient, unknown, warning } from './patient.js';
import { openSocket, seconds, secure, Wire, WireFailure } from './wire.js';

/** Of ElastiCache Serverless. */
const READER_PORT = 6380;
const DNS_MS = 2_000;
const TCP_MS = 2_000;
const TLS_MS = 1_500;
const PROBE_MS = 700;

/** What the URL says, without what is secret in it. */
export function url({ address, access, ours }: Patient): Finding {
  if (ours) return ok('a server that was started for this');
  const user = address.username === null ? '' : `user ${address.username}, `;
  const password = address.password === null ? 'no password' : 'with a password';
  const database = address.db === 0 ? '' : `, database ${address.db}`;
  const seen = `${address.kind === 'unix' ? 'a unix socket' : address.tls ? 'TLS' : 'no TLS'}, ${user}${password}${database}`;
  const service = address.kind === 'tcp' ? serviceOf(address.host) : undefined;
  if (service === 'serverless' && address.kind === 'tcp' && !address.tls)
    return failed(seen, 'ElastiCache Serverless speaks TLS alone', 'use rediss:// instead of redis://');
  if (service === 'reader' || (service === 'serverless' && address.kind === 'tcp' && address.port === READER_PORT))
    return warning(seen, 'this is a reader endpoint: its replicas take no writes', 'use the primary endpoint');
  return access.readFrom === 'replica' ? ok(`${seen}; reads go to replicas`) : ok(seen);
}

export async function dns(patient: Patient): Promise<Finding> {
  const { host } = patient;
  if (host === '') return ok('not needed for a socket');
  if (isIP(host)) return ok('not needed for an address');
  const limitMs = patient.limit(DNS_MS);
  try {
    const found = await Promise.race([lookup(host, { all: true }), sleep(limitMs, undefined, { ref: false })]);
    if (found) return ok(found.map(({ address }) => address).join(', '));
    return failed(`no answer within ${seconds(limitMs)}`, 'the name server does not answer', NAMES);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return code === 'ENOTFOUND'
      ? failed(`${host} is unknown (ENOTFOUND)`, 'no such name, or it is known only inside another network', NAMES)
      : failed(`no answer for ${host} (${code})`, 'the name server does not answer', NAMES);
  }
}

const NAMES = 'correct the host; for a private endpoint, run this inside its network (VPC, VPN)';

export async function tcp(patient: Patient): Promise<Finding> {
  const { address, place } = patient;
  const limitMs = patient.limit(TCP_MS);
  const begin = performance.now();
  let socket: Socket;
  try {
    socket = await openSocket(place, limitMs);
  } catch (error) {
    return connectionTrouble(error, address);
  }
  patient.socket = socket;
  const seen = `connected in ${(performance.now() - begin).toFixed(1)}ms`;
  if (address.kind === 'unix' || serviceOf(address.host) !== 'serverless') return ok(seen);
  const other = address.port === 6380 ? 6379 : 6380;
  const probe = await openSocket({ host: address.host, port: other }, patient.limit(PROBE_MS)).catch(() => undefined);
  probe?.destroy();
  return probe
    ? ok(`${seen}; port ${other} too`)
    : warning(
        seen,
        `port ${other} cannot be reached: ElastiCache Serverless writes by 6379 and reads by 6380`,
        `open port ${other} in the security group`,
      );
}

export async function tls(patient: Patient): Promise<Finding> {
  const { address, access, socket } = patient;
  if (address.kind === 'unix' || !address.tls) return ok(address.kind === 'unix' ? 'not used' : 'not used (redis://)');
  if (!socket) return unknown('not looked at', 'there is no connection');
  const limitMs = patient.limit(TLS_MS);
  try {
    patient.socket = await secure(socket, address.host, access.tls, limitMs);
    return describeTls(patient.socket as TLSSocket, patient); // `secure` gives no other
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (/CERT|SIGNATURE|ALTNAME|ISSUER/.test(code) && !code.startsWith('ERR_SSL'))
      return untrusted(code, error instanceof Error ? error.message : '');
    const seen = error instanceof WireFailure && error.kind === 'silent' ? `no answer within ${error.seen}` : code;
    if (await speaksPlain(patient))
      return failed(
        seen || 'refused',
        'it speaks Redis without TLS there',
        'use redis:// instead of rediss://, or the port for TLS',
      );
    return failed(
      seen || 'the handshake was refused',
      'the handshake does not end: there is no TLS at that port, or it refuses ours',
      `correct the port; if the server asks for a certificate, give \`tls: { cert, key }\` in ${CONFIG_FILE}`,
    );
  }
}

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

function describeTls(socket: TLSSocket, { access, ours }: Patient): Finding {
  const certificate = socket.getPeerCertificate();
  const until = new Date(certificate.valid_to ?? Number.NaN);
  const expires = Number.isNaN(until.getTime()) ? '' : `, valid until ${until.toISOString().slice(0, 10)}`;
  const seen = `${socket.getProtocol() ?? 'TLS'}, certificate of ${certificate.subject?.CN ?? 'no name'}${expires}`;
  if (access.tls?.verify === false)
    return warning(
      seen,
      'the certificate is not verified: anybody in between can read and change everything',
      'give the authority by `tls: { ca: FILE }`, and leave out `verify: false`',
    );
  const days = Math.floor((until.getTime() - Date.now()) / DAY_MS);
  return days < SOON_DAYS && !ours ? warning(seen, `the certificate expires in ${days} days`, 'renew it') : ok(seen);
}

function untrusted(code: string, message: string): Finding {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return failed(
      code,
      `the certificate was made for ${/cert's (?:altnames|list): (.*)$/.exec(message)?.[1] ?? 'another name'}`,
      'use the name that it was made for, or say it by `tls: { serverName: NAME }` where the address is a tunnel or an IP address',
    );
  if (code === 'CERT_HAS_EXPIRED') return failed(code, 'the certificate has expired', 'renew it on the server');
  return failed(
    code,
    `the authority that signed the certificate is not known here (${message})`,
    `name its file: \`tls: { ca: FILE }\` for the target in ${CONFIG_FILE}, or the variable NODE_EXTRA_CA_CERTS=FILE`,
  );
}

/** Whether a Redis server answers there without TLS. */
async function speaksPlain(patient: Patient): Promise<boolean> {
  try {
    const wire = new Wire(await openSocket(patient.place, patient.limit(PROBE_MS)));
    try {
      await wire.pipeline([['PING']], patient.limit(PROBE_MS));
      return true;
    } finally {
      wire.close();
    }
  } catch {
    return false;
  }
}

/** Whether TLS is spoken there, by whatever certificate. */
export async function speaksTls(patient: Patient): Promise<boolean> {
  try {
    const socket = await openSocket(patient.place, patient.limit(PROBE_MS));
    (await secure(socket, patient.host, patient.access.tls, patient.limit(PROBE_MS), false)).destroy();
    return true;
  } catch (error) {
    // It asks for a certificate of the client's.
    return error instanceof Error && 'code' in error && /ALERT|HANDSHAKE/.test(String(error.code));
  }
}
