import type { StepContext } from '../../contracts/step.js';
import { Digits } from '../../wire/command/hole.js';
import { CommandTemplate } from '../../wire/command/template.js';
import { PushHistory } from '../bulk/history.js';
import { PushJournal } from '../bulk/journal.js';
import { Messages } from '../bulk/messages.js';
import { oneForEach, sendBulk, WAIT_MS } from '../bulk/send.js';
import { envelopeParts } from './envelope.js';
import type { ProducersInput } from './producer.js';
import type { QueueActivity, QueueRegistry } from './registry.js';

export interface BulkPush {
  /** Of the producers. */
  readonly names: readonly string[];
  /** What stands before a payload. */
  readonly pushCommand: readonly string[];
  readonly registry: QueueRegistry;
  readonly activity: QueueActivity;
}

/** Pushes many messages, in their envelopes and without a delay. */
export async function pushBulk(
  input: ProducersInput,
  { names, pushCommand, registry, activity }: BulkPush,
  context: StepContext,
) {
  const messages = new Messages(input, (at) => registry.wallTime(at));
  const producers = names.map((name) => new PushHistory(context.history, { target: input.queue, actor: name }, name));
  const journal = new PushJournal(messages, producers, () => activity.moves++);
  const result = () => {
    const { attempted, acknowledged, failed, unknown, throughput, latency, late } = journal;
    return { attempted, acknowledged, failed, unknown, throughput, latency: latency.summary(), late };
  };
  context.reportProgress(result);
  const own = new Digits((index) => Math.floor(index / names.length));
  const sequence = new Digits((index) => index);
  const key = input.key ? messages.keyHole : null;
  const templates = names.map((name) => {
    const payload = [...envelopeParts(name, own, sequence, key, messages.timeHole), messages.bodyHole];
    return new CommandTemplate([...pushCommand, payload], 1);
  });
  await sendBulk({ ...input, forMs: input.for, mix: oneForEach(templates), journal, replyTimeoutMs: WAIT_MS }, context);
  journal.raiseRefusal();
  return result();
}
