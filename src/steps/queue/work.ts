import {
  CommandArguments,
  Count,
  Deferred,
  Duration,
  Expression,
  Latency,
  OneOf,
  PerSecond,
  QueueName,
  Total,
  Type,
} from '../../contracts/fields.js';
import { defineStep, type StepContext } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';
import { BACKENDS, DEFAULT_GROUP } from './backends/backend.js';
import { Faults, mostStrikes } from './faults.js';
import { type PoolInput, WorkerPool } from './pool.js';
import { longestBackoff, Retry } from './retry.js';

export const queueWork = defineStep({
  name: 'queue.work',
  summary: 'Takes messages from a queue with workers, handles and acknowledges them.',
  effect: 'changes',
  commands: [
    'EVALSHA',
    'EVAL',
    { field: 'backend', equals: 'stream', commands: ['XGROUP CREATE', 'XREADGROUP', 'XACK'] },
  ],
  live: { field: 'until', equals: 'stopped', without: 'for' },
  input: Type.Object({
    queue: QueueName(),
    backend: OneOf(BACKENDS, {
      default: 'list',
      description:
        'What the queue is: a list (LPUSH, and from the right), a stream with a consumer group, or a sorted set by due time.',
    }),
    delivery: OneOf(['at-least-once', 'at-most-once'], {
      default: 'at-least-once',
      description:
        'at-least-once: a message stays on the server until it is acknowledged. at-most-once: it is gone once it was delivered (of a list by RPOP, the naive queue).',
    }),
    workers: Count({
      default: 1,
      description:
        'Workers, each with one message at a time. The commands of the handler go over a connection of its own; what several take and acknowledge at the same time goes as one script over one that half of them share.',
    }),
    group: Type.String({
      minLength: 1,
      default: DEFAULT_GROUP,
      description:
        "The stream's consumer group. What the default one is done with is deleted; a group that is named leaves it to others.",
    }),
    handler: Type.Object(
      {
        takes: Duration({ default: '0ms', description: 'How long a message takes.' }),
        do: Type.Optional(
          Type.Array(Deferred(CommandArguments(), ['message']), {
            minItems: 1,
            description: 'The effect of a message: commands, evaluated for each. One that is refused is a failure.',
          }),
        ),
        once: Type.Optional(
          Expression(['message'], {
            description: 'The effect is applied at most once for each value of this, atomically.',
          }),
        ),
        faults: Faults(),
      },
      { default: {}, description: 'What happens with a message between its delivery and its acknowledgement.' },
    ),
    visibility: Duration({
      default: '1s',
      description:
        'How long a delivery belongs to its worker. Without an acknowledgement the message is delivered again.',
    }),
    retry: Retry(),
    maxDeliveries: Count({ default: 10, description: 'Deliveries of one message at most, crashes included.' }),
    deadLetter: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The queue, on the same backend, for messages that are given up. Without it they are acknowledged, and counted as discarded.',
      }),
    ),
    until: OneOf(['drained', 'stopped'], {
      default: 'drained',
      description:
        'drained: until nothing is ready, delayed, retried or in flight and every producer of the queue in this case has ended. stopped: the workers live until `stop`, or for the time that `for` says.',
    }),
    for: Type.Optional(Duration({ description: 'Work for this long at most; what is in hand then is finished.' })),
  }),
  result: Type.Object({
    delivered: Total('Deliveries, those of one message each counted.'),
    completed: Total('Messages handled and acknowledged.'),
    failed: Total('Handler runs that ended in failure.'),
    retried: Total('Messages put back for a later attempt, each time counted.'),
    redelivered: Total('Deliveries of a message beyond its first.'),
    deadLettered: Total('Messages moved to the dead-letter queue.'),
    discarded: Total('Messages given up without a dead-letter queue.'),
    crashes: Total('Workers that died.'),
    inFlight: Total('Messages delivered and neither settled nor delivered again.'),
    throughput: PerSecond({ description: 'Messages completed each second, from the first delivery on.' }),
    latency: Latency('From enqueueing to the first delivery.'),
    handling: Latency('Of handler runs.'),
    faults: Type.Array(
      Type.Object({ kind: Type.String({ description: 'Kind of fault.' }), struck: Total('How often it struck.') }),
      { description: 'The faults of the handler, in the order in which they are written.' },
    ),
  }),
  examples: [
    { queue: 'orders' },
    {
      queue: 'orders',
      backend: 'stream',
      workers: 4,
      handler: { takes: '5ms', faults: [{ crash: { every: 50 } }, { fail: { when: 'message.body.poison' } }] },
      visibility: '300ms',
      retry: { attempts: 3, delay: '100ms', backoff: 'exponential' },
      deadLetter: 'orders-dlq',
    },
    {
      queue: 'payments',
      handler: { do: [['INCRBY', 'balance', '${{ message.body.amount }}']], once: 'message.id' },
      until: 'stopped',
    },
  ],
  /** A message that fails, crashes and hangs until it is given up must fit, on top of the step's own limit. */
  declaredMs({ handler, visibility, retry, maxDeliveries, until, for: forMs }) {
    const took = Math.max(handler.takes, ...handler.faults.flatMap((fault) => Object.values(fault).map(takesOf)));
    if (until === 'stopped' || forMs !== undefined) return (forMs ?? 0) + took;
    const leases = 1 + mostStrikes(handler.faults, ['crash', 'hang'], maxDeliveries);
    const runs = Math.min(retry.attempts, maxDeliveries) + leases;
    return leases * visibility + runs * took + longestBackoff(retry);
  },
  work: ({ completed }, { for: forMs }) => ({ done: completed, unit: 'messages', forMs }),
  /** A scenario with a fault claims something about what happens when it strikes. */
  judge({ faults }) {
    const idle = faults.flatMap(({ kind, struck }, index) => (struck === 0 ? [`${kind} (faults[${index}])`] : []));
    if (idle.length === 0) return undefined;
    return {
      verdict: 'unknown',
      message: `${idle.join(' and ')} never struck, so nothing shows what happens then`,
      next: 'push more messages, or change the conditions of the fault',
    };
  },
  async run({ for: forMs, ...input }, context) {
    assertSound(input);
    const pool = await WorkerPool.start(input, context);
    if (input.until === 'stopped' && forMs === undefined) {
      context.keepRunning(pool);
      return pool.snapshot();
    }
    context.reportProgress(() => pool.snapshot());
    if (forMs === undefined) await pool.ended;
    else await workFor(forMs, pool, context);
    return pool.snapshot();
  },
});

/** Until the time is over or the pool has ended by itself. */
async function workFor(forMs: number, pool: WorkerPool, { clock, signal }: StepContext): Promise<void> {
  const ended = new AbortController();
  const end = () => ended.abort();
  pool.ended.then(end, end);
  await clock.sleep(forMs, AbortSignal.any([signal, ended.signal])).catch(() => {});
  await pool.stop();
}

const takesOf = (conditions: { readonly takes?: number | undefined } | undefined): number => conditions?.takes ?? 0;

function assertSound({ queue, delivery, retry, visibility, deadLetter }: PoolInput): void {
  if (delivery === 'at-most-once' && retry.attempts > 1) {
    throw new ScenarioError('a message that is delivered at most once cannot be retried', {
      next: 'remove `retry`, or choose `delivery: at-least-once`',
    });
  }
  if (visibility <= 0) {
    throw new ScenarioError('`visibility` is 0: every delivery would be over at once', {
      next: 'choose how long a worker may take, for example 1s',
    });
  }
  if (deadLetter === queue) {
    throw new ScenarioError(`"${queue}" is its own dead-letter queue: what is given up would come back at once`, {
      next: `name another queue, for example "${queue}-dlq"`,
    });
  }
}
