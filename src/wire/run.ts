import { setTimeout as delay } from 'node:timers/promises';
import { Tally } from './count/tally.js';
import type { Client } from './net/client.js';
import type { Dialer } from './net/dialer.js';
import { type Lane, type LaneOwner, OURS } from './net/lane.js';
import type { Nodes } from './net/nodes.js';
import { Silence } from './net/silence.js';
import { driverOf } from './pace/choose.js';
import type { Driver, Road } from './pace/driver.js';
import type { RunPlan, Sample } from './plan.js';
import { decodeReply } from './resp/decode.js';
import { ProtocolError } from './resp/problem.js';
import type { ReplyKind } from './resp/reader.js';

const DRAIN_MS = 2_000;
/** What a server that is gone at the end is waited for. */
const GONE_MS = 1_000;
/** What setTimeout can count to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Of a reply that is kept as a value. */
const SAMPLE_BYTES = 2 ** 20;

/** What the clients send, and what becomes of it. */
export class Run implements LaneOwner {
  readonly tally: Tally;
  readonly samples: Sample[] = [];
  readonly startMs: number;
  /** When it was over. */
  endMs: number | undefined;
  /** Why it did not run to its end. */
  failure: Error | undefined;
  /** Resolves when it is over; never raises. */
  readonly finished: Promise<void>;
  #finish: () => void = () => {};
  #inFlight = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Since when no client has had a connection. */
  #cutOffAt: number | undefined;
  readonly #silence: Silence | undefined;
  readonly #driver: Driver;

