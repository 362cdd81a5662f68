import type { Argument, Reply } from '../contracts/redis.js';
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
  if (names.length === 0) return found;
  // Of its own: it never dials again, so that no command can come behind a MULTI that was lost.
  const link = await reach(address, { name: 'redrill:commands' });
  const late = AbortSignal.any([AbortSignal.timeout(ANSWER_MS), signal]);
  const stop = (): void => link.close();
  late.addEventListener('abort', stop, { once: true });
  try {
    await ask(link, names, (name, refusal) => found.set(name, refusal));
  } catch (error) {
    // Nobody answers: what comes next will say so.
    if (link.usable) throw error;
  } finally {
    late.removeEventListener('abort', stop);
    stop();
  }
  signal.throwIfAborted();
  return found;
}

async function ask(link: Link, wanted: readonly string[], tell: (name: string, refusal: Refusal) => void) {
  const asked = wanted.filter((name) => !NOT_ASKED.has(name));
  const info = ['COMMAND', 'INFO', ...asked.map((name) => name.toLowerCase().replace(' ', '|'))];
  const [described, begun] = await link.settleAll([info, ['MULTI']]);
  if (isErrorReply(begun)) {
    const refusal = refusalOf(begun);
    if (refusal && wanted.includes('MULTI')) tell('MULTI', refusal);
    return;
  }
  const arities = aritiesOf(described);
  const queued = asked.flatMap((name, index) => (SUBSCRIPTIONS.has(name) ? [] : attemptsOf(name, arities[index])));
  const subscribed = asked.filter((name) => SUBSCRIPTIONS.has(name)).map((name) => [name, ABSENT_KEY] as const);
  const replies = await link.settleAll([...queued.map(({ command }) => command), ['DISCARD'], ...subscribed]);
  const names = [...queued.map(({ name }) => name), 'DISCARD', ...subscribed.map(([name]) => name)];
  for (const [index, name] of names.entries()) {
    const refusal = refusalOf(replies[index]);
    if (refusal) tell(name, refusal);
  }
}

/** From COMMAND INFO, which may be refused, and knows no subcommands before Redis 7.0. */
function aritiesOf(described: Reply | Error | undefined): readonly (number | undefined)[] {
  return Array.isArray(described)
    ? described.map((one: Reply) => (Array.isArray(one) ? Math.abs(Number(one[1])) : undefined))
    : [];
}

interface Attempt {
  readonly name: string;
  readonly command: readonly Argument[];
}

/** The number of arguments is looked at before the user's rights. */
function attemptsOf(name: string, arity: number | undefined): Attempt[] {
  const words = name.split(' ');
  const lengths =
    arity === undefined
      ? Array.from({ length: LONGEST - words.length + 1 }, (_, index) => words.length + index)
      : [Math.max(arity, words.length)];
  return lengths.map((length) => ({
    name,
    command: [...words, ...Array.from({ length: length - words.length }, () => ABSENT_KEY)],
  }));
}

function refusalOf(reply: unknown): Refusal | undefined {
  if (!isErrorReply(reply)) return undefined;
  const { code, message } = toReplyError(reply);
  // Not for a key or a channel: cases have others.
  if (code === 'NOPERM') return /\baccess\b/.test(message) ? undefined : { forbidden: `NOPERM ${message}` };
  const unknown = /^unknown (sub)?command\b/i.exec(message);
  return unknown ? { unknown: unknown[1] === undefined ? 'command' : 'subcommand' } : undefined;
}
