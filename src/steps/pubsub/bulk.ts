import type { StepContext } from '../../contracts/step.js';
import { Digits } from '../../wire/command/hole.js';
import { CommandTemplate } from '../../wire/command/template.js';
import { PushHistory } from '../bulk/history.js';
import { PushJournal } from '../bulk/journal.js';
import { Messages } from '../bulk/messages.js';
import { type Amount, oneForEach, sendBulk, WAIT_MS } from '../bulk/send.js';
import { envelopeParts } from '../queue/envelope.js';
import { registryOf } from '../queue/registry.js';
import { type Bodies, bodyOf, hasExpressions } from './bodies.js';
import type { Destination } from './publisher.js';

export interface BulkPublish extends Amount {
  readonly destination: Destination;
  readonly bodies: Bodies;
  readonly publishers: number;
}

/** Publishes many messages, in their envelopes. */
export async function publishBulk({ destination, bodies, publishers, ...amount }: BulkPublish, context: StepContext) {
  const { command, channel } = destination;
  const registry = registryOf(context);
  const contents = { body: (index: number) => bodyOf(bodies, index), varies: hasExpressions(bodies) };
  const messages = new Messages(contents, (at) => registry.wallTime(at));
  const actors = Array.from({ length: publishers }, (_, index) => `publisher-${index + 1}`);
  const names = actors.map((actor) => registry.uniqueName(`${context.stepName}/${actor}`));
  const isShard = command === 'SPUBLISH';
  const histories = names.map((name, index) => {
    const pusher = { target: channel, actor: actors[index]!, ...(isShard && ({ shard: true } as const)) };
    return new PushHistory(context.history, pusher, name);
  });
  const journal = new PushJournal(messages, histories);
  const result = () => {
    const { acknowledged, replied, failed, unknown, throughput, latency, late } = journal;
    const errors = failed + unknown;
    return { published: acknowledged, receivers: replied, errors, throughput, latency: latency.summary(), late };
  };
  context.reportProgress(result);
  const sequence = new Digits((index) => Math.floor(index / publishers));
  const templates = names.map((name) => {
    const payload = [...envelopeParts(name, sequence, sequence, null, messages.timeHole), messages.bodyHole];
    // A shard channel's by its slot, as if it were a key; an ordinary one's come here outside of clusters alone.
    return new CommandTemplate([command, context.namespace.channel(channel), payload], 1);
  });
  await sendBulk(
    { ...amount, producers: publishers, mix: oneForEach(templates), journal, replyTimeoutMs: WAIT_MS },
    context,
  );
  journal.raiseRefusal();
  return result();
}
