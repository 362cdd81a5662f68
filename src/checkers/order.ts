import {
  type CheckedEvent,
  type CheckReport,
  defineChecker,
  type MessageNames,
  type Selection,
} from '../contracts/checker.js';
import { formatDuration } from '../format/quantity.js';
import { plural } from '../format/text.js';
import { words } from '../history/columns.js';
import { Deliveries } from './deliveries.js';
import { Pushes } from './pushes.js';
import { Examples, selectorOf } from './selection.js';

export interface OrderOptions extends Selection {
  readonly order: 'fifo' | 'per-key';
}

export const order = defineChecker<OrderOptions>({
  name: 'order',
  summary: 'Finds messages that were delivered before one that was enqueued earlier, of the same key or at all.',
  definition: `Only the first delivery of a message counts, and only what is certain:

- A was *enqueued before* B when the acknowledgement of A's push came before B was sent, or when one process sent A first
  and then B.
- B was *delivered before* A when B had come (\`time\`) by the time at which A was asked for (\`since\`). A delivery that does
  not say when it was asked for happened when it was recorded.

\`reordered\` counts the messages B for which there is an acknowledged message A, of the same queue or channel, that was
enqueued before B and delivered after it; with \`per-key\` A and B have the same key. A message that was never delivered is
lost, not reordered. \`compared\` counts the messages B for which there is an A that was enqueued before at all.

Left out: messages that were pushed with a delay, or more than once; with \`per-key\` messages without a key; and as A a
message whose first delivery is unknown, because its reply was lost.

The consumers of a queue compete, so that the order is that of the queue. Every subscriber gets all messages, so that the
order is judged for each by itself, and a message counts once for each subscriber that got it too early
(\`details.subscribers\`).

failed: \`reordered\` is above 0. unknown: \`compared\` is 0.`,
  start(options, names) {
    const roleOf = selectorOf(options, names);
    const pushes = new Pushes(options.order === 'per-key');
    const deliveries = new Deliveries();
    const lanes = new Lanes();
    return {
      see(event) {
        if (event.operation === 'subscribe') return lanes.open(event);
        const role = roleOf(event);
        if (event.message < 0) return;
        if (role === 'push') return pushes.see(event);
        if (role !== 'consume' || event.operation !== 'deliver' || event.phase !== 'ok') return;
        const lane = lanes.of(event);
        if (lane > 0 || pushes.wentTo(event.message, event.target)) deliveries.add(event, lane);
      },
      report() {
        const found = new Comparison(pushes, deliveries, lanes, names);
        pushes.walk(found.sent, found.acknowledged);
        return found.report(options.order);
      },
    };
  },
});

/** The queue has the first lane, each subscriber one of its own. */
class Lanes {
  readonly subscribers: { readonly step: string; readonly actor: string }[] = [];
  readonly #numbers = new Map<string, Map<string, number>>();

  get size(): number {
    return 1 + this.subscribers.length;
  }

  open({ step, actor }: CheckedEvent): void {
    if (this.of({ step, actor }) > 0) return;
    const ofStep = this.#numbers.get(step) ?? new Map<string, number>();
    this.#numbers.set(step, ofStep.set(actor, this.subscribers.push({ step, actor })));
  }

  of({ step, actor }: Pick<CheckedEvent, 'step' | 'actor'>): number {
    return this.#numbers.get(step)?.get(actor) ?? 0;
  }
}

/** Of the messages enqueued so far in each scope, the one that was certainly delivered last. */
class LastDelivered {
  readonly #slots = new Map<number, number>();
  readonly #before = words();
  readonly #messages = words();

  offer(scope: number, before: number, message: number): void {
    let slot = this.#slots.get(scope);
    if (slot === undefined) {
      slot = this.#slots.size;
      this.#slots.set(scope, slot);
    } else if (before <= this.#before.get(slot)) return;
    this.#before.set(slot, before);
    this.#messages.set(slot, message);
  }

  /** A message delivered after this delivery; -1: none; undefined: there is nothing to compare with. */
  after(scope: number, row: number): number | undefined {
    const slot = this.#slots.get(scope);
    if (slot === undefined) return undefined;
    return this.#before.get(slot) > row ? this.#messages.get(slot) : -1;
  }
}

/** Judges each message when it was sent: what was enqueued before it is then known. */
class Comparison {
  readonly #compared: Float64Array;
  readonly #reordered: Float64Array;
  readonly #examples: Examples;
  #example: string | undefined;
  readonly #acknowledged = new LastDelivered();
  /** The same of each process that pushed. */
  readonly #sent = new LastDelivered();
  readonly #first: ReturnType<Deliveries['firstOfEach']>;

