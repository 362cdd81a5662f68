import type { StepContext } from '../../contracts/step.js';
import { isBulk } from '../bulk/send.js';
import { untilDue } from '../pace.js';
import { runWorkers } from '../workers.js';
import { DEFAULT_GROUP } from './backends/backend.js';
import { createBackend } from './backends/create.js';
import { pushBulk } from './bulk.js';
import { queueKeys } from './keys.js';
import { Producer, type ProducersInput, type Production } from './producer.js';
import { PushLog } from './push-log.js';
import { registryOf } from './registry.js';

/** Messages in one write where no rate says when each is due, and in a run where all are overdue. */
const BATCH = 32;

/** Runs the producers of one step. Message `index` is always that of producer `index` modulo their number. */
export async function runProducers(input: ProducersInput, context: StepContext) {
  const registry = registryOf(context);
  const activity = registry.queue(input.queue);
  registry.steps.set(context.stepName, { queue: input.queue, backend: input.backend, work: null });
  if (input.identity) activity.identities.nameBy(input.identity);
  const now = context.clock.now;
  const keys = queueKeys(context.namespace, input.queue);
  const backend = createBackend(input.backend, keys, { visibilityMs: null, group: DEFAULT_GROUP, now });
  const step = registry.uniqueName(context.stepName);
  const names =
    input.producers === 1 ? [step] : Array.from({ length: input.producers }, (_, number) => `${step}/${number + 1}`);
  activity.producers++;
  try {
    const { pushCommand } = backend;
    const isPlain = input.envelope === 'redrill' && !input.delay;
    if (pushCommand && isPlain && isBulk({ ...input, forMs: input.for })) {
      return await pushBulk(input, { names, pushCommand, registry, activity }, context);
    }
    const log = new PushLog(input.queue, context.history, context.clock);
    context.reportProgress(() => log.result());
    return await pushInTurn(names, { input, backend, log, registry, activity, context });
  } finally {
    activity.producers--;
  }
}

async function pushInTurn(names: readonly string[], production: Production) {
  const { input, log, context } = production;
  const run = input.rate === undefined ? pushInBatches : pushWhenDue;
  await runWorkers(names.length, async (number, goesOn) => {
    const name = names[number]!;
    if (names.length === 1) return await run(new Producer(name, context.redis, production), number, production, goesOn);
    await using connection = await context.connections.busy(name);
    await run(new Producer(name, connection, production), number, production, goesOn);
  });
  return log.final();
}

async function pushInBatches(
  producer: Producer,
  first: number,
  { input, log, context }: Production,
  goesOn: () => boolean,
): Promise<void> {
  const endAt = log.startedAt + (input.for ?? Number.POSITIVE_INFINITY);
  for (let index = first; index < input.total && goesOn(); ) {
    const sentAt = context.clock.now();
    if (sentAt >= endAt) return;
    const batch: number[] = [];
    for (; batch.length < BATCH && index < input.total; index += input.producers) batch.push(index);
    await producer.push(batch, sentAt);
  }
}

/** An open loop: a message is sent when it is due, whether or not those before it were answered. */
async function pushWhenDue(
  producer: Producer,
  first: number,
  { input, log, context }: Production,
  goesOn: () => boolean,
): Promise<void> {
  const pace = { startMs: log.startedAt, rate: input.rate, forMs: input.for };
  const pushing = new Set<Promise<void>>();
  const errors: unknown[] = [];
  let overdue = 0;
  for (let index = first; index < input.total && goesOn() && errors.length === 0; index += input.producers) {
    const due = await untilDue(index, pace, context);
    if (due === null) break;
    log.late = Math.max(0, context.clock.now() - due);
    // Who has fallen behind waits for nothing: replies must be read all the same, and a time limit strike.
    if (log.late > 0 && ++overdue % BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
    const one: Promise<void> = producer
      .push([index], due)
      .catch((error: unknown) => void errors.push(error))
      .finally(() => pushing.delete(one));
    pushing.add(one);
  }
  await Promise.all(pushing);
  if (errors.length > 0) throw errors[0];
}
