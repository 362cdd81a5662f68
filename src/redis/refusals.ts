import commands from '@ioredis/commands/built/commands.json' with { type: 'json' };
import type { Argument } from '../contracts/redis.js';
import type { Link } from './link.js';
import { reach } from './reach.js';
import { isErrorReply, toReplyError } from './reply.js';
import type { RedisAddress } from './url.js';

/** Why a command is refused, as the server says it: by its user's rights, or because it knows no such command. */
export type Refusal = { readonly forbidden: string } | { readonly unknown: 'command' | 'subcommand' };

const ANSWER_MS = 1_500;
/** A key of no case. */
const ABSENT_KEY = 'redrill:{ready}:absent';
/** What would not be queued, or says nothing of the command. */
const NOT_ASKED = new Set(
  'AUTH DISCARD EXEC HELLO MONITOR MULTI PSYNC PUNSUBSCRIBE QUIT REPLCONF RESET SUNSUBSCRIBE SYNC UNSUBSCRIBE'.split(
    ' ',
  ),
);
/** ioredis takes what is answered to them for a subscription: they are done for once, on a link that is closed after. */
const SUBSCRIPTIONS = new Set(['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE']);
/** Words of a command whose arity is not known, its name included. */
const LONGEST = 8;

interface Described {
  readonly arity: number;
  readonly subcommands?: Readonly<Record<string, Described>>;
}

const table: Readonly<Record<string, Described>> = commands;

/**
 * Which of the commands the server refuses to this user, by the server's own words. They are queued in a transaction that
 * is thrown away: the server says at once which it refuses, runs none, and asks for no rights beyond +multi. A command
 * that nothing is said of may be refused all the same.
 */
export async function findRefusals(
  address: RedisAddress,
  commands: Iterable<string>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Refusal>> {
  const names = [...new Set(commands)];
  const found = new Map<string, Refusal>();
  const tell: Tell = (name, refusal) => found.set(name, refusal);
  const misjudged = await ask(address, names, arityOf, tell, signal);
  await ask(address, misjudged, () => undefined, tell, signal);
  return found;
}

type Tell = (name: string, refusal: Refusal) => void;

/** Gives the commands that want more arguments here than is said of them. */
async function ask(
  address: RedisAddress,
  names: readonly string[],
  arity: typeof arityOf,
  tell: Tell,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  // Of its own: it never dials again, so that no command can come behind a MULTI that was lost.
  const link = await reach(address, { name: 'redrill:commands' });
  const late = AbortSignal.any([AbortSignal.timeout(ANSWER_MS), signal]);
  const stop = (): void => link.close();
  late.addEventListener('abort', stop, { once: true });
  try {
    return await askOver(link, names, arity, tell);
  } catch (error) {
    // Nobody answers: what comes next will say so.
    if (link.usable) throw error;
    return [];
  } finally {
    late.removeEventListener('abort', stop);
    stop();
    signal.throwIfAborted();
  }
}

async function askOver(
  link: Link,
  wanted: readonly string[],
  arity: typeof arityOf,
  tell: Tell,
): Promise<readonly string[]> {
  const [begun] = await link.settleAll([['MULTI']]);
  // What comes next would be done.
  if (isErrorReply(begun)) {
    const refusal = refusalOf(begun);
    if (refusal && wanted.includes('MULTI')) tell('MULTI', refusal);
    return [];
  }
  const asked = wanted.filter((name) => !NOT_ASKED.has(name));
  const attempts = [
    ...asked.flatMap((name) => (SUBSCRIPTIONS.has(name) ? [] : attemptsOf(name, arity(name)))),
    attempt('DISCARD', 1),
    ...asked.flatMap((name) => (SUBSCRIPTIONS.has(name) ? [attempt(name, 2)] : [])),
  ];
  const replies = await link.settleAll(attempts.map(({ command }) => command));
  const misjudged: string[] = [];
  for (const [index, { name }] of attempts.entries()) {
    const refusal = refusalOf(replies[index]);
    if (refusal) tell(name, refusal);
    else if (arity(name) !== undefined && isTooShort(replies[index])) misjudged.push(name);
  }
  return misjudged;
}

/** By a table of one version; others may want more. Undefined where it does not say. */
function arityOf(name: string): number | undefined {
  const [command = '', subcommand] = name.toLowerCase().split(' ');
  const described = table[command];
  const arity = subcommand === undefined ? described?.arity : described?.subcommands?.[subcommand]?.arity;
  return arity === undefined ? undefined : Math.abs(arity);
}

const isTooShort = (reply: unknown): boolean =>
  isErrorReply(reply) && toReplyError(reply).message.startsWith('wrong number of arguments');

interface Attempt {
  readonly name: string;
  readonly command: readonly Argument[];
}

/** The number of arguments is looked at before the user's rights. */
function attemptsOf(name: string, arity: number | undefined): Attempt[] {
  const words = name.split(' ').length;
  return arity === undefined
    ? Array.from({ length: LONGEST - words + 1 }, (_, index) => attempt(name, words + index))
    : [attempt(name, Math.max(arity, words))];
}

/** With keys that are not there, up to so many words. */
function attempt(name: string, length: number): Attempt {
  const words = name.split(' ');
  return { name, command: [...words, ...Array.from({ length: length - words.length }, () => ABSENT_KEY)] };
}

function refusalOf(reply: unknown): Refusal | undefined {
  if (!isErrorReply(reply)) return undefined;
  const { code, message } = toReplyError(reply);
  // Not for a key or a channel: cases have others.
  if (code === 'NOPERM') return /\baccess\b/.test(message) ? undefined : { forbidden: `NOPERM ${message}` };
  const unknown = /^unknown (sub)?command\b/i.exec(message);
  return unknown ? { unknown: unknown[1] === undefined ? 'command' : 'subcommand' } : undefined;
}
