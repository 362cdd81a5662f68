import type { Clock, StepContext } from '../../contracts/step.js';
import type { BackendKind } from './backends/backend.js';
import { Identities } from './identities.js';
import type { RetryPolicy } from './retry.js';

/** What the steps of a case must know of each other's work on one queue. */
export interface QueueActivity {
  /** Steps that push into it now. */
  producers: number;
  /** Messages in the hands of live workers now, those whose lease has ended included. */
  holding: number;
  /** Counts pushes, takes and settlements, so that whoever looks at the queue knows whether it was at work meanwhile. */
  moves: number;
  /** The consumer group that last worked on the stream. */
  group: string | null;
  readonly identities: Identities;
}

/** What a step declared of a queue, for those that verify it. */
export interface QueueStep {
  readonly queue: string;
  readonly backend: BackendKind;
  /** Null for one that pushes. */
  readonly work: WorkDeclaration | null;
}

export interface WorkDeclaration {
  readonly workers: number;
  readonly group: string;
  readonly retry: RetryPolicy;
  readonly maxDeliveries: number;
  readonly visibilityMs: number | null;
  readonly deadLetter: string | null;
}

/** What queue steps of a case share. */
export class QueueRegistry {
  readonly #queues = new Map<string, QueueActivity>();
  /** By the step's id; of one that ran again, the last. */
  readonly steps = new Map<string, QueueStep>();
  readonly #names = new Map<string, number>();
  readonly #epoch: number;

  constructor(private readonly clock: Clock) {
    this.#epoch = clock.wallTime() - clock.now();
  }

  queue(name: string): QueueActivity {
    let activity = this.#queues.get(name);
    if (!activity) {
      activity = { producers: 0, holding: 0, moves: 0, group: null, identities: new Identities() };
      this.#queues.set(name, activity);
    }
    return activity;
  }

  /** `push`, and when the step runs again `push#2`: the same in every run with the same seed. */
  uniqueName(step: string): string {
    const count = (this.#names.get(step) ?? 0) + 1;
    this.#names.set(step, count);
    return count === 1 ? step : `${step}#${count}`;
  }

  /** Milliseconds since the epoch, to a microsecond: monotonic, so that latencies are never negative. */
  wallTime(at = this.clock.now()): number {
    return Math.round((this.#epoch + at) * 1_000) / 1_000;
  }
}

export const registryOf = (context: StepContext): QueueRegistry =>
  context.caseState('queue', () => new QueueRegistry(context.clock));
