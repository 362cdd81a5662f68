import type { Argument, CallOptions, Node, NodesOptions, Reply } from '../../contracts/redis.js';
import { OutcomeUnknown, ReplyError } from '../../errors.js';
import { keepsState, nameOf } from '../commands.js';
import { exchange, neverSent, type Wait } from '../exchange.js';
import type { DialOptions, Link } from '../link.js';
import type { PoolableConnection } from '../pool.js';
import { asValue, isErrorReply, toReplyError } from '../reply.js';
import { runScript } from '../script.js';
import { nextConnectionId } from '../session.js';
import { readTransaction } from '../transaction.js';
import { displayAddress, type RedisAddress } from '../url.js';
import { Abandoned, AT_ONCE, Courier, LONGEST_CHASE, pause } from './courier.js';
import { type Item, slotOfCommand } from './routes.js';

type Command = readonly Argument[];

/** A connection to a cluster, or to a primary with replicas: a link for each node that its commands need. */
export class RoutedConnection implements PoolableConnection {
  readonly id = nextConnectionId();
  readonly clientName: string;
  readonly #courier: Courier;
  #hasState = false;
  #inFlight = 0;

  constructor(
    link: Link,
    private readonly address: RedisAddress,
    options: DialOptions,
  ) {
    this.clientName = options.name;
    this.#courier = new Courier(link, address, options, this.id);
  }

  get isFresh(): boolean {
    return !this.#hasState && this.#inFlight === 0 && this.#homeLink?.usable === true;
  }

  get #homeLink(): Link | undefined {
    return this.#courier.links.usable({ node: this.#courier.routes.home, readOnly: false });
  }

  async call(command: Command, options?: CallOptions): Promise<Reply> {
    return await this.#callAt(command, options);
  }

  async pipeline(commands: readonly Command[], options?: CallOptions): Promise<readonly Reply[]> {
    return await this.#pipelineAt(commands, options);
  }

  async transaction(commands: readonly Command[], options?: CallOptions): Promise<readonly Reply[] | null> {
    const slots = new Set(commands.map(slotOfCommand).filter((slot) => slot !== undefined));
    if (slots.size > 1) throw new ReplyError('CROSSSLOT', "Keys in request don't hash to the same slot");
    const all = [['MULTI'], ...commands, ['EXEC']];
    const replies = await this.#exchange('the transaction', all, options, async (wait) => {
      let begin: Pick<Item, 'node' | 'asking'> = {};
      for (let attempt = 0; ; attempt++) {
        const { isWatching } = this.#courier.routes;
        const items = all.map((command, index) => ({ command, index, ...(index === 0 && begin) }));
        const settled = await this.#courier.deliver(items, wait);
        const next = this.#wholeElsewhere(settled);
        if (isWatching || next === undefined || attempt >= LONGEST_CHASE) return settled;
        await pause(attempt, next.node === undefined);
        if (wait.isOver) return settled;
        wait.refused();
        begin = next;
      }
    });
    return readTransaction(replies);
  }

  /** Where a transaction goes that was refused: what was not queued makes EXEC refuse all of it. */
  #wholeElsewhere(settled: readonly (Reply | Error)[]): Pick<Item, 'node' | 'asking'> | undefined {
    const targets = settled.map((reply) => this.#courier.redirect(reply, this.#courier.routes.home));
    const executed = settled.at(-1);
    const refused = isErrorReply(executed) && executed.message.startsWith('EXECABORT ');
    return refused ? targets.find((target) => target !== undefined) : targets.at(-1);
  }

  script(lua: string, keys: readonly string[], args: Command, options?: CallOptions): Promise<Reply> {
    return runScript(this, lua, keys, args, options);
  }

  async nodes({ replicas = false, ...options }: NodesOptions = {}): Promise<readonly Node[]> {
    await this.#exchange('CLUSTER SLOTS', [], options, async (wait) => {
      for (let attempt = AT_ONCE; !this.#courier.topology.isKnown && !wait.isOver; attempt++) {
        await this.#courier.finder.refresh();
        this.#courier.assertMayAsk();
        if (!this.#courier.topology.isKnown) await pause(attempt, true);
      }
    });
    const { topology } = this.#courier;
    return (replicas ? topology.nodes : topology.primaries).map((node) => ({
      name: node,
      call: (command, calling) => this.#callAt(command, calling, node),
      pipeline: (commands, calling) => this.#pipelineAt(commands, calling, node),
    }));
  }

  destroy(): void {
    this.#courier.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { ended } = this.#courier.links;
    this.destroy();
    await ended;
  }

  async #callAt(command: Command, options?: CallOptions, node?: string): Promise<Reply> {
    const items = itemsOf([command], options, node);
    const [reply] = await this.#exchange(nameOf(command), [command], options, (wait) =>
      this.#courier.deliver(items, wait),
    );
    if (isErrorReply(reply)) throw toReplyError(reply);
    return reply ?? null;
  }

  async #pipelineAt(commands: readonly Command[], options?: CallOptions, node?: string): Promise<readonly Reply[]> {
    if (commands.length === 0) return [];
    const items = itemsOf(commands, options, node);
    const replies = await this.#exchange('the pipeline', commands, options, (wait) =>
      this.#courier.deliver(items, wait),
    );
    return replies.map(asValue);
  }

  async #exchange<T>(
    what: string,
    commands: readonly Command[],
    options: CallOptions | undefined,
    begin: (wait: Wait) => Promise<T>,
  ): Promise<T> {
    if (this.#courier.isClosed) throw this.#notSent(what);
    this.#hasState ||= commands.some((command) => keepsState(nameOf(command)));
    const track = async (wait: Wait): Promise<T> => {
      this.#inFlight++;
      try {
        return await begin(wait);
      } catch (error) {
        if (!(error instanceof Abandoned)) throw error;
        throw wait.isSent() ? this.#cutShort(what) : this.#notSent(what);
      } finally {
        this.#inFlight--;
      }
    };
    try {
      return await exchange(what, options, (timeoutMs) => this.#notSent(what, timeoutMs), track);
    } catch (error) {
      // A node that hangs may have been replaced.
      if (error instanceof OutcomeUnknown && error.code === 'TIMEOUT') void this.#courier.finder.refresh();
      throw error;
    }
  }

  /** A part of it was sent. */
  #cutShort(what: string): OutcomeUnknown {
    const message = `the connection to ${displayAddress(this.address)} broke before ${what} was answered: it was closed`;
    return new OutcomeUnknown('CONNECTION', message, true);
  }

  #notSent(what: string, timeoutMs?: number): OutcomeUnknown {
    const { failure, refusal } = this.#courier.finder;
    if (!refusal) return neverSent(what, this.address, failure, timeoutMs);
    return new OutcomeUnknown('CONNECTION', `${what} was not sent: ${refusal.message}`, false, { cause: refusal });
  }
}

function itemsOf(commands: readonly Command[], options: CallOptions | undefined, node: string | undefined): Item[] {
  const common = { ...(node !== undefined && { node, stays: true }), ...(options?.readFrom && { fromPrimary: true }) };
  return commands.map((command, index) => ({ command, index, ...common }));
}
