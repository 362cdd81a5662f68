import { setTimeout as delay } from 'node:timers/promises';
import type { Argument, Reply } from '../../contracts/redis.js';
import { nameOf, textOf } from '../commands.js';
import { explain, type Wait } from '../exchange.js';
import type { DialOptions, Link } from '../link.js';
import { isErrorReply } from '../reply.js';
import type { RedisAddress } from '../url.js';
import { Finder } from './finder.js';
import { NodeLinks, type Place } from './links.js';
import { type Item, type Plan, Routes, type Step } from './routes.js';
import { hostOf, parseRedirect, Topology } from './topology.js';

/** Redirects are followed, and a cluster that is down or moves a slot is asked again, for about three seconds. */
export const LONGEST_CHASE = 20;
export const AT_ONCE = 3;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

/** Brings commands to their nodes and their replies back, and follows them where they are sent on. */
export class Courier {
  readonly topology = new Topology();
  readonly links: NodeLinks;
  readonly finder: Finder;
  readonly routes: Routes;
  isClosed = false;

  /** `turn` tells connections apart, so that they spread over replicas. */
  constructor(link: Link, address: RedisAddress, options: DialOptions, turn: number) {
    const isCluster = link.mode === 'cluster';
    const fromReplica = address.access?.readFrom === 'replica';
    this.links = new NodeLinks(address, options, (node) => this.#lost(node), isCluster);
    this.links.adopt({ node: this.links.seed, readOnly: false }, link);
    this.routes = new Routes(this.topology, { isCluster, fromReplica, turn }, this.links.seed);
    this.finder = new Finder(this.topology, this.links, isCluster, (name) => {
      const wasHome = this.routes.home === this.links.seed;
      this.links.renameSeed(name);
      if (wasHome) this.routes.rename(name);
    });
  }

  close(): void {
    this.isClosed = true;
    this.links.close();
  }

  /** The replies in the order of the items; error replies are values. Nothing is awaited before what can be sent at once. */
  async deliver(items: readonly Item[], wait: Wait): Promise<(Reply | Error)[]> {
    const replies: (Reply | Error)[] = new Array(items.length);
    let pending = items;
    for (let attempt = 0; ; attempt++) {
      const plan = this.#planNow(pending) ?? (await this.#makeReady(pending, wait));
      const settled = await this.#carryOut(plan, wait);
      const again: Item[] = [];
      let mustWait = false;
      for (const [index, step] of plan.steps.entries()) {
        if (step.index === undefined) continue;
        replies[step.index] = settled[index]!;
        const target = this.redirect(settled[index], step.place.node);
        if (target === undefined || step.stays || attempt >= LONGEST_CHASE) continue;
        mustWait ||= target.node === undefined;
        const { place: _, node: __, asking: ___, ...item } = step;
        again.push({ ...item, ...target });
      }
      if (again.length === 0) return replies;
      // A redirect is a refusal: when all were, nothing has been done yet.
      if (again.length === pending.length && pending.length === items.length) wait.refused();
      await pause(attempt, mustWait);
      if (wait.isOver) return replies;
      pending = again;
    }
  }

  /** A plan whose links are all there; undefined when something has to be found out or dialled first. */
  #planNow(items: readonly Item[]): Plan | undefined {
    const plan = this.routes.plan(items);
    return plan?.steps.every(({ place }) => this.links.usable(place)) ? plan : undefined;
  }

