import type { Connection } from '../../contracts/redis.js';
import { ReplyError } from '../../errors.js';

type Fields = Readonly<Record<string, string | number>>;

export interface ServerState {
  /** The fields of INFO; absent where the server refuses it, as `clients` is. */
  readonly info?: Fields;
  /** A map for each line of CLIENT LIST. */
  readonly clients?: readonly Fields[];
}

/** What a condition can ask of the server as it is now. */
export async function readServerState(redis: Connection, signal: AbortSignal): Promise<ServerState> {
  const [info, clients] = await Promise.all([
    readText(redis, ['INFO'], signal),
    readText(redis, ['CLIENT', 'LIST'], signal),
  ]);
  return {
    ...(info !== undefined && { info: parseInfo(info) }),
    ...(clients !== undefined && { clients: parseClients(clients) }),
  };
}

async function readText(redis: Connection, command: readonly string[], signal: AbortSignal) {
  try {
    return String(await redis.call(command, { signal }));
  } catch (error) {
    if (error instanceof ReplyError) return undefined;
    throw error;
  }
}

/** `used_memory:1234` by line, numbers as numbers. */
export const parseInfo = (text: string): Fields => fieldsOf(text.match(/^[^#\s:]+:[^\r\n]*/gm) ?? [], ':');

/** `id=3 name=worker cmd=brpop` by client, numbers as numbers. */
export const parseClients = (text: string): readonly Fields[] =>
  text
    .trim()
    .split('\n')
    .map((line) => fieldsOf(line.trim().split(' '), '='));

function fieldsOf(parts: readonly string[], divider: string): Fields {
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf(divider);
      const value = part.slice(at + 1);
      return [part.slice(0, at), /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value];
    }),
  );
}
