import { ReplyError } from '../../errors.js';
import { TOKEN_REFUSED } from '../../targets/elasticache/login.js';
import { type Finding, failed, ok, type Patient, unknown } from './patient.js';
import { speaksTls } from './reach.js';
import type { Value } from './resp.js';
import { Wire, WireFailure } from './wire.js';

/** Whether what answers there is a Redis server that serves. */
export async function protocol(patient: Patient): Promise<Finding> {
  if (!patient.socket) return unknown('not looked at', 'there is no connection');
  patient.wire = new Wire(patient.socket);
  let reply: Value | undefined;
  try {
    [reply] = await patient.pipeline([['PING']]);
  } catch (error) {
    if (!(error instanceof WireFailure)) throw error;
    return await noAnswer(patient, error);
  }
  if (!(reply instanceof ReplyError)) return ok('PING was answered');
  const seen = `${reply.code} ${reply.message}`;
  const known = REFUSALS.find(([pattern]) => pattern.test(seen));
  if (known) return failed(cut(seen), known[1], known[2]);
  return ok(`PING was answered: ${reply.code}`);
}

const REFUSALS: ReadonlyArray<readonly [pattern: RegExp, cause: string, advice: string]> = [
  [
    /^DENIED/,
    'it runs in protected mode: it has no password, and serves its own machine alone',
    'give the server a password, or bind it to the loopback',
  ],
  [/^LOADING/, 'it is loading its data', 'wait until it has loaded them'],
  [/^BUSY/, 'a script of somebody else blocks it', 'wait for the script, or end it by SCRIPT KILL'],
  [/^MASTERDOWN/, 'it is a replica that lost its primary', 'use the primary, or see why they lost each other'],
  [
    /max number of clients/,
    'it has as many clients as it may',
    'close connections that nobody needs, or raise maxclients',
  ],
];

const LONGEST = 60;
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

async function noAnswer(patient: Patient, { kind, seen }: WireFailure): Promise<Finding> {
  const what = {
    closed: `closed: ${seen}`,
    silent: `no answer within ${seen}`,
    foreign: `it said ${JSON.stringify(seen)}`,
  }[kind];
  if (patient.tls && kind === 'closed')
    return failed(
      what,
      'it ended the connection after the TLS handshake',
      'if it asks for a certificate, give `tls: { cert, key }` for the target',
    );
  if (!patient.tls && patient.address.kind === 'tcp' && (await speaksTls(patient)))
    return failed(what, 'it speaks TLS there', 'use rediss:// instead of redis://');
  if (kind === 'foreign')
    return failed(
      what,
      seen.startsWith('HTTP/')
        ? 'a web server answers there, no Redis server'
        : 'what answers there is no Redis server',
      'correct the host or the port',
    );
  if (kind === 'silent')
    return failed(
      what,
      'it took the connection, but says nothing: it hangs, or is no Redis server',
      'look at the server, or correct the port',
    );
  return failed(
    what,
    'it took the connection and ended it',
    'look at the log of the server, and at what is in between',
  );
}

/** Logs in as `run` would: with the URL's credentials, in its database, speaking RESP3. */
export async function auth(patient: Patient): Promise<Finding> {
  const { login, address } = patient;
  const [reply] = login ? await patient.pipeline([login]) : await patient.pipeline([['PING']]);
  if (reply instanceof ReplyError) {
    if (reply.code === 'WRONGPASS') return wrongPassword(patient);
    if (reply.code === 'NOAUTH')
      return failed(
        'NOAUTH',
        'it asks for a password, and the URL has none',
        'give one in the URL: redis://:password@host, or redis://user:password@host',
      );
    if (login)
      return failed(`${reply.code} ${cut(reply.message)}`, 'it refused the log-in', 'see what the server says');
  }
  const who = await patient.pipeline([
    ['HELLO', 3],
    ['ACL', 'WHOAMI'],
    ['SELECT', address.db],
  ]);
  const [hello, name, selected] = who;
  patient.user = typeof name === 'string' ? name : (address.username ?? 'default');
  if (Array.isArray(hello)) patient.hello = pairs(hello);
  else if (hello instanceof ReplyError && hello.code !== 'NOPERM')
    return failed(
      `HELLO 3: ${hello.code} ${cut(hello.message)}`,
      'it does not speak RESP3',
      'use Redis 6 or newer, or Valkey',
    );
  if (address.db !== 0 && selected instanceof ReplyError && selected.code !== 'NOPERM')
    return failed(
      `SELECT ${address.db}: ${cut(selected.message)}`,
      `there is no database ${address.db}`,
      'correct the database in the URL; a cluster has 0 alone',
    );
  const database = address.db === 0 ? '' : `, in database ${address.db}`;
  return ok(`${login ? 'logged in' : 'no password needed'}, as ${patient.user}${database}`);
}

function wrongPassword({ address: { username }, access }: Patient): Finding {
  const cause = `it refused ${username === null ? 'the password' : `the user ${username} or its password`}`;
  if (access.password) return failed('WRONGPASS', cause, TOKEN_REFUSED);
  return failed(
    'WRONGPASS',
    cause,
    /[A-Z]/.test(username ?? '')
      ? 'correct them in the URL; ElastiCache knows user names in lower case alone; renew a token that expired'
      : 'correct it in the URL, percent-encoded where it holds special characters; renew a token that expired',
  );
}

function pairs(list: readonly Value[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let index = 0; index + 1 < list.length; index += 2) found.set(String(list[index]), String(list[index + 1]));
  return found;
}
