import { setTimeout as delay } from 'node:timers/promises';
import type { Argument, CallOptions, Node, Reply } from '../../contracts/redis.js';
import { OutcomeUnknown, ReplyError } from '../../errors.js';
import { formatDuration } from '../../format/quantity.js';
import { keepsState, nameOf, textOf } from '../commands.js';
import { exchange, explain, type Wait } from '../exchange.js';
import type { DialOptions, Link } from '../link.js';
import type { PoolableConnection } from '../pool.js';
import { isErrorReply, toReply, toReplyError } from '../reply.js';
import { runScript } from '../script.js';
import { nextConnectionId } from '../session.js';
import { readTransaction } from '../transaction.js';
import { displayAddress, type RedisAddress } from '../url.js';
import { Finder } from './finder.js';
import { NodeLinks, type Place } from './links.js';
import { type Item, type Plan, Routes, type Step, slotOfCommand } from './routes.js';
import { parseRedirect, Topology } from './topology.js';

/** Redirects are followed, and a cluster that is down or moves a slot is asked again, for about three seconds. */
const LONGEST_CHASE = 20;
const AT_ONCE = 3;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

type Command = readonly Argument[];

/** A connection to a cluster, or to a primary with replicas: a link for each node that its commands need. */
export class RoutedConnection implements PoolableConnection {
  readonly id = nextConnectionId();
  readonly #topology = new Topology();
  readonly #links: NodeLinks;
  readonly #finder: Finder;
  readonly #routes: Routes;
  #hasState = false;
  #inFlight = 0;
  #isClosed = false;

