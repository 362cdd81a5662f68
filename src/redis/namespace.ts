import type { KeyMode } from '../contracts/case.js';
import type { Argument, Namespace } from '../contracts/redis.js';
import { ReplyError, ScenarioError } from '../errors.js';
import { assertAllowed, textOf } from './commands.js';
import { isKnownCommand, mapNames, type NameMapping } from './names.js';
import { mapStrings } from './strings.js';

export interface NamespaceOptions {
  readonly mode: KeyMode;
  /** Tells cases and runs apart: letters, digits, `_`, `.` and `-`, so that it means itself in a pattern too. */
  readonly token: string;
  /** This run started the server. */
  readonly ours: boolean;
  /** Other cases of this run use it too. */
  readonly shared?: boolean;
}

/** A case's namespace, which remembers where the case may have left keys. */
export interface CaseNamespace extends Namespace {
  /** Databases that commands of the case named, beside the one that its connections begin in. */
  readonly databases: ReadonlySet<number>;
  /** Keys that it gave out, as they are on the server, up to a bound; with literal names, those that `beside` gave. */
  readonly given: ReadonlySet<Argument>;
}

/** A case that makes more leaves the rest to the sweep at the end of the run. */
const REMEMBERED_KEYS = 100_000;

/** `__keyspace@0__:`, or the same of a pattern. */
const KEYSPACE_CHANNEL = /^__keyspace@.*?__:/;
/** `__keyevent@0__:expired`, `__redis__:invalidate`, and patterns of both kinds of events at once. */
const SERVER_CHANNEL = /^__(?:key|redis__:)/;

export function createNamespace({ mode, token, ours, shared = false }: NamespaceOptions): CaseNamespace {
  const prefix = prefixOf(mode, token);
  const databases = new Set<number>();
  const given = new Set<Argument>();
  const give = <T extends Argument>(key: T): T => {
    if (given.size < REMEMBERED_KEYS) given.add(key);
    return key;
  };
  const key = (name: string): string => (mode === 'literal' ? name : give(prefix + name));
  const channel = (name: string): string => {
    const keyspace = KEYSPACE_CHANNEL.exec(name)?.[0];
    if (keyspace !== undefined) return keyspace + prefix + name.slice(keyspace.length);
    return SERVER_CHANNEL.test(name) ? name : prefix + name;
  };
  const names = namesUnder(prefix, channel, give);
  const strip = (text: string): string => (text.includes(prefix) ? text.replaceAll(prefix, '') : text);
  return {
    prefix,
    databases,
    given,
    key,
    channel,
    beside: (name, part) => give(besideKey(prefix, name, part)),
    command(args) {
      assertAllowed(args, { ours, shared });
      const database = databaseOf(args);
      if (database !== undefined) databases.add(database);
      if (mode === 'literal') return [...args];
      assertMappable(args);
      return mapNames(args, names);
    },
    reply<T>(reply: T): T {
      if (mode === 'literal') return reply;
      // Strings alone change, and an error is remade: the shape is the one that came in.
      if (reply instanceof ReplyError) return new ReplyError(reply.code, strip(reply.message), { cause: reply }) as T;
      return mapStrings(reply, strip) as T;
    },
  };
}

/**
 * It begins with the namespace, and has the other key's hash tag: the one in its name (isolated namespaces have one),
 * or else the whole name, because that is what a name without a tag is hashed by.
 */
function besideKey(prefix: string, key: string, part: string): string {
  const tag = hashTag(key);
  if (prefix !== '' && tag !== undefined) return `${key}:${part}`;
  return `${prefix === '' ? 'redrill:' : prefix}{${tag ?? key}}:${key.slice(prefix.length)}:${part}`;
}

/** What the slot is computed from; undefined where it is the whole key. */
function hashTag(key: string): string | undefined {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : undefined;
}

function prefixOf(mode: KeyMode, token: string): string {
  if (!/^[\w.-]+$/.test(token)) throw new TypeError(`a namespace cannot be named ${JSON.stringify(token)}`);
  switch (mode) {
    case 'isolated':
      return `redrill:{${token}}:`;
    case 'spread':
      return `redrill:${token}:`;
    case 'literal':
      return '';
  }
}

function namesUnder(
  prefix: string,
  channel: (name: string) => string,
  give: <T extends Argument>(key: T) => T,
): NameMapping {
  const bytes = Buffer.from(prefix);
  const key = (name: Argument): Argument =>
    give(name instanceof Uint8Array ? Buffer.concat([bytes, name]) : prefix + String(name));
  const mapChannel = (name: Argument): Argument =>
    name instanceof Uint8Array ? Buffer.concat([bytes, name]) : channel(String(name));
  return { key, channel: mapChannel };
}

function assertMappable(args: readonly Argument[]): void {
  const name = textOf(args[0] ?? '').toLowerCase();
  if (name === 'randomkey') {
    throw new ScenarioError('RANDOMKEY is refused: it answers with any key of the server, not with one of the case', {
      next: 'use SCAN, or `keys: literal` on a server of your own',
    });
  }
  if (isKnownCommand(name)) return;
  throw new ScenarioError(`${name.toUpperCase()} is refused: which of its arguments are keys is unknown`, {
    next: 'correct its name, or set `keys: literal` and list its keys under `owns`',
  });
}

/** The database that a command moves to, or puts a key in. */
function databaseOf(args: readonly Argument[]): number | undefined {
  const find = DATABASE_ARGUMENT.get(textOf(args[0] ?? '').toLowerCase());
  const text = find?.(args.map((argument) => textOf(argument).toLowerCase()));
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const DATABASE_ARGUMENT: ReadonlyMap<string, (words: readonly string[]) => string | undefined> = new Map([
  ['select', (words) => words[1]],
  ['move', (words) => words[2]],
  ['copy', (words) => words[words.indexOf('db', 3) + 1 || words.length]],
]);
