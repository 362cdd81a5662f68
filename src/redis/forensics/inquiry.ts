import type { Argument, Node, Reply } from '../../contracts/redis.js';
import { ReplyError } from '../../errors.js';
import { isMap } from '../../format/value.js';
import { nameOf } from '../commands.js';

/** Commands whose first word says too little. */
const CONTAINERS = new Set(['CLIENT', 'MEMORY', 'XINFO']);

/** Questions that may go unanswered: which did is remembered by the names of their commands. */
export class Inquiry {
  readonly refused = new Set<string>();

  /** `signal`: nobody waits any longer. `answerMs`: for one answer, so that a lost node leaves time for the others. */
  constructor(
    private readonly signal: AbortSignal,
    private readonly answerMs: number,
  ) {}

  /** Undefined where there is no answer. */
  async ask(node: Node, command: readonly [string, ...Argument[]]): Promise<Reply | undefined> {
    try {
      return await node.call(command, { signal: this.signal, timeoutMs: this.answerMs, readFrom: 'primary' });
    } catch (error) {
      if (!isOvertaken(error)) this.refused.add(commandName(command));
      return undefined;
    }
  }
}

/** What was asked about is another thing by now, or gone: programs under test go on. */
const isOvertaken = (error: unknown): boolean =>
  error instanceof ReplyError && (/^(?:WRONGTYPE|NOGROUP)$/.test(error.code) || /\bno such key\b/i.test(error.message));

function commandName(command: readonly [string, ...Argument[]]): string {
  const name = nameOf(command);
  return CONTAINERS.has(name) ? `${name} ${command[1]}` : name;
}

export const listOf = (reply: Reply | undefined): readonly Reply[] => (Array.isArray(reply) ? reply : []);

export const fieldOf = (reply: Reply, name: string): Reply | undefined =>
  isMap(reply) ? (reply[name] as Reply | undefined) : undefined; // a map of replies, when it is one

export const numberOf = (reply: Reply | undefined): number | null =>
  typeof reply === 'number' || typeof reply === 'bigint' ? Number(reply) : null;

/** Of what is text as a rule; bytes in base64. */
export const textOf = (reply: Reply): string =>
  isMap(reply) && typeof reply.base64 === 'string' ? `base64:${reply.base64}` : String(reply);
