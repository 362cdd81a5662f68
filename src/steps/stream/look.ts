import type { HistoryOperation, HistoryPhase } from '../../contracts/history.js';
import type { Reply } from '../../contracts/redis.js';
import type { StepContext } from '../../contracts/step.js';
import { raiseError, untilStepEnds } from '../replies.js';
import { isList } from './entries.js';
import { streamsOf } from './log.js';

/** Entries read at once. */
const PAGE = 1_000;

/**
 * Looks at the streams that these steps added to or read from, and records where their entries are: `queued` what was not
 * delivered yet, to one of the groups that these steps read with or to a step that read without one; `inFlight` what is
 * pending. Pending entries that were deleted from the stream are nowhere.
 */
export async function lookAtStreams(steps: readonly string[], context: StepContext): Promise<void> {
  const registry = streamsOf(context);
  const groups = new Map<string, Set<string | null>>();
  for (const step of steps) {
    const used = registry.steps.get(step);
    if (!used) continue;
    const ofStream = groups.get(used.stream) ?? new Set();
    groups.set(used.stream, used.group === undefined ? ofStream : ofStream.add(used.group));
  }
  for (const [stream, ofStream] of groups) {
    const { read } = registry.activity(stream);
    const seen = steps.flatMap((step) => read.get(step) ?? []);
    await lookAtStream(stream, [...ofStream], (id) => seen.some((ids) => ids.has(id)), context);
  }
}

/** `groups`: null for reading without one; none at all: everything is `queued`. */
async function lookAtStream(
  stream: string,
  groups: readonly (string | null)[],
  wasRead: (id: string) => boolean,
  context: StepContext,
): Promise<void> {
  const key = context.namespace.key(stream);
  const { found } = streamsOf(context).activity(stream);
  const process = context.history.newProcess();
  const record = (phase: HistoryPhase, operation: HistoryOperation, id?: string) =>
    context.history.record({
      phase,
      operation,
      target: stream,
      message: id === undefined ? '' : (found.get(id) ?? id),
      time: context.clock.now(),
      process,
      attempt: 0,
      actor: context.stepName,
      ...(id !== undefined && { entryId: id }),
    });

  record('invoke', 'look');
  for (const group of groups.length > 0 ? groups : [undefined]) {
    // What waits is read before what is pending, so that an entry that is delivered meanwhile is not overlooked.
    const last = typeof group === 'string' ? await lastDelivered(key, group, context) : undefined;
    for await (const id of entriesAfter(key, last, context)) {
      if (group !== null || !wasRead(id)) record('ok', 'queued', id);
    }
    if (typeof group !== 'string' || last === undefined) continue;
    for await (const id of pendingEntries(key, group, context)) record('ok', 'inFlight', id);
  }
  record('ok', 'look');
}

/** Undefined when there is no such group, so that nothing was delivered. */
async function lastDelivered(key: string, group: string, context: StepContext): Promise<string | undefined> {
  const [reply] = await context.redis.pipeline([['XINFO', 'GROUPS', key]], untilStepEnds(context));
  for (const one of isList(reply) ? reply : []) {
    if (isMap(one) && one.name === group) return String(one['last-delivered-id']);
  }
  return undefined;
}

async function* entriesAfter(key: string, after: string | undefined, context: StepContext): AsyncGenerator<string> {
  for (let from = after === undefined ? '-' : `(${after}`; ; ) {
    const page = await context.redis.call(['XRANGE', key, from, '+', 'COUNT', PAGE], untilStepEnds(context));
    const ids = firstOfEach(page);
    yield* ids;
    if (ids.length < PAGE) return;
    from = `(${ids.at(-1)}`;
  }
}

async function* pendingEntries(key: string, group: string, context: StepContext): AsyncGenerator<string> {
  for (let from = '-'; ; ) {
    const page = await context.redis.call(['XPENDING', key, group, from, '+', PAGE], untilStepEnds(context));
    const ids = firstOfEach(page);
    const looks = ids.map((id) => ['XRANGE', key, id, id]);
    const found = ids.length === 0 ? [] : raiseError(await context.redis.pipeline(looks, untilStepEnds(context)));
    yield* ids.filter((_, index) => firstOfEach(found[index]).length > 0);
    if (ids.length < PAGE) return;
    from = `(${ids.at(-1)}`;
  }
}

const firstOfEach = (reply: Reply | undefined): string[] =>
  isList(reply) ? reply.map((one) => String(isList(one) ? one[0] : one)) : [];

const isMap = (reply: Reply): reply is { readonly [key: string]: Reply } =>
  typeof reply === 'object' && reply !== null && !isList(reply);
