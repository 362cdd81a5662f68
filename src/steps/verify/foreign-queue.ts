import type { HistoryOperation, HistoryPhase } from '../../contracts/history.js';
import type { StepContext } from '../../contracts/step.js';
import { type BackendKind, DEFAULT_GROUP } from '../queue/backends/backend.js';
import { createBackend } from '../queue/backends/create.js';
import { kindOf } from '../queue/backends/store.js';
import { queueKeys } from '../queue/keys.js';
import type { Payload } from '../queue/payload.js';
import { untilStepEnds } from '../replies.js';
import { KnownNames } from './known-names.js';
import { readAny } from './read-any.js';

export interface ForeignQueue {
  readonly queue: string;
  readonly backend?: BackendKind | undefined;
  readonly group?: string | undefined;
  readonly processing?: readonly string[] | undefined;
  readonly deadLetter?: string | undefined;
  readonly completed?: string | undefined;
}

type Place = Extract<HistoryOperation, 'queued' | 'inFlight' | 'dead' | 'done'>;

interface Found {
  readonly place: Place;
  readonly message: string;
}

/** Two looks in a row that find the same are one at a moment when nothing moved. */
const LOOKS = 10;
const PAUSE_MS = 20;

/**
 * Looks at every key in which the messages may be, and records what it found. In the direction in which messages go, so
 * that one that moves on meanwhile is seen twice rather than never. `notes`: where the program notes what it has done,
 * null if nowhere. `repeats`: they show what was done twice.
 */
export async function lookAtForeignQueue(
  foreign: ForeignQueue,
  context: StepContext,
): Promise<{ readonly notes: string | null; readonly repeats: boolean }> {
  let seen = await look(foreign, context);
  let still = false;
  for (let looks = 1; looks < LOOKS && !still; looks++) {
    await context.clock.sleep(PAUSE_MS, context.signal);
    const again = await look(foreign, context);
    still = sameFound(seen.found, again.found);
    seen = again;
  }
  const record = recorder(foreign.queue, context);
  record('invoke', 'look', '');
  for (const { place, message } of seen.found) record('ok', place, message);
  record(still ? 'ok' : 'info', 'look', '');
  if (foreign.completed !== undefined) {
    return { notes: foreign.completed, repeats: await keepsRepeats(foreign.completed, context) };
  }
  return { notes: seen.kind === 'stream' ? `${foreign.queue} (acknowledged entries)` : null, repeats: false };
}

async function keepsRepeats(name: string, context: StepContext): Promise<boolean> {
  const type = await context.redis.call(['TYPE', context.namespace.key(name)], untilStepEnds(context));
  return type === 'list' || type === 'stream' || type === 'none';
}

async function look(foreign: ForeignQueue, context: StepContext): Promise<{ found: Found[]; kind: BackendKind }> {
  const { queue, backend, group = DEFAULT_GROUP, processing = [], deadLetter, completed } = foreign;
  const options = untilStepEnds(context);
  const keys = queueKeys(context.namespace, queue);
  const kind = backend ?? (await kindOf(context.redis, keys.main, options)) ?? 'list';
  const names = await KnownNames.of(queue, context);
  const found: Found[] = [];
  const add = (place: Place, payload: Payload, entry = '') =>
    found.push({ place, message: names.nameOf(payload, entry) });
  const addAll = async (place: Place, key: string) => {
    for await (const candidates of readAny(context.namespace.key(key), context)) {
      found.push({ place, message: names.nameOfAny(candidates) });
    }
  };
  const contents = createBackend(kind, keys, { visibilityMs: null, group, now: context.clock.now }).contents(
    context.redis,
    options,
  );
  for await (const { place, payload, entry } of contents) {
    // Where the program notes what it has done, an acknowledgement alone may have come too early.
    if (place !== 'done' || completed === undefined) add(place, payload, entry);
  }
  for (const key of processing) await addAll('inFlight', key);
  if (deadLetter !== undefined) await addAll('dead', deadLetter);
  if (completed !== undefined) await addAll('done', completed);
  return { found, kind };
}

const sameFound = (one: readonly Found[], other: readonly Found[]): boolean =>
  one.length === other.length &&
  one.every(({ place, message }, index) => place === other[index]?.place && message === other[index]?.message);

function recorder(target: string, { history, clock, stepName }: StepContext) {
  const process = history.newProcess();
  return (phase: HistoryPhase, operation: HistoryOperation, message: string) =>
    history.record({ phase, operation, target, message, time: clock.now(), process, attempt: 0, actor: stepName });
}