  constructor(
    link: Link,
    private readonly address: RedisAddress,
    options: DialOptions,
  ) {
    const isCluster = link.mode === 'cluster';
    this.#links = new NodeLinks(address, options, (node) => this.#lost(node), isCluster);
    this.#links.adopt({ node: this.#links.seed, readOnly: false }, link);
    const fromReplica = address.access?.readFrom === 'replica';
    this.#routes = new Routes(this.#topology, { isCluster, fromReplica, turn: this.id }, this.#links.seed);
    this.#finder = new Finder(this.#topology, this.#links, isCluster, (name) => {
      const wasHome = this.#routes.home === this.#links.seed;
      this.#links.renameSeed(name);
      if (wasHome) this.#routes.rename(name);
    });
  }

  get isFresh(): boolean {
    return !this.#hasState && this.#inFlight === 0 && this.#homeLink?.usable === true;
  }

  get #homeLink(): Link | undefined {
    return this.#links.usable({ node: this.#routes.home, readOnly: false });
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
        const { isWatching } = this.#routes;
        const items = all.map((command, index) => ({ command, index, ...(index === 0 && begin) }));
        const settled = await this.#deliver(items, wait);
        // What was refused before EXEC makes EXEC refuse all of it, so that it can be sent again elsewhere.
        const next = settled
          .map((reply) => this.#redirect(reply, this.#routes.home))
          .find((target) => target !== undefined);
        if (isWatching || next === undefined || attempt >= LONGEST_CHASE) return settled;
        await pause(attempt, next.node === undefined);
        if (wait.isOver) return settled;
        begin = next;
      }
    });
    return readTransaction(replies);
  }

  script(lua: string, keys: readonly string[], args: Command, options?: CallOptions): Promise<Reply> {
    return runScript(this, lua, keys, args, options);
  }

  async nodes(options?: CallOptions): Promise<readonly Node[]> {
    await this.#exchange('CLUSTER SLOTS', [], options, async (wait) => {
      for (let attempt = AT_ONCE; !this.#topology.isKnown && !wait.isOver; attempt++) {
        await this.#finder.refresh();
        if (!this.#topology.isKnown) await pause(attempt, true);
      }
    });
    return this.#topology.primaries.map((node) => ({
      call: (command, calling) => this.#callAt(command, calling, node),
      pipeline: (commands, calling) => this.#pipelineAt(commands, calling, node),
    }));
  }

  /** Raises a TargetError when one of the primaries can't be reached. */
  async assertReachable(): Promise<void> {
    await this.#finder.refresh();
    await Promise.all(this.#topology.primaries.map((node) => this.#links.dial({ node, readOnly: false })));
  }

  destroy(): void {
    this.#isClosed = true;
    this.#links.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { ended } = this.#links;
    this.destroy();
    await ended;
  }

  async #callAt(command: Command, options?: CallOptions, node?: string): Promise<Reply> {
    const items = itemsOf([command], options, node);
    const [reply] = await this.#exchange(nameOf(command), [command], options, (wait) => this.#deliver(items, wait));
    if (isErrorReply(reply)) throw toReplyError(reply);
    return toReply(reply);
  }

  async #pipelineAt(commands: readonly Command[], options?: CallOptions, node?: string): Promise<readonly Reply[]> {
    if (commands.length === 0) return [];
    const items = itemsOf(commands, options, node);
    const replies = await this.#exchange('the pipeline', commands, options, (wait) => this.#deliver(items, wait));
    return replies.map(toReply);
  }

  async #exchange<T>(
    what: string,
    commands: readonly Command[],
    options: CallOptions | undefined,
    begin: (wait: Wait) => Promise<T>,
  ): Promise<T> {
    if (this.#isClosed) throw this.#notSent(what);
    this.#hasState ||= commands.some((command) => keepsState(nameOf(command)));
    const track = async (wait: Wait): Promise<T> => {
      this.#inFlight++;
      try {
        return await begin(wait);
      } finally {
        this.#inFlight--;
      }
    };
    try {
      return await exchange(what, options, (timeoutMs) => this.#notSent(what, timeoutMs), track);
    } catch (error) {
      // A node that hangs may have been replaced.
      if (error instanceof OutcomeUnknown && error.code === 'TIMEOUT') void this.#finder.refresh();
      throw error;
    }
  }

  /** The replies in the order of the items; error replies are values. Nothing is awaited before what can be sent at once. */
  async #deliver(items: readonly Item[], wait: Wait): Promise<unknown[]> {
    const replies: unknown[] = new Array(items.length);
    let pending = items;
    for (let attempt = 0; ; attempt++) {
      const plan = this.#planNow(pending) ?? (await this.#makeReady(pending, wait));
      const settled = await this.#carryOut(plan, wait);
      const again: Item[] = [];
      let mustWait = false;
      for (const [index, step] of plan.steps.entries()) {
        if (step.index === undefined) continue;
        replies[step.index] = settled[index];
        const target = this.#redirect(settled[index], step.place.node);
        if (target === undefined || step.stays || attempt >= LONGEST_CHASE) continue;
        mustWait ||= target.node === undefined;
        const { place: _, node: __, asking: ___, ...item } = step;
        again.push({ ...item, ...target });
      }
      if (again.length === 0) return replies;
      await pause(attempt, mustWait);
      if (wait.isOver) return replies;
      pending = again;
    }
  }

  /** A plan whose links are all there; undefined when something has to be found out or dialled first. */
  #planNow(items: readonly Item[]): Plan | undefined {
    const plan = this.#routes.plan(items);
    return plan?.steps.every(({ place }) => this.#links.usable(place)) ? plan : undefined;
  }

  async #makeReady(items: readonly Item[], wait: Wait): Promise<Plan> {
    for (let attempt = AT_ONCE; ; attempt++) {
      const plan = this.#routes.plan(items);
      if (plan === undefined) await this.#finder.refresh();
      else await this.#dialAll(plan);
      const ready = this.#planNow(items);
      if (wait.isOver || this.#isClosed) throw this.#notSent(wait.what);
      if (ready) return ready;
      if (plan === undefined && this.#topology.isKnown) continue;
      await pause(attempt, true);
      await this.#finder.refresh();
    }
  }

  async #dialAll({ steps }: Plan): Promise<void> {
    const dial = async (place: Place): Promise<void> => {
      try {
        await this.#links.dial(place);
      } catch (error) {
        this.#finder.failure = error;
        if (place.readOnly) this.#topology.dropReplica(place.node);
        else if (place.node === this.#routes.home) this.#moveHome();
      }
    };
    await Promise.all(steps.map(({ place }) => dial(place)));
  }

  /** Commands without keys have to go somewhere when the node that they went to is gone. */
  #moveHome(): void {
    const { primaries } = this.#topology;
    const next = primaries[(primaries.indexOf(this.#routes.home) + 1) % primaries.length];
    if (next !== undefined) this.#routes.home = next;
  }

  /** Sends each node its steps in their order, all at once. */
  async #carryOut(plan: Plan, wait: Wait): Promise<readonly unknown[]> {
    this.#routes.commit(plan);
    if (plan.lacksReplica) this.#finder.lookForReplicas();
    const byLink = new Map<Link, [index: number, step: Step][]>();
    for (const [index, step] of plan.steps.entries()) {
      const link = this.#links.usable(step.place);
      if (!link) throw new Error('a plan is carried out as soon as its links are there');
      byLink.set(link, [...(byLink.get(link) ?? []), [index, step]]);
    }
    const settled: unknown[] = new Array(plan.steps.length);
    await Promise.all(
      [...byLink].map(async ([link, steps]) => {
        wait.sentOn(link);
        const before = this.#links.selection(link);
        const sent = steps.flatMap(([, { asking, command }]) => (asking ? [['ASKING'], command] : [command]));
        const replies = await link.settleAll([...before, ...sent]).catch((error: unknown) => {
          throw explain(wait.what, link, steps[0]![1].place.node, error);
        });
        let position = before.length;
        for (const [index, step] of steps) {
          if (step.asking) position++;
          settled[index] = replies[position++];
          this.#follow(step.command, settled[index], link);
        }
      }),
    );
    return settled;
  }

  #follow(command: Command, reply: unknown, link: Link): void {
    const name = nameOf(command);
    if (name === 'SELECT' && String(reply) === 'OK') this.#links.selected(link, Number(textOf(command[1] ?? '')));
    // The server is about to close: what comes next needs a new link.
    if (name === 'QUIT') link.close();
  }

  /** Where a command that was refused has to go; without a node: to the same one, later. Undefined for any other reply. */
  #redirect(reply: unknown, from: string): Pick<Item, 'node' | 'asking'> | undefined {
    if (!isErrorReply(reply)) return undefined;
    // A slot that no node serves stays so.
    if (/^TRYAGAIN |^CLUSTERDOWN The cluster is down/.test(reply.message)) return {};
    const redirect = parseRedirect(reply.message, from.slice(0, from.lastIndexOf(':')));
    if (redirect === undefined) return undefined;
    const { kind, slot, node } = redirect;
    if (kind === 'ASK') return { node, asking: true };
    this.#topology.move(slot, node);
    void this.#finder.refresh(node);
    return { node };
  }

  #lost(node: string): void {
    this.#routes.lost(node);
    void this.#finder.refresh();
  }

  #notSent(what: string, timeoutMs?: number): OutcomeUnknown {
    const at = displayAddress(this.address);
    const { failure } = this.#finder;
    const why =
      timeoutMs === undefined
        ? `the connection to ${at} is closed`
        : `there was no connection for ${formatDuration(timeoutMs)}: ${failure instanceof Error ? failure.message : at}`;
    return new OutcomeUnknown('CONNECTION', `${what} was not sent: ${why}`, false, { cause: failure });
  }
}

function itemsOf(commands: readonly Command[], options: CallOptions | undefined, node: string | undefined): Item[] {
  const common = { ...(node !== undefined && { node, stays: true }), ...(options?.readFrom && { fromPrimary: true }) };
  return commands.map((command, index) => ({ command, index, ...common }));
}

async function pause(attempt: number, mustWait: boolean): Promise<void> {
  if (!mustWait && attempt < AT_ONCE) return;
  const growth = 2 ** Math.min(Math.max(attempt - AT_ONCE, 0), 10);
  await delay(Math.min(FIRST_PAUSE_MS * growth, LONGEST_PAUSE_MS), undefined, { ref: false });
}
