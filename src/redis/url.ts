import type { ServerAccess, Target } from '../contracts/target.js';
import { ScenarioError, TargetError } from '../errors.js';
import { MASK } from './redact.js';

interface Login {
  readonly username: string | null;
  readonly password: string | null;
  readonly db: number;
  readonly access?: ServerAccess;
}

export interface TcpAddress extends Login {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

export interface UnixAddress extends Login {
  readonly kind: 'unix';
  readonly path: string;
}

/** Where a server listens, and as whom to log in. */
export type RedisAddress = TcpAddress | UnixAddress;

const DEFAULT_PORT = 6379;
const SCHEMES = new Set(['redis:', 'rediss:', 'valkey:', 'valkeys:', 'unix:']);
const ACCEPTED =
  'accepted: redis://[user:password@]host[:port][/db], rediss:// for TLS (valkey:// and valkeys:// are the same), ' +
  'unix://[user:password@]/path/to/socket[?db=n]';

/** Raises a ScenarioError that says what is accepted and shows nothing of the text but its scheme: the rest may be a password. */
export function parseRedisUrl(text: string): RedisAddress {
  const scheme = /^\s*([a-z][a-z0-9+.-]*:)\/\//i.exec(text)?.[1]?.toLowerCase();
  if (!scheme) throw invalid('there is no scheme');
  if (!SCHEMES.has(scheme)) throw invalid(`the scheme ${scheme}// is unknown`);
  const url = parseUrl(text, scheme);
  if (url.hash !== '') throw invalid('it holds a #', 'write a # in a password as %23');
  const credentials = {
    username: decode(url.username, 'user name') || null,
    password: decode(url.password, 'password') || null,
    db: scheme === 'unix:' ? readDb(url, '') : readDb(url, url.pathname.slice(1)),
  };
  if (scheme === 'unix:') return { kind: 'unix', path: decode(url.pathname, 'path'), ...credentials };
  const host = decode(url.hostname, 'host').replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw invalid('the host is missing');
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  if (port === 0) throw invalid('the port is 0');
  return { kind: 'tcp', host, port, tls: scheme === 'rediss:' || scheme === 'valkeys:', ...credentials };
}

/** Where and how a target's server is reached. */
export function addressOf({ url, access }: Pick<Target, 'url' | 'access'>): RedisAddress {
  return { ...parseRedisUrl(url), ...(access && { access }) };
}

/** The URL for a program that logs in by itself. */
export async function urlWithPassword({ url, access }: Pick<Target, 'url' | 'access'>): Promise<string> {
  const password = await access?.password?.();
  if (password === undefined) return url;
  const whole = new URL(url);
  whole.password = encodeURIComponent(password);
  return whole.href;
}

/** The address without credentials: `127.0.0.1:6379`, `[::1]:6379/2`, `rediss://cache.example:6379`, `unix:///tmp/redis.sock`. */
export function displayAddress(address: RedisAddress): string {
  const sentinel = address.access?.sentinel;
  if (sentinel) return `${sentinel.primary} of Sentinel ${sentinel.nodes.map(hostAndPort).join(', ')}`;
  if (address.kind === 'unix') return `unix://${address.path}${address.db === 0 ? '' : `?db=${address.db}`}`;
  return `${address.tls ? 'rediss://' : ''}${hostAndPort(address)}${address.db === 0 ? '' : `/${address.db}`}`;
}

/** The URL for people to use again, with `***` for a password, and for a name alone, which may be one that lost its colon. */
export function displayUrl(address: RedisAddress): string {
  const { username, password, db } = address;
  const name = username === null ? '' : password === null ? MASK : encodeURIComponent(username);
  const login = `${name}${password === null ? '' : `:${MASK}`}`;
  const at = login === '' ? '' : `${login}@`;
  if (address.kind === 'tcp') {
    return `${address.tls ? 'rediss' : 'redis'}://${at}${hostAndPort(address)}${db === 0 ? '' : `/${db}`}`;
  }
  const path = address.path.split('/').map(encodeURIComponent).join('/');
  return `unix://${at}${path}${db === 0 ? '' : `?db=${db}`}`;
}

/** `127.0.0.1:6379`, `[::1]:6379`: what names a node. */
export const hostAndPort = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The same server's other node, which its name leads to, or what the name was mapped to. */
export function nodeAddress(address: RedisAddress, name: string): TcpAddress {
  const mapped = address.access?.nodeAddresses?.[name] ?? name;
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(mapped) ?? [];
  if (host === undefined) throw new TargetError(`"${mapped}" is no address of a node`, { next: 'write host:port' });
  const { username, password, db, access } = address;
  const { sentinel: _, ...rest } = access ?? {};
  return {
    kind: 'tcp',
    host,
    port: Number(port),
    tls: address.kind === 'tcp' && address.tls,
    username,
    password,
    db,
    access: rest,
  };
}

/** What no output may show: passwords as they are and as a URL holds them. */
export function secretsOf({ password, access }: RedisAddress): string[] {
  const given = [password, access?.sentinel?.password].filter((secret) => typeof secret === 'string');
  return [...new Set(given.flatMap((secret) => [secret, encodeURIComponent(secret)]))];
}

function parseUrl(text: string, scheme: string): URL {
  // A unix URL has no host, which WHATWG URLs forbid beside credentials: it is parsed with one that stands for it.
  const unix = /^\s*unix:\/\/(?:([^/]*)@)?(\/[^/?#].*)$/is.exec(text);
  if (scheme === 'unix:' && !unix) throw invalid('a socket needs its absolute path, so three slashes');
  const parsable = unix ? `unix://${unix[1] === undefined ? '' : `${unix[1]}@`}socket${unix[2]}` : text;
  if (URL.canParse(parsable)) return new URL(parsable);
  if (/^\s*[a-z]+:\/\/(?:[^/?#]*@)?(?::\d*)?(?:[/?#]|\s*$)/i.test(text)) throw invalid('the host is missing');
  throw invalid('its host or port cannot be read', 'percent-encode what is special in a user name or a password');
}

function decode(part: string, what: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw invalid(`its ${what} holds a % that encodes nothing`, 'write a % as %25', cause);
  }
}

function readDb(url: URL, path: string): number {
  for (const name of url.searchParams.keys()) {
    if (name !== 'db') throw invalid('it holds a parameter other than db');
  }
  const given = [path, ...url.searchParams.getAll('db')].filter((part) => part !== '');
  if (given.length > 1) throw invalid('it names the database twice');
  if (!/^\d{0,9}$/.test(given[0] ?? '')) throw invalid('the database is not a number');
  return Number(given[0] ?? 0);
}

function invalid(why: string, hint?: string, cause?: unknown): ScenarioError {
  return new ScenarioError(`this is not the URL of a server: ${why}`, {
    next: hint ? `${hint}; ${ACCEPTED}` : ACCEPTED,
    ...(cause === undefined ? {} : { cause }),
  });
}
