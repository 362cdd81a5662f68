import { crc32 } from 'node:zlib';
import type { HistoryEvent, HistoryOperation, HistoryPhase } from '../../contracts/history.js';
import type { StepContext } from '../../contracts/step.js';
import { untilStepEnds } from '../replies.js';
import { type BackendKind, DEFAULT_GROUP } from './backends/backend.js';
import { createBackend } from './backends/create.js';
import { kindOf, Store } from './backends/store.js';
import { decodeLetter } from './dead-letter.js';
import { decodeMessage } from './envelope.js';
import { queueKeys } from './keys.js';
import { registryOf } from './registry.js';

/** A queue that is at work while it is looked at is looked at again, this often and with these pauses between. */
const LOOKS = 20;
const PAUSE_MS = 25;

/** Looks at where the messages of a queue are and records it; as incomplete, where it never held still. */
export async function lookAtQueue(
  queue: string,
  backend: BackendKind | undefined,
  context: StepContext,
): Promise<void> {
  const record = recorder(queue, context);
  const activity = registryOf(context).queue(queue);
  for (let look = 1; ; look++) {
    const { moves } = activity;
    const idle = activity.producers === 0 && activity.holding === 0;
    await recordContents(queue, backend, context, record);
    const still = idle && activity.moves === moves;
    if (still || look === LOOKS) return record(still ? 'ok' : 'info', 'look');
    await context.clock.sleep(PAUSE_MS, context.signal);
  }
}

/** Looks at what lies in a dead-letter queue and records it. */
export async function lookAtDeadLetters(queue: string, context: StepContext): Promise<void> {
  const options = untilStepEnds(context);
  const { main } = queueKeys(context.namespace, queue);
  const record = recorder(queue, context);
  record('invoke', 'look');
  const kind = await kindOf(context.redis, main, options);
  if (kind) {
    for await (const { payload } of new Store(kind, main, context.redis, options).entries()) {
      const { letter, message } = decodeLetter(payload);
      record('ok', 'dead', { message: letter.id, hash: crc32(decodeMessage(message).body) });
    }
  }
  record('ok', 'look');
}

async function recordContents(
  queue: string,
  backend: BackendKind | undefined,
  context: StepContext,
  record: Record,
): Promise<void> {
  const options = untilStepEnds(context);
  const keys = queueKeys(context.namespace, queue);
  const activity = registryOf(context).queue(queue);
  // What lies beside an empty key is the same for lists and sorted sets.
  const kind = backend ?? (await kindOf(context.redis, keys.main, options)) ?? 'list';
  const group = activity.group ?? DEFAULT_GROUP;
  const looked = createBackend(kind, keys, { visibilityMs: null, group, now: context.clock.now });
  const nameOf = activity.identities.namesWaiting();
  record('invoke', 'look');
  for await (const { place, payload, entry } of looked.contents(context.redis, options)) {
    if (place === 'done') continue;
    const { envelope, body } = decodeMessage(payload);
    const message = envelope?.id ?? nameOf(body, entry);
    record('ok', place, { message, ...(entry !== '' && { entryId: entry }) });
  }
}

type Record = (phase: HistoryPhase, operation: HistoryOperation, event?: Partial<HistoryEvent>) => void;

function recorder(target: string, { history, clock, stepName }: StepContext): Record {
  const process = history.newProcess();
  return (phase, operation, event) =>
    history.record({
      phase,
      operation,
      target,
      message: '',
      time: clock.now(),
      process,
      attempt: 0,
      actor: stepName,
      ...event,
    });
}
