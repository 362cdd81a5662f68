import { slotOfBytes } from '../../redis/cluster/slot.js';
import { encodeCommand } from '../command/encode.js';
import type { Mix } from '../command/mix.js';
import { type Lane, OURS } from './lane.js';
import type { Nodes } from './nodes.js';

const ASKING = encodeCommand(['ASKING']);

/** One of the clients of a load, with a connection to each node that it sends to. */
export class Client {
  /** By the node's number. */
  readonly lanes: (Lane | undefined)[] = [];
  /** Sent and not answered yet, on all connections. */
  inFlight = 0;
  /** What it sends. */
  mix: Mix | undefined;
  #scratch = Buffer.allocUnsafe(1_024);

  constructor(
    readonly number: number,
    private readonly nodes: Nodes,
    private readonly openLane: (node: number) => Lane,
  ) {}

  /** Gathers an operation for the node that holds its key. */
  gather(operation: number, dueMs: number): void {
    this.#place(operation, dueMs);
    this.inFlight++;
  }

  /** Gathers an operation anew that a node refused, and named this one for; or that did not leave. */
  gatherAgain(operation: number, dueMs: number, node?: number, isAsking = false): void {
    this.#place(operation, dueMs, node, isAsking);
  }

  /** Gathers anew what waits on a lane whose node can't be reached: it may have another one by now. */
  sendElsewhere(lane: Lane): void {
    const { inFlight } = lane;
    const waiting: [operation: number, due: number][] = [];
    for (; inFlight.length > 0; inFlight.dropFirst()) waiting.push([inFlight.operation, inFlight.due]);
    lane.clear();
    for (const [operation, due] of waiting) if (operation !== OURS) this.gatherAgain(operation, due);
    this.flush();
  }

  flush(): void {
    for (let node = 0; node < this.lanes.length; node++) this.lanes[node]?.flush();
  }

  /** It reaches at least one node. */
  get isOpen(): boolean {
    for (let node = 0; node < this.lanes.length; node++) if (this.lanes[node]?.isOpen) return true;
    return false;
  }

  close(): void {
    for (const lane of this.lanes) lane?.close();
  }

  #place(operation: number, dueMs: number, node?: number, isAsking = false): void {
    const { templates, pick } = this.mix!; // set when a run begins
    const template = templates[pick(operation)]!;
    const length = template.measure(operation);
    if (!this.nodes.isCluster) {
      this.#lane(0).gather(template, length, operation, dueMs);
      return;
    }
    if (length > this.#scratch.length) this.#scratch = Buffer.allocUnsafe(2 * length);
    template.write(this.#scratch, 0);
    const lane = this.#lane(node ?? this.#home(template.keyStart, template.keyEnd, operation));
    if (isAsking) lane.gatherBytes(ASKING, ASKING.length, OURS, dueMs);
    lane.gatherBytes(this.#scratch, length, operation, dueMs);
  }

  /** Commands without keys go to all nodes in turn. */
  #home(keyStart: number, keyEnd: number, operation: number): number {
    const { primaries } = this.nodes;
    if (keyEnd === 0) return primaries[operation % primaries.length]!;
    return this.nodes.ownerOf(slotOfBytes(this.#scratch, keyStart, keyEnd));
  }

  #lane(node: number): Lane {
    let lane = this.lanes[node];
    if (!lane) {
      lane = this.openLane(node);
      this.lanes[node] = lane;
    }
    return lane;
  }
}
