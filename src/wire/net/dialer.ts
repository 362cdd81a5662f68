import { setTimeout as delay } from 'node:timers/promises';
import type { Lane } from './lane.js';
import type { Nodes } from './nodes.js';
import { READ_BUFFER, WireSocket } from './socket.js';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 1_000;
/** Dialled at the same time: a server's queue of new connections holds some hundreds. */
const AT_ONCE = 64;

export interface DialerOptions {
  readonly name: string;
  readonly connectTimeoutMs: number;
}

/** Opens the connections of lanes. */
export class Dialer {
  readonly #readBuffer = Buffer.allocUnsafe(READ_BUFFER);
  readonly #closed = new AbortController();

  constructor(
    private readonly nodes: Nodes,
    private readonly options: DialerOptions,
  ) {}

  /** Raises a TargetError. */
  async connect(lane: Lane, signal?: AbortSignal): Promise<void> {
    const address = await this.nodes.addressOf(lane.node);
    const options = { ...this.options, readBuffer: this.#readBuffer, signal: signal ?? this.#closed.signal };
    const socket = await WireSocket.open(address, options);
    // A run that has ended meanwhile may have dialled for it, too.
    if (lane.isOpen) socket.close();
    else lane.attach(socket);
  }

  async connectAll(lanes: readonly Lane[], signal?: AbortSignal): Promise<void> {
    const waiting = [...lanes];
    const next = async (): Promise<void> => {
      for (let lane = waiting.pop(); lane; lane = waiting.pop()) await this.connect(lane, signal);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }

  /** Dials until it succeeds or is closed; `failed` is told why an attempt didn't, and says whether to go on. */
  async keepConnecting(lane: Lane, failed: (error: Error) => Promise<boolean>): Promise<boolean> {
    for (let pause = FIRST_PAUSE_MS; !this.#closed.signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        await this.connect(lane);
        return true;
      } catch (error) {
        if (!(await failed(error instanceof Error ? error : new Error(String(error))))) return false;
        await delay(pause, undefined, { ref: false });
      }
    }
    return false;
  }

  close(): void {
    this.#closed.abort();
  }
}
