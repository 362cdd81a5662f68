import { ReplyError } from '../../errors.js';
import { Histogram } from '../../history/histogram.js';
import type { Journal } from '../../wire/plan.js';
import { splitError } from '../../wire/resp/decode.js';
import type { ReplyKind } from '../../wire/resp/reader.js';
import type { PushHistory } from './history.js';
import type { Messages } from './messages.js';

/** What became of the messages of several producers: in the history, and in counts. */
export class PushJournal implements Journal {
  attempted = 0;
  acknowledged = 0;
  failed = 0;
  unknown = 0;
  /** Sum of the numbers that were replied. */
  replied = 0;
  /** When the first was sent, and the last acknowledged. */
  startedAt = 0;
  lastAt = 0;
  /** The first refusal. */
  error: ReplyError | undefined;
  readonly latency = new Histogram();
  #run: { readonly lateMs: number } | undefined;

  constructor(
    private readonly messages: Messages,
    /** By their numbers: message `index` is that of producer `index` modulo their number. */
    private readonly producers: readonly PushHistory[],
    private readonly onSent: () => void = () => {},
  ) {}

  begun(run: { readonly lateMs: number }): void {
    this.#run = run;
  }

  sending(index: number, now: number): void {
    const { messages } = this;
    messages.take(index);
    messages.sentAt = now;
    if (this.attempted++ === 0) this.startedAt = now;
    this.onSent();
    this.#producerOf(index).sent(this.#sequenceOf(index), now, messages.body, messages.key);
  }

  answered(index: number, due: number, kind: ReplyKind, bytes: Buffer, start: number, end: number, at: number): void {
    if (kind === 'error') this.#refused(bytes, start, end);
    else {
      this.acknowledged++;
      this.lastAt = at;
      this.latency.record(at - due);
      if (bytes[start] === COLON) this.replied += numberIn(bytes, start + 1, end);
    }
    this.#settled(kind === 'error' ? 'fail' : 'ok', index, at);
  }

  lost(index: number, now: number): void {
    this.unknown++;
    this.#settled('info', index, now);
  }

  /** How late the last was sent, in milliseconds. */
  get late(): number {
    return Math.max(0, this.#run?.lateMs ?? 0);
  }

  /** Messages acknowledged each second. */
  get throughput(): number {
    const ms = this.lastAt - this.startedAt;
    return ms > 0 ? (this.acknowledged * 1_000) / ms : 0;
  }

  /** A server that refuses everything says more than a count of failures. */
  raiseRefusal(): void {
    if (this.error && this.failed === this.attempted) throw this.error;
  }

  #refused(bytes: Buffer, start: number, end: number): void {
    this.failed++;
    if (this.error) return;
    const { code, message } = splitError(bytes, start, end);
    this.error = new ReplyError(code, message);
  }

  #settled(phase: 'ok' | 'fail' | 'info', index: number, time: number): void {
    const key = this.messages.keyOf(index);
    this.#producerOf(index).settled(phase, this.#sequenceOf(index), time, key);
    this.messages.forget(index);
  }

  #producerOf(index: number): PushHistory {
    return this.producers[index % this.producers.length]!;
  }

  #sequenceOf(index: number): number {
    return Math.floor(index / this.producers.length);
  }
}

const [ZERO, NINE, COLON] = [48, 57, 58];

/** The digits that stand there. */
function numberIn(bytes: Buffer, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) break;
    number = number * 10 + byte - ZERO;
  }
  return number;
}
