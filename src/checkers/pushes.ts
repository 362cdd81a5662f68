import type { CheckedEvent } from '../contracts/checker.js';
import { bytes, doubles, words } from '../history/columns.js';

const INVOKED = 1;
const ACKNOWLEDGED = 2;
const LEFT_OUT = 3;

/** What was pushed into queues and channels. */
export class Pushes {
  /** Above every number of a process. */
  processes = 1;
  /** Messages of one target, and where keys count of one key there, have an order. */
  readonly groups: { readonly target: string; readonly key: string }[] = [];
  /** In the order in which it happened: twice the message, and one more for its acknowledgement. */
  readonly #log = words();
  #size = 0;
  readonly #states = bytes();
  readonly #groups = words();
  readonly #processes = words();
  readonly #times = doubles();
  readonly #numbers = new Map<string, Map<string, number>>();

  constructor(private readonly perKey: boolean) {}

  see({ phase, message, target, key, notBefore, process, time }: CheckedEvent): void {
    const state = this.#states.get(message);
    if (phase === 'ok' && state === INVOKED) {
      this.#states.set(message, ACKNOWLEDGED);
      this.#log.set(this.#size++, message * 2 + 1);
    } else if (phase === 'fail') this.#states.set(message, LEFT_OUT);
    if (phase !== 'invoke') return;
    const leftOut = state !== 0 || notBefore !== undefined || (this.perKey && key === undefined);
    this.#states.set(message, leftOut ? LEFT_OUT : INVOKED);
    this.#groups.set(message, this.#groupOf(target, this.perKey ? (key ?? '') : ''));
    this.#processes.set(message, process);
    this.#times.set(message, time);
    this.processes = Math.max(this.processes, process + 1);
    this.#log.set(this.#size++, message * 2);
  }

  wentTo(message: number, target: string): boolean {
    return this.#states.get(message) !== 0 && this.groups[this.#groups.get(message)]?.target === target;
  }

  isAcknowledged = (message: number): boolean => this.#states.get(message) === ACKNOWLEDGED;
  groupOf = (message: number): number => this.#groups.get(message);
  processOf = (message: number): number => this.#processes.get(message);
  timeOf = (message: number): number => this.#times.get(message);

  /** In the order in which it happened. Of messages that are left out nothing. */
  walk(sent: (message: number) => void, acknowledged: (message: number) => void): void {
    for (let at = 0; at < this.#size; at++) {
      const entry = this.#log.get(at);
      const message = Math.floor(entry / 2);
      if (this.#states.get(message) === LEFT_OUT) continue;
      if (entry % 2 === 0) sent(message);
      else acknowledged(message);
    }
  }

  #groupOf(target: string, key: string): number {
    const ofTarget = this.#numbers.get(target) ?? new Map<string, number>();
    const known = ofTarget.get(key);
    if (known !== undefined) return known;
    const group = this.groups.push({ target, key }) - 1;
    this.#numbers.set(target, ofTarget.set(key, group));
    return group;
  }
}
