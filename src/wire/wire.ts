import { CONNECT_TIMEOUT_MS } from '../redis/link.js';
import type { RedisAddress } from '../redis/url.js';
import { Client } from './net/client.js';
import { Dialer } from './net/dialer.js';
import { Lane, type LaneOwner } from './net/lane.js';
import { Nodes } from './net/nodes.js';
import type { RunPlan } from './plan.js';
import { Run } from './run.js';

export interface WireOptions {
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /** Clients, each with a connection of its own; in a cluster with one to each primary. */
  readonly clients: number;
  /** Operations that a client has in flight at most. */
  readonly pipeline: number;
  readonly connectTimeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Monotonic milliseconds, with a fraction. */
  now(): number;
}

/** Clients for one load after another, which send what is bytes already and read no more of replies than is asked for. */
export class Wire implements Disposable {
  #run: Run | undefined;

  private constructor(
    private readonly options: WireOptions,
    readonly nodes: Nodes,
    private readonly dialer: Dialer,
    readonly clients: Client[] = [],
  ) {}

  /** Resolves when all are connected. Raises a TargetError that says what to check. */
  static async open(address: RedisAddress, options: WireOptions): Promise<Wire> {
    const { name, connectTimeoutMs = CONNECT_TIMEOUT_MS, signal } = options;
    const nodes = await Nodes.find(address, name);
    const wire = new Wire(options, nodes, new Dialer(nodes, { name, connectTimeoutMs }));
    try {
      const lanes = Array.from({ length: options.clients }, (_, index) => wire.#addClient(index)).flat();
      await wire.dialer.connectAll(lanes, signal);
      return wire;
    } catch (error) {
      wire[Symbol.dispose]();
      throw error;
    }
  }

  /** Begins to send; one run ends before the next begins. */
  run(plan: RunPlan): Run {
    this.#run?.stop();
    const { pipeline, now } = this.options;
    this.#run = new Run(plan, this.clients, pipeline, this.nodes, this.dialer, now);
    this.#run.start();
    return this.#run;
  }

  [Symbol.dispose](): void {
    this.#run?.stop();
    this.dialer.close();
    for (const client of this.clients) client.close();
  }

  #addClient(index: number): Lane[] {
    const client = new Client(index, this.nodes, (node) => {
      const lane = new Lane(IDLE, this.options.now, index, node);
      this.#run?.adopt(lane);
      return lane;
    });
    this.clients.push(client);
    const lanes = this.nodes.names.map((_, node) => new Lane(IDLE, this.options.now, index, node));
    client.lanes.push(...lanes);
    return lanes;
  }
}

/** Between runs nothing is sent; a connection that breaks then is made again when a run begins. */
const IDLE: LaneOwner = { answered: () => {}, settled: () => {}, lost: () => {} };