  constructor(
    private readonly pushes: Pushes,
    private readonly deliveries: Deliveries,
    private readonly lanes: Lanes,
    private readonly names: MessageNames,
  ) {
    this.#compared = new Float64Array(lanes.size);
    this.#reordered = new Float64Array(lanes.size);
    this.#examples = new Examples(names);
    this.#first = deliveries.firstOfEach(names.messages);
  }

  readonly sent = (message: number): void => {
    const { pushes, deliveries } = this;
    let reordered = false;
    for (const row of this.#deliveriesOf(message)) {
      const scope = this.#scopeOf(message, row);
      const process = scope * pushes.processes + pushes.processOf(message);
      const acknowledged = this.#acknowledged.after(scope, row);
      const sent = this.#sent.after(process, row);
      const later = sent === undefined || sent < 0 ? acknowledged : sent;
      const lane = deliveries.laneOf(row);
      if (later !== undefined || sent !== undefined) this.#compared[lane]!++;
      if (later !== undefined && later >= 0) {
        this.#reordered[lane]!++;
        this.#example ??= this.#describe(message, later, lane);
        reordered = true;
      }
      if (pushes.isAcknowledged(message) && deliveries.isFirst(row)) {
        this.#sent.offer(process, deliveries.before(row), message);
      }
    }
    if (reordered) this.#examples.add(message);
  };

  readonly acknowledged = (message: number): void => {
    for (const row of this.#deliveriesOf(message)) {
      if (!this.deliveries.isFirst(row)) continue;
      this.#acknowledged.offer(this.#scopeOf(message, row), this.deliveries.before(row), message);
    }
  };

  report(order: OrderOptions['order']): CheckReport {
    const compared = this.#compared.reduce((sum, count) => sum + count, 0);
    const reordered = this.#reordered.reduce((sum, count) => sum + count, 0);
    const subscribers = this.lanes.subscribers.map(({ step, actor }, at) => {
      return { step, actor, compared: this.#compared[at + 1]!, reordered: this.#reordered[at + 1]! };
    });
    const reasons: string[] = [];
    if (this.#example !== undefined) {
      const was = reordered === 1 ? 'was' : 'were';
      reasons.push(`${plural(reordered, 'message')} ${was} delivered out of order: ${this.#example}`);
    } else if (compared === 0) {
      const ofKey = order === 'per-key' ? ' of one key' : '';
      reasons.push(`no two messages${ofKey} were delivered of which one was certainly enqueued first`);
    }
    return {
      verdict: reordered > 0 ? 'failed' : compared === 0 ? 'unknown' : 'passed',
      reasons,
      counts: { compared, reordered },
      examples: { reordered: this.#examples.ids },
      ...(subscribers.length > 0 && { details: { subscribers } }),
    };
  }

  #deliveriesOf(message: number): Uint32Array {
    const { starts, rows } = this.#first;
    return rows.subarray(starts[message], starts[message + 1]);
  }

  /** Messages of one lane and one group have an order. */
  #scopeOf(message: number, row: number): number {
    return this.deliveries.laneOf(row) * this.pushes.groups.length + this.pushes.groupOf(message);
  }

  #describe(b: number, a: number, lane: number): string {
    const { pushes, names, lanes } = this;
    const { key } = pushes.groups[pushes.groupOf(b)]!;
    const to = lane > 0 ? ` to ${lanes.subscribers[lane - 1]!.actor}` : '';
    const same = key === '' ? '' : ` and has the same key ${key}`;
    const earlier = formatDuration(pushes.timeOf(b) - pushes.timeOf(a));
    return `${names.idOf(b)} was delivered${to} before ${names.idOf(a)}, which was enqueued ${earlier} earlier${same}`;
  }
}