  async #makeReady(items: readonly Item[], wait: Wait): Promise<Plan> {
    for (let attempt = AT_ONCE; ; attempt++) {
      const plan = this.routes.plan(items);
      if (plan === undefined) await this.finder.refresh();
      else await this.#dialAll(plan);
      const ready = this.#planNow(items);
      if (wait.isOver || this.isClosed) throw new Abandoned(this.isClosed ? 'it was closed' : 'nobody waits any more');
      if (ready) return ready;
      if (plan === undefined && this.topology.isKnown) continue;
      this.assertMayAsk();
      await pause(attempt, true);
      await this.finder.refresh();
    }
  }

  /** Raises Abandoned where the nodes are not known, and never will be. */
  assertMayAsk(): void {
    const { refusal } = this.finder;
    if (refusal) throw new Abandoned(refusal.message);
  }

  async #dialAll({ steps }: Plan): Promise<void> {
    const dial = async (place: Place): Promise<void> => {
      try {
        await this.links.dial(place);
      } catch (error) {
        this.finder.failure = error;
        if (place.readOnly) this.topology.dropReplica(place.node);
        else if (place.node === this.routes.home) this.#moveHome();
      }
    };
    await Promise.all(steps.map(({ place }) => dial(place)));
  }

  /** Commands without keys have to go somewhere when the node that they went to is gone. */
  #moveHome(): void {
    const { primaries } = this.topology;
    const next = primaries[(primaries.indexOf(this.routes.home) + 1) % primaries.length];
    if (next !== undefined) this.routes.home = next;
  }

  /** Sends each node its steps in their order, all at once. */
  async #carryOut(plan: Plan, wait: Wait): Promise<readonly (Reply | Error)[]> {
    this.routes.commit(plan);
    if (plan.lacksReplica) this.finder.lookForReplicas();
    const byLink = new Map<Link, [index: number, step: Step][]>();
    for (const [index, step] of plan.steps.entries()) {
      const link = this.links.usable(step.place);
      if (!link) throw new Error('a plan is carried out as soon as its links are there');
      const steps = byLink.get(link);
      if (steps) steps.push([index, step]);
      else byLink.set(link, [[index, step]]);
    }
    const settled: (Reply | Error)[] = new Array(plan.steps.length);
    await Promise.all(
      [...byLink].map(async ([link, steps]) => {
        wait.sentOn(link);
        const before = this.links.selection(link);
        const sent = steps.flatMap(([, { asking, command }]) => (asking ? [['ASKING'], command] : [command]));
        const replies = await link.settleAll([...before, ...sent]).catch((error: unknown) => {
          throw explain(wait.what, link, steps[0]![1].place.node, error);
        });
        let position = before.length;
        for (const [index, step] of steps) {
          if (step.asking) position++;
          settled[index] = replies[position++]!;
          this.#follow(step.command, settled[index], link);
        }
      }),
    );
    return settled;
  }

  #follow(command: readonly Argument[], reply: unknown, link: Link): void {
    const name = nameOf(command);
    if (name === 'SELECT' && String(reply) === 'OK') this.links.selected(link, Number(textOf(command[1] ?? '')));
    // The server is about to close: what comes next needs a new link.
    if (name === 'QUIT') link.close();
  }

  /** Where a command that was refused has to go; without a node: to the same one, later. Undefined for any other reply. */
  redirect(reply: unknown, from: string): Pick<Item, 'node' | 'asking'> | undefined {
    if (!isErrorReply(reply)) return undefined;
    // A slot that no node serves stays so.
    if (/^TRYAGAIN |^CLUSTERDOWN The cluster is down/.test(reply.message)) return {};
    const redirect = parseRedirect(reply.message, hostOf(from));
    if (redirect === undefined) return undefined;
    const { kind, slot, node } = redirect;
    if (kind === 'ASK') return { node, asking: true };
    this.topology.move(slot, node);
    void this.finder.refresh(node);
    return { node };
  }

  #lost(node: string): void {
    this.routes.lost(node);
    void this.finder.refresh();
  }
}

/** Nobody waits any more, or the connection was closed: nothing was sent. */
export class Abandoned extends Error {}

/** Longer from attempt to attempt; the first ones of a redirect need none. */
export async function pause(attempt: number, mustWait: boolean): Promise<void> {
  if (!mustWait && attempt < AT_ONCE) return;
  const growth = 2 ** Math.min(Math.max(attempt - AT_ONCE, 0), 10);
  await delay(Math.min(FIRST_PAUSE_MS * growth, LONGEST_PAUSE_MS), undefined, { ref: false });
}
