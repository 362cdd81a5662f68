import type { Client } from '../net/client.js';
import type { Driver, Road } from './driver.js';

/**
 * Each client sends as many operations as it may have in flight in one write, waits for all the replies, and goes on.
 * All that has come is read before anything is sent: else the replies of some clients lie unread while others send, and
 * what they waited for counts as latency of the server.
 */
export class ClosedLoop implements Driver {
  readonly unsent = 0;
  readonly lastSentMs = 0;
  readonly lateMs = 0;
  #next = 0;
  #isEnded = false;
  /** Clients that may have room, and are looked at in this turn of the event loop. */
  #ready: Client[] = [];

  constructor(
    private readonly road: Road,
    private readonly endMs: number,
  ) {}

  get isOver(): boolean {
    return this.#isEnded || this.#next >= this.road.count;
  }

  start(): void {
    for (const client of this.road.clients) this.#send(client);
  }

  serve(client: Client): void {
    if (this.#ready.push(client) === 1) setImmediate(() => this.#sendAll());
  }

  end(): void {
    this.#isEnded = true;
  }

  #sendAll(): void {
    const ready = this.#ready;
    this.#ready = [];
    for (const client of ready) this.#send(client);
  }

  #send(client: Client): void {
    if (client.inFlight > 0 || this.isOver || !client.isOpen) return;
    const { pipeline, count } = this.road;
    const now = this.road.now();
    if (now >= this.endMs) {
      this.end();
      return;
    }
    const behind = Math.min(count, this.#next + pipeline);
    while (this.#next < behind) this.road.gather(client, this.#next++, now, now);
    client.flush();
  }
}
