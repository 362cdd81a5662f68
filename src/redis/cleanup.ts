import type { Argument, Connection, Reply } from '../contracts/redis.js';
import { ReplyError } from '../errors.js';
import type { CaseNamespace } from './namespace.js';
import { toArgument } from './reply.js';

const BATCH = 1_000;
/** A server that is gone does not come back for each case; what is left there is left to `removeRun`. */
const REACH_MS = 2_000;

/**
 * Deletes the keys that a case was given, and in databases that it moved to every key under its namespace. The
 * connection may be a shared one: it is back in its own database, `home`, before another command can come between.
 * What scripts made up themselves is left to `removeRun`: a SCAN for every case would be long on a large server.
 */
export async function removeNamespace(connection: Connection, namespace: CaseNamespace, home = 0): Promise<void> {
  const given = [...namespace.given];
  // A hash tag of their own keeps the keys of an isolated case in one slot, so that one command takes them.
  if (namespace.prefix.includes('{')) {
    for (let start = 0; start < given.length; start += BATCH) {
      await connection.call(['UNLINK', ...given.slice(start, start + BATCH)], { reachMs: REACH_MS });
    }
  } else await removeKeys(connection, given);
  if (namespace.prefix === '' || namespace.databases.size === 0) return;
  for (const database of namespace.databases) {
    await sweep(`${namespace.prefix}*`, async (commands) => {
      const replies = await connection.pipeline([['SELECT', database], ...commands, ['SELECT', home]]);
      return replies.slice(1, -1);
    });
  }
}

/** Deletes whatever is left under the namespaces of a run's cases, whose tokens begin with the run's. */
export async function removeRun(connection: Connection, token: string): Promise<void> {
  const nodes = await connection.nodes();
  await Promise.all(nodes.map((node) => sweep(`redrill:*${token}-*`, (commands) => node.pipeline(commands))));
}

type Send = (commands: readonly (readonly Argument[])[]) => Promise<readonly Reply[]>;

async function sweep(pattern: string, send: Send): Promise<void> {
  let cursor = '0';
  do {
    const [reply] = await send([['SCAN', cursor, 'MATCH', pattern, 'COUNT', BATCH]]);
    raiseErrors([reply]);
    // SCAN's reply: the next cursor, and keys.
    const [next, keys] = reply as readonly [string, readonly Reply[]];
    if (keys.length > 0) raiseErrors(await send(keys.map((key) => ['UNLINK', toArgument(key)])));
    cursor = next;
  } while (cursor !== '0');
}

/** Which of the keys are there, in the order given. */
export async function existingKeys(connection: Connection, names: readonly string[]): Promise<string[]> {
  const replies = await connection.pipeline(
    names.map((name) => ['EXISTS', name]),
    { readFrom: 'primary' },
  );
  raiseErrors(replies);
  return names.filter((_, index) => replies[index] === 1);
}

// One key a command: in a cluster the keys of one command must share a slot.
export async function removeKeys(connection: Connection, names: Iterable<Argument>): Promise<void> {
  const commands = [...names].map((name) => ['UNLINK', name]);
  for (let start = 0; start < commands.length; start += BATCH) {
    raiseErrors(await connection.pipeline(commands.slice(start, start + BATCH), { reachMs: REACH_MS }));
  }
}

function raiseErrors(replies: readonly (Reply | undefined)[]): void {
  for (const reply of replies) {
    if (typeof reply !== 'object' || reply === null || !('error' in reply)) continue;
    const { code, message } = reply.error as { readonly code: string; readonly message: string }; // an error value's shape
    throw new ReplyError(code, message);
  }
}
