import { exists, getKeyIndexes, hasFlag } from '@ioredis/commands';
import type { Argument } from '../contracts/redis.js';
import { textOf } from './commands.js';

/** How the names in a command's arguments change; patterns of names change alike. */
export interface NameMapping {
  key(name: Argument): Argument;
  channel(name: Argument): Argument;
}

type Mapper = (args: Argument[], names: NameMapping) => void;

/** Newer than the table of @ioredis/commands, all with one key in front. */
const FIRST_ARGUMENT_IS_KEY = new Set(['delifeq']);
const WITHOUT_KEYS = new Set(['commandlog']);

/** What holds names that are no keys, or keys that the table doesn't give. */
const MAPPERS: ReadonlyMap<string, Mapper> = new Map<string, Mapper>([
  ['acl', mapAcl],
  ['client', mapClientTracking],
  ['cluster', (args, names) => word(args[1]) === 'keyslot' && mapFrom(args, 2, names.key)],
  ['debug', mapDebug],
  ['keys', (args, names) => mapAt(args, 1, names.key)],
  ['publish', (args, names) => mapAt(args, 1, names.channel)],
  ['pubsub', mapPubsub],
  ['scan', mapScan],
  ['sort', mapSort],
  ['sort_ro', mapSort],
  ['spublish', (args, names) => mapAt(args, 1, names.channel)],
]);

/** Whether it is known which arguments of the command are names. */
export const isKnownCommand = (name: string): boolean =>
  exists(name) || FIRST_ARGUMENT_IS_KEY.has(name) || WITHOUT_KEYS.has(name);

/** Whether the command may change data, as far as its name tells. */
export const mayWrite = (name: string): boolean => {
  const [first = ''] = name.toLowerCase().split(' ');
  if (FIRST_ARGUMENT_IS_KEY.has(first) || MAY_WRITE.has(first)) return true;
  if (WITHOUT_KEYS.has(first)) return false;
  return !exists(first) || hasFlag(first, 'write');
};

/** The table says nothing of what scripts and subcommands do. */
const MAY_WRITE = new Set(['eval', 'evalsha', 'fcall', 'xgroup']);

/** The arguments with every key, pattern and channel mapped; the command must be a known one. */
export function mapNames(args: readonly Argument[], names: NameMapping): Argument[] {
  const mapped = [...args];
  const name = word(args[0]);
  const mapper = MAPPERS.get(name);
  if (mapper) mapper(mapped, names);
  else for (const index of keyIndexes(args)) mapAt(mapped, index, names.key);
  return mapped;
}

/** Where the keys stand in a command, 0 being its name. */
export function keyIndexes(args: readonly Argument[]): number[] {
  const name = word(args[0]);
  if (FIRST_ARGUMENT_IS_KEY.has(name)) return [1];
  if (!exists(name)) return [];
  const indexes = getKeyIndexes(name, args.slice(1).map(textOf)).map((index) => index + 1);
  return indexes.filter((index) => index < args.length); // `EVAL code 3 k` names more keys than it has
}

const word = (argument: Argument | undefined): string => textOf(argument ?? '').toLowerCase();

function mapAt(args: Argument[], index: number, map: (name: Argument) => Argument): void {
  const argument = args[index];
  if (argument !== undefined) args[index] = map(argument);
}

function mapFrom(args: Argument[], start: number, map: (name: Argument) => Argument): void {
  for (let index = start; index < args.length; index++) mapAt(args, index, map);
}

/** Redis takes the last MATCH; without one, only names of the namespace may come back. */
function mapScan(args: Argument[], names: NameMapping): void {
  let matched = false;
  for (let index = 2; index < args.length; index += 2) {
    if (word(args[index]) !== 'match') continue;
    mapAt(args, index + 1, names.key);
    matched = true;
  }
  if (!matched && args.length > 1) args.push('MATCH', names.key('*'));
}

/** A BY or GET without `*` looks nothing up (`BY nosort`, `GET #`). */
function mapSort(args: Argument[], names: NameMapping): void {
  mapAt(args, 1, names.key);
  for (let index = 2; index < args.length; index++) {
    const option = word(args[index]);
    if (option === 'limit') index += 2;
    else if (option === 'store') mapAt(args, ++index, names.key);
    else if (option === 'by' || option === 'get') {
      index++;
      if (textOf(args[index] ?? '').includes('*')) mapAt(args, index, names.key);
    }
  }
}

function mapPubsub(args: Argument[], names: NameMapping): void {
  const subcommand = word(args[1]);
  if (subcommand === 'numsub' || subcommand === 'shardnumsub') mapFrom(args, 2, names.channel);
  if (subcommand !== 'channels' && subcommand !== 'shardchannels') return;
  if (args.length === 2) args.push(names.channel('*'));
  else mapAt(args, 2, names.channel);
}

function mapClientTracking(args: Argument[], names: NameMapping): void {
  if (word(args[1]) !== 'tracking') return;
  for (let index = 2; index < args.length; index++) {
    if (word(args[index]) === 'prefix') mapAt(args, ++index, names.key);
  }
}

const DEBUG_WITH_KEYS = new Set(['object', 'listpack', 'quicklist', 'sdslen', 'htstats-key', 'digest-value']);

function mapDebug(args: Argument[], names: NameMapping): void {
  const subcommand = word(args[1]);
  if (subcommand === 'digest-value') mapFrom(args, 2, names.key);
  else if (DEBUG_WITH_KEYS.has(subcommand)) mapAt(args, 2, names.key);
}

/** Rules of a user hold patterns: `~orders:*`, `%R~orders:*`, `&news:*`, also inside the parentheses of a selector. */
function mapAcl(args: Argument[], names: NameMapping): void {
  const subcommand = word(args[1]);
  if (subcommand === 'dryrun') args.splice(3, args.length, ...mapNames(args.slice(3), names));
  if (subcommand !== 'setuser') return;
  for (let index = 3; index < args.length; index++) {
    const rule = textOf(args[index]!);
    if (!/^[~%&(]/.test(rule)) continue; // a password may hold anything
    args[index] = rule.replace(
      /(?<=^|[\s(])(~|%[rw]+~|&)([^\s)]*)/gi,
      (_, kind: string, pattern: string) => kind + String(kind === '&' ? names.channel(pattern) : names.key(pattern)),
    );
  }
}
