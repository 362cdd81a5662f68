import type { BoundExpression, DeferredValue } from '../../contracts/fields.js';
import type { Connection } from '../../contracts/redis.js';
import type { StepContext } from '../../contracts/step.js';
import { OutcomeUnknown } from '../../errors.js';
import type { BackendKind, QueueBackend } from './backends/backend.js';
import { encodeMessage } from './envelope.js';
import type { Identity } from './identities.js';
import type { Payload } from './payload.js';
import type { Pushed, PushLog } from './push-log.js';
import type { QueueActivity, QueueRegistry } from './registry.js';
import type { Doer } from './work-log.js';

export interface ProducersInput {
  readonly queue: string;
  readonly backend: BackendKind;
  readonly producers: number;
  /** Of all producers; infinite where only `for` ends them. */
  readonly total: number;
  body(index: number): string;
  /** Evaluating a body or a key again may give something else. */
  readonly varies: boolean;
  readonly key?: DeferredValue<string> | undefined;
  readonly delay?: DeferredValue<number> | undefined;
  readonly rate?: number | undefined;
  readonly for?: number | undefined;
  readonly envelope: 'redrill' | 'none';
  readonly identity?: BoundExpression | undefined;
}

/** What the producers of one step have in common. */
export interface Production {
  readonly input: ProducersInput;
  readonly backend: QueueBackend;
  readonly log: PushLog;
  readonly registry: QueueRegistry;
  readonly activity: QueueActivity;
  readonly context: StepContext;
}

interface Prepared extends Pushed {
  readonly payload: Payload;
  /** Of a message without an envelope: it is in no queue. */
  forget(): void;
}

/** One producer, whose ids are numbered without gaps. `sequence` numbers the messages of all producers of the step. */
export class Producer {
  #sent = 0;
  #doer: Doer;

  constructor(
    private readonly name: string,
    private readonly connection: Connection,
    private readonly production: Production,
  ) {
    this.#doer = { name, process: production.context.history.newProcess(), connection: connection.id };
  }

  /** Sends the messages of these numbers at once. Raises what is neither a refusal nor a lost reply. */
  async push(indexes: readonly number[], dueAt: number): Promise<void> {
    const { backend, log, activity, context } = this.production;
    const messages = indexes.map((index) => this.#prepare(index));
    activity.moves++;
    for (const message of messages) log.sent(this.#doer, message);
    try {
      const outcomes = await backend.push(this.connection, messages, { signal: context.signal });
      for (const [at, message] of messages.entries()) this.#settle(message, outcomes[at] ?? null, dueAt);
      if (outcomes.some(mayHaveHappened)) this.#doer = { ...this.#doer, process: context.history.newProcess() };
    } catch (error) {
      for (const message of messages) log.unknown(this.#doer, message);
      throw error;
    }
  }

  #settle(message: Prepared, outcome: Error | null, from: number): void {
    const { log } = this.production;
    if (outcome === null) log.acknowledged(this.#doer, message, from);
    else if (mayHaveHappened(outcome)) log.unknown(this.#doer, message);
    else {
      log.failed(this.#doer, message, outcome);
      message.forget();
    }
  }

  #prepare(index: number): Prepared {
    const { input, registry, activity } = this.production;
    const body = input.body(index);
    const key = input.key?.evaluate({ index }) ?? null;
    const delayMs = input.delay?.evaluate({ index }) ?? 0;
    const enqueuedAt = registry.wallTime();
    const deliverAt = enqueuedAt + delayMs;
    if (input.envelope === 'redrill') {
      const id = `${this.name}-${this.#sent++}`;
      const payload = encodeMessage({ id, sequence: index, key, enqueuedAt, deliverAt, redriveCount: 0 }, body);
      return { id, key, delayMs, body, namedBy: undefined, payload, forget: () => {} };
    }
    const { identities } = activity;
    const identity: Identity = {
      id: identities.nameOf(body),
      sequence: index,
      key,
      enqueuedAt,
      deliverAt,
      redriveCount: 0,
    };
    identities.expect(body, identity);
    const namedBy = input.identity ? 'identity' : 'content';
    const forget = () => identities.forget(body, identity);
    return { id: identity.id, key, delayMs, body, namedBy, payload: body, forget };
  }
}

const mayHaveHappened = (outcome: Error | null): boolean => outcome instanceof OutcomeUnknown && outcome.sent;
