import type { CommandTemplate } from '../command/template.js';
import { ProtocolError } from '../resp/problem.js';
import { type ReplyKind, ReplyReader, type ReplySink } from '../resp/reader.js';
import { InFlight } from './in-flight.js';
import type { WireSocket } from './socket.js';

/** Whoever sends operations on lanes is told what became of them. */
export interface LaneOwner {
  /** The oldest operation of the lane is answered; its number, due time and arrival are the lane's. */
  answered(lane: Lane, kind: ReplyKind, bytes: Buffer, start: number, end: number, isWhole: boolean): void;
  /** All that arrived at once is dealt with. */
  settled(lane: Lane): void;
  /** The connection broke, or its peer does not speak the protocol; `inFlight` still holds what was not answered. */
  lost(lane: Lane, cause: Error | undefined): void;
}

/** Not an operation's number: a command of our own, whose reply nobody wants. */
export const OURS = -1;

const FIRST_BUFFER = 4_096;
const READONLY = '-READONLY ';

/** One connection with the operations in flight on it. Operations are gathered, and leave in one write. */
export class Lane implements ReplySink {
  /** When what is being dealt with arrived. */
  readAt = 0;
  readonly inFlight = new InFlight();
  #socket: WireSocket | undefined;
  #reader = new ReplyReader(this);
  #buffer = Buffer.allocUnsafe(FIRST_BUFFER);
  #used = 0;
  /** Operations that the buffer holds, by their places: a later one of the same kind is patched into its bytes. */
  #gathered = 0;
  readonly #templates: (CommandTemplate | undefined)[] = [];
  readonly #places: number[] = [];

  /** Of replies; undefined: nobody looks into them. */
  bulk: ReplySink['bulk'];

  /** The node has done what it was told; and then refused to, because it has become a replica. */
  isAccepted = false;
  isDemoted = false;

  constructor(
    /** Changes from run to run. */
    public owner: LaneOwner,
    private readonly now: () => number,
    /** Who sends on it. */
    readonly client: number,
    readonly node: number,
  ) {}

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** How much is kept of a reply that comes in pieces. */
  set keptBytes(bytes: number) {
    this.#reader.keptBytes = bytes;
  }

  attach(socket: WireSocket): void {
    this.#socket = socket;
    this.isAccepted = this.isDemoted = false;
    const { keptBytes } = this.#reader;
    this.#reader = new ReplyReader(this);
    this.#reader.keptBytes = keptBytes;
    socket.onData = (bytes, length) => {
      this.readAt = this.now();
      try {
        this.#reader.read(bytes, length);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        return this.#lose(error);
      }
      this.owner.settled(this);
    };
    socket.onEnd = (cause) => this.#lose(cause);
  }

  /** Gathers an operation that its template has measured; `length` is what it gave. */
  gather(template: CommandTemplate, length: number, operation: number, due: number): void {
    this.#reserve(length);
    const place = this.#used;
    const index = this.#gathered;
    if (template.isFixed && this.#templates[index] === template && this.#places[index] === place) {
      template.patch(this.#buffer, place);
    } else {
      template.write(this.#buffer, place);
      this.#templates[index] = template;
      this.#places[index] = place;
    }
    this.#gathered++;
    this.#used += length;
    this.inFlight.push(operation, due);
  }

  /** Gathers a command that is bytes already. */
  gatherBytes(bytes: Buffer, length: number, operation: number, due: number): void {
    this.#reserve(length);
    bytes.copy(this.#buffer, this.#used, 0, length);
    this.#templates[this.#gathered++] = undefined;
    this.#used += length;
    this.inFlight.push(operation, due);
  }

  /** Sends what was gathered, if it is connected. */
  flush(): void {
    if (this.#used === 0 || this.#socket === undefined) return;
    this.#socket.write(this.#buffer.subarray(0, this.#used));
    // What the system did not take yet must not be written over.
    if (!this.#socket.isFlushed) this.#renew(FIRST_BUFFER);
    this.#used = 0;
    this.#gathered = 0;
  }

  /** Forgets what was gathered and what is in flight. */
  clear(): void {
    this.#used = 0;
    this.#gathered = 0;
    this.inFlight.length = 0;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** As if the peer had closed it: what is in flight is lost. */
  break(): void {
    this.#lose(undefined);
  }

  /** A primary that has become a replica keeps its clients: they must look for the new one. */
  noteRefusal(bytes: Buffer, start: number): void {
    if (this.isAccepted && bytes.toString('latin1', start, start + READONLY.length) === READONLY) this.isDemoted = true;
  }

  reply(kind: ReplyKind, bytes: Buffer, start: number, end: number, isWhole: boolean): void {
    if (kind === 'push') return;
    if (this.inFlight.length === 0) throw new ProtocolError('a reply that nothing was sent for');
    if (this.inFlight.operation !== OURS) this.owner.answered(this, kind, bytes, start, end, isWhole);
    this.inFlight.dropFirst();
  }

  #lose(cause: Error | undefined): void {
    this.close();
    this.owner.lost(this, cause);
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#buffer.length) return;
    const gathered = this.#buffer.subarray(0, this.#used);
    this.#renew(2 * (this.#used + length));
    gathered.copy(this.#buffer);
  }

  #renew(size: number): void {
    this.#buffer = Buffer.allocUnsafe(Math.max(size, this.#buffer.length));
    this.#templates.length = 0;
  }
}
