import type { BoundExpression, DeferredValue } from '../../contracts/fields.js';
import type { Message } from '../../contracts/message.js';
import type { Argument, CallOptions, Connection, Namespace } from '../../contracts/redis.js';
import { keyIndexes } from '../../redis/names.js';
import { raiseError } from '../replies.js';
import type { QueueKeys } from './keys.js';
import { encodeBody } from './payload.js';

export interface EffectInput {
  readonly do?: readonly DeferredValue<readonly Argument[]>[] | undefined;
  readonly once?: BoundExpression | undefined;
}

/**
 * KEYS: the marker of the effect. ARGV: for each command the number of its parts, then these.
 * A command that is refused takes the marker away again, unless one before it was applied: then doing all of them again
 * would do that one twice.
 */
const ONCE = `
if not redis.call('SET', KEYS[1], '1', 'NX') then return 0 end
local at = 1
while at <= #ARGV do
  local last = at + tonumber(ARGV[at])
  local reply = redis.pcall(unpack(ARGV, at + 1, last))
  if type(reply) == 'table' and reply.err then
    if at == 1 then redis.call('DEL', KEYS[1]) end
    return reply
  end
  at = last + 1
end
return 1
`;

/** What a handler does on the server for a message. */
export class Effect {
  constructor(
    private readonly input: EffectInput,
    private readonly namespace: Namespace,
    private readonly keys: QueueKeys,
  ) {}

  /** A handler without commands and without `once` has no effect to speak of. */
  get exists(): boolean {
    return this.input.do !== undefined || this.input.once !== undefined;
  }

  /** False if `once` held it back. Raises a ReplyError for the first command that was refused. */
  async apply(message: Message, connection: Connection, options: CallOptions): Promise<boolean> {
    const commands = (this.input.do ?? []).map((one) => this.namespace.command(one.evaluate({ message })));
    const { once } = this.input;
    if (once) {
      const marker = this.#marker(encodeBody(once.evaluate({ message })), commands);
      const args = commands.flatMap((command) => [command.length, ...command]);
      return (await connection.script(ONCE, [marker], args, options)) === 1;
    }
    raiseError(await connection.pipeline(commands, options));
    return true;
  }

  /** In the slot of the first key that the commands touch, so that one script may do all of it. */
  #marker(value: string, commands: readonly (readonly Argument[])[]): string {
    const [command = []] = commands;
    const [index] = keyIndexes(command);
    const neighbour = index === undefined ? this.keys.main : String(command[index]);
    return this.namespace.beside(neighbour, `once:${this.keys.queue}:${value}`);
  }
}
