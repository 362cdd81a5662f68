import type { Connection } from '../../contracts/redis.js';
import type { Actor, StepContext } from '../../contracts/step.js';
import { runWorkers } from '../workers.js';
import type { BackendKind, Idle, QueueBackend } from './backends/backend.js';
import { createBackend } from './backends/create.js';
import { Bell } from './bell.js';
import { Desk } from './desk.js';
import { Effect, type EffectInput } from './effect.js';
import type { FaultInput } from './faults.js';
import { Handler } from './handler.js';
import type { Empty, Job } from './job.js';
import { queueKeys } from './keys.js';
import { isPassing } from './passing.js';
import { registryOf } from './registry.js';
import type { RetryPolicy } from './retry.js';
import { WorkLog } from './work-log.js';
import { Worker } from './worker.js';

/** How often idle workers look, beside arrivals and due times: for the end of the producers, or for other programs. */
const LOOK_FOR_DRAIN_MS = 10;
const LOOK_MS = 100;

/** Before the first message comes, a queue is not taken for drained this long: its producer may start beside us. */
const FIRST_MESSAGE_MS = 200;

export interface PoolInput {
  readonly queue: string;
  readonly backend: BackendKind;
  readonly delivery: 'at-least-once' | 'at-most-once';
  readonly workers: number;
  readonly group: string;
  readonly handler: EffectInput & { readonly takes: number; readonly faults: readonly FaultInput[] };
  readonly visibility: number;
  readonly retry: RetryPolicy;
  readonly maxDeliveries: number;
  readonly deadLetter?: string | undefined;
  readonly until: 'drained' | 'stopped';
}

/** The workers of one step. */
export class WorkerPool implements Actor {
  /** Resolves once all have ended; raises what made them end. */
  readonly ended: Promise<void>;
  readonly #job: Job;
  readonly #bell: Bell;
  readonly #abort = new AbortController();
  readonly #stopping = new AbortController();
  readonly #desks: readonly Desk[];
  readonly #startedAt: number;

  private constructor(
    private readonly input: PoolInput,
    backend: QueueBackend,
    connections: readonly Connection[],
    context: StepContext,
  ) {
    const { clock } = context;
    const signal = AbortSignal.any([context.signal, this.#abort.signal]);
    this.#startedAt = clock.now();
    const atOnce = input.delivery === 'at-least-once';
    this.#desks = connections.map((connection) => new Desk(backend, connection, atOnce, signal));
    this.#job = this.#createJob(backend, signal, context);
    const atMostMs = input.until === 'drained' ? LOOK_FOR_DRAIN_MS : LOOK_MS;
    const connectBell = () => context.connections.dedicated(`${context.stepName}:bell`);
    this.#bell = new Bell(backend, connectBell, clock, atMostMs, signal);
    signal.addEventListener('abort', () => this.#bell.ringAll(), { once: true });
    this.ended = this.#run();
    // A live pool that fails has nobody who listens before it is stopped.
    this.ended.catch(() => {});
  }

  static async start(input: PoolInput, context: StepContext): Promise<WorkerPool> {
    const backend = createBackend(input.backend, queueKeys(context.namespace, input.queue), {
      visibilityMs: input.delivery === 'at-most-once' ? null : input.visibility,
      group: input.group,
      now: context.clock.now,
    });
    await backend.prepare(context.redis, { signal: context.signal }).catch((error: unknown) => {
      // The first take makes what is missing.
      if (!isPassing(error)) throw error;
    });
    // With two halves the server works for one while the other's messages are handled; else each waits for the other.
    const halves = input.delivery === 'at-least-once' && input.workers > 1 ? ['', ':2'] : [''];
    const open = (part: string) => context.connections.busy(`${context.stepName}${part}`);
    return new WorkerPool(input, backend, await Promise.all(halves.map(open)), context);
  }

  snapshot() {
    return { ...this.#job.log.result(), faults: this.#job.handler.faults };
  }

  /** Each worker finishes the message that it has in hand. Raises what made them end before. */
  async stop(): Promise<void> {
    this.#stopSoon();
    await this.ended;
  }

  async #run(): Promise<void> {
    const { registry, context } = this.#job;
    const step = registry.uniqueName(context.stepName);
    try {
      await runWorkers(this.input.workers, (index) =>
        Worker.run(`${step}/${index + 1}`, this.#job, this.#desks[index % this.#desks.length]!).catch(
          (error: unknown) => {
            this.#abort.abort(error);
            throw error;
          },
        ),
      );
    } finally {
      await Promise.all([...this.#desks, this.#bell].map((one) => one[Symbol.asyncDispose]()));
    }
  }

  #stopSoon(): void {
    this.#stopping.abort();
    this.#bell.ringAll();
  }

  async #waitForMore({ idle, quiet }: Empty): Promise<boolean> {
    if (this.#stopping.signal.aborted) return false;
    if (this.input.until === 'drained' && quiet && this.#isDrained(idle)) {
      this.#job.log.drained();
      this.#stopSoon();
      return false;
    }
    await this.#bell.wait(idle);
    return !this.#stopping.signal.aborted;
  }

  #isDrained({ inFlight, delayed }: Idle): boolean {
    const { activity, log, context } = this.#job;
    if (inFlight > 0 || delayed > 0 || activity.holding > 0) return false;
    return log.hasDelivered || context.clock.now() - this.#startedAt >= FIRST_MESSAGE_MS;
  }

  #createJob(backend: QueueBackend, signal: AbortSignal, context: StepContext): Job {
    const { input } = this;
    const { clock, namespace } = context;
    const registry = registryOf(context);
    const activity = registry.queue(input.queue);
    if (input.backend === 'stream') activity.group = input.group;
    const visibilityMs = input.delivery === 'at-most-once' ? null : input.visibility;
    const { workers, group, retry, maxDeliveries, deadLetter = null } = input;
    registry.steps.set(context.stepName, {
      queue: input.queue,
      backend: input.backend,
      work: { workers, group, retry, maxDeliveries, visibilityMs, deadLetter },
    });
    const keys = queueKeys(namespace, input.queue);
    const stopping = this.#stopping.signal;
    const { takes, faults, ...effect } = input.handler;
    return {
      ...input,
      backend,
      handler: new Handler({
        takesMs: takes,
        faults,
        effect: new Effect(effect, namespace, keys),
        visibilityMs: input.visibility,
        random: context.random,
        clock,
        signal,
        stopping,
      }),
      deadLetters: input.deadLetter === undefined ? null : deadLetterRoute(input.deadLetter, backend, input, context),
      log: new WorkLog(input.queue, visibilityMs, context.history, clock),
      registry,
      activity,
      context,
      signal,
      stopping,
      waitForMore: (empty) => this.#waitForMore(empty),
      wakeNext: () => this.#bell.ring(),
    };
  }
}

/** A dead-letter queue has the backend of its source. */
function deadLetterRoute(name: string, queue: QueueBackend, { backend, group }: PoolInput, context: StepContext) {
  const keys = queueKeys(context.namespace, name);
  const dead = createBackend(backend, keys, { visibilityMs: null, group, now: context.clock.now });
  return { queue, dead, keys };
}