  constructor(
    private readonly plan: RunPlan,
    private readonly clients: readonly Client[],
    pipeline: number,
    private readonly nodes: Nodes,
    private readonly dialer: Dialer,
    private readonly now: () => number,
  ) {
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.startMs = now();
    const { mix, forMs = Number.POSITIVE_INFINITY, count = Number.POSITIVE_INFINITY, warmupMs = 0 } = plan;
    const { arrivals, producers, latestMs = Number.POSITIVE_INFINITY, replyTimeoutMs } = plan;
    this.tally = new Tally(mix.templates.length, this.startMs + warmupMs);
    const road: Road = {
      clients,
      pipeline,
      count,
      now,
      gather: (client, operation, due, at) => this.#gather(client, operation, due, at),
    };
    this.#driver = driverOf(plan, road, {
      startMs: this.startMs,
      lag: this.tally.lag,
      isAnswerDue: () => this.#inFlight > 0,
      end: () => this.end(),
    });
    // In an open loop operations come to an end by themselves, however late they are noticed.
    const isOpenLoop = arrivals !== undefined || producers?.rate !== undefined;
    const limit = isOpenLoop ? latestMs : forMs;
    if (limit < LONGEST_TIMER_MS) this.#timer = setTimeout(() => this.end(), limit);
    if (replyTimeoutMs !== undefined) this.#silence = new Silence(replyTimeoutMs, () => this.#lanes(), now);
  }

  start(): void {
    this.plan.producers?.journal.begun?.(this);
    for (const client of this.clients) {
      client.mix = this.plan.mix;
      for (const lane of client.lanes) if (lane) this.adopt(lane);
    }
    this.#driver.start();
    this.#finishIfOver();
  }

  /** Takes a lane over, or one that is opened during the run. */
  adopt(lane: Lane): void {
    const { onBulk, samples } = this.plan;
    lane.owner = this;
    lane.bulk = onBulk && ((bytes, start, end) => onBulk(lane.inFlight.operation, bytes, start, end));
    if (samples) lane.keptBytes = SAMPLE_BYTES;
    if (!lane.isOpen) void this.#connect(lane);
  }

  /** Nothing new is sent; replies are waited for. */
  end(): void {
    clearTimeout(this.#timer);
    this.#driver.end();
    const { drainMs = DRAIN_MS } = this.plan;
    // With nothing in flight, what waits to be sent waits for a connection.
    const leftMs = this.#inFlight > 0 ? drainMs : Math.min(drainMs, GONE_MS);
    if (this.endMs === undefined) this.#timer = setTimeout(() => this.stop(), leftMs);
    this.#finishIfOver();
  }

  /** At once: what is in flight is unknown. */
  stop(failure?: Error): void {
    if (this.endMs !== undefined) return;
    this.failure ??= failure;
    this.#driver.end();
    this.endMs = this.now();
    clearTimeout(this.#timer);
    this.#silence?.stop();
    for (const lane of this.#lanes()) {
      if (lane.inFlight.length === 0) continue;
      // Their replies, should they come, must not be taken for those of other operations.
      lane.close();
      this.#giveUp(lane);
    }
    this.tally.series.finish(this.endMs);
    this.#finish();
  }

  /** In an open loop. */
  get lastSentMs(): number {
    return this.#driver.lastSentMs;
  }

  get lateMs(): number {
    return this.#driver.lateMs;
  }

  get unsent(): number {
    return this.#driver.unsent;
  }

  answered(lane: Lane, kind: ReplyKind, bytes: Buffer, start: number, end: number, isWhole: boolean): void {
    const { operation, due } = lane.inFlight;
    if (
      kind === 'error' &&
      this.nodes.isCluster &&
      this.#redirect(lane, bytes.toString('utf8', start + 1, end).trimEnd())
    )
      return;
    this.#inFlight--;
    this.clients[lane.client]!.inFlight--;
    const { producers } = this.plan;
    if (producers) {
      producers.journal.answered(operation, due, kind, bytes, start, end, lane.readAt);
      if (kind === 'error') lane.noteRefusal(bytes, start);
      else lane.isAccepted = true;
      return;
    }
    const row = this.tally.answered(this.plan.mix.pick(operation), lane.node, due, lane.readAt);
    if (row) this.tally.reply(row, kind, bytes, start, end, isWhole);
    if (this.plan.samples !== undefined && isWhole) this.#sample(operation, bytes, start, end);
  }

  settled(lane: Lane): void {
    const client = this.clients[lane.client]!;
    if (lane.isDemoted) {
      lane.break();
      return;
    }
    this.tally.series.advance(lane.readAt);
    if (this.plan.producers?.journal.isOver) this.#driver.end();
    this.#driver.serve(client);
    if (this.nodes.isCluster) client.flush(); // what was sent on to another node
    this.#finishIfOver();
  }

  lost(lane: Lane, cause: Error | undefined): void {
    if (this.endMs !== undefined) return;
    this.tally.disconnects++;
    this.#giveUp(lane);
    const isHopeless = cause instanceof ProtocolError;
    if (isHopeless || this.plan.onDisconnect === 'stop') {
      this.stop(cause ?? new Error('the server closed the connection'));
      return;
    }
    void this.#connect(lane);
    this.#driver.serve(this.clients[lane.client]!);
    this.#finishIfOver();
  }

  *#lanes(): Iterable<Lane> {
    for (const client of this.clients) for (const lane of client.lanes) if (lane) yield lane;
  }

  #gather(client: Client, operation: number, dueMs: number, now: number): void {
    if (this.endMs !== undefined) return;
    try {
      this.plan.producers?.journal.sending(operation, now);
      client.gather(operation, dueMs);
    } catch (error) {
      // An expression that could not be evaluated, mostly; here nobody is left to raise it to.
      this.stop(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#inFlight++;
  }

  #finishIfOver(): void {
    if (this.#inFlight === 0 && this.#driver.isOver) this.stop();
  }

  /** Whether the node named another one, to which the operation goes now. */
  #redirect(lane: Lane, message: string): boolean {
    const other = this.nodes.follow(message, lane.node);
    if (!other) return false;
    const { operation, due } = lane.inFlight;
    this.tally.redirected++;
    this.clients[lane.client]!.gatherAgain(operation, due, other.node, other.isAsking);
    return true;
  }

  /** What was in flight stays unknown. */
  #giveUp(lane: Lane): void {
    const client = this.clients[lane.client]!;
    for (; lane.inFlight.length > 0; lane.inFlight.dropFirst()) {
      const { operation, due } = lane.inFlight;
      if (operation === OURS) continue;
      if (this.plan.producers) this.plan.producers.journal.lost(operation, this.now());
      else this.tally.lost(this.plan.mix.pick(operation), due);
      client.inFlight--;
      this.#inFlight--;
    }
    lane.clear();
  }

  async #connect(lane: Lane): Promise<void> {
    const client = this.clients[lane.client]!;
    if (!this.clients.some(({ isOpen }) => isOpen)) this.#cutOffAt ??= this.now();
    const isOpen = await this.dialer.keepConnecting(lane, async (error) => {
      if (this.endMs !== undefined) return false;
      if (this.nodes.isCluster) await this.#sendElsewhere(lane);
      const { patienceMs = Number.POSITIVE_INFINITY } = this.plan;
      if (this.#cutOffAt !== undefined && this.now() - this.#cutOffAt >= patienceMs) this.stop(error);
      return this.endMs === undefined;
    });
    if (!isOpen || this.endMs !== undefined) return;
    this.#cutOffAt = undefined;
    lane.flush();
    this.#driver.serve(client);
  }

  /** The node can't be reached: what waits for it may have another by now. */
  async #sendElsewhere(lane: Lane): Promise<void> {
    await Promise.race([this.nodes.refresh(), delay(1_000, undefined, { ref: false })]);
    if (!lane.isOpen) this.clients[lane.client]!.sendElsewhere(lane);
  }

  #sample(operation: number, bytes: Buffer, start: number, end: number): void {
    const { every, most } = this.plan.samples!;
    if (operation % every !== 0 || this.samples.length >= most) return;
    this.samples.push({ operation, reply: decodeReply(bytes.subarray(start, end)) });
  }
}
