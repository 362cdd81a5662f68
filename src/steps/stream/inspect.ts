import { Key, Milliseconds, Nullable, Total, Type } from '../../contracts/fields.js';
import type { Reply } from '../../contracts/redis.js';
import { defineStep, type StepContext } from '../../contracts/step.js';
import { ReplyError } from '../../errors.js';
import { findError, raiseError, untilStepEnds } from '../replies.js';
import { isList } from './entries.js';

/** Pending entries read at once. */
const PAGE = 1_000;

export const streamInspect = defineStep({
  name: 'stream.inspect',
  summary: 'Counts the entries of a stream and what its consumer groups have still to do.',
  effect: 'looks',
  commands: ['XLEN', 'XINFO GROUPS'],
  input: Type.Object({
    stream: Key({ description: 'Stream; one that does not exist has length 0.' }),
    group: Type.Optional(Type.String({ minLength: 1, description: 'Look at this consumer group alone.' })),
  }),
  result: Type.Object({
    length: Total('Entries in the stream.'),
    groups: Total('Consumer groups of the stream.'),
    pending: Total('Entries that were delivered but not acknowledged, of all groups or of `group`.'),
    lag: Nullable(
      Type.Integer({
        description:
          'Entries that were not yet delivered, of all groups or of `group`. Null where the server does not know it, and without a group.',
      }),
    ),
    consumers: Total('Consumers, of all groups or of `group`.'),
    oldestPendingIdle: Nullable(
      Milliseconds({
        description: 'Time since the delivery of the pending entry that has waited longest; null for none.',
      }),
    ),
  }),
  examples: [{ stream: 'events' }, { stream: 'events', group: 'mailers' }],
  async run({ stream, group }, context) {
    const name = context.namespace.key(stream);
    const found = await readStream(name, context);
    const { length, groups } = found ?? { length: 0, groups: [] };
    const chosen = groups.filter((one) => group === undefined || one.name === group);
    // A misspelt group must not look like one that has nothing to do.
    if (found && group !== undefined && chosen.length === 0) {
      throw new ReplyError('NOGROUP', `No such consumer group '${group}' for stream '${stream}'`);
    }
    const waiting = chosen.filter(({ pending }) => pending > 0);
    const idle = await Promise.all(waiting.map((one) => longestIdle(name, one.name, context)));
    const lags = chosen.flatMap(({ lag }) => lag ?? []);
    return {
      length,
      groups: groups.length,
      pending: sum(chosen.map(({ pending }) => pending)),
      lag: chosen.length > 0 && lags.length === chosen.length ? sum(lags) : null,
      consumers: sum(chosen.map(({ consumers }) => consumers)),
      oldestPendingIdle: idle.length > 0 ? Math.max(...idle) : null,
    };
  },
});

interface Group {
  readonly name: string;
  readonly consumers: number;
  readonly pending: number;
  readonly lag: number | null;
}

/** Undefined when there is no such stream. Both in one transaction, so that the numbers belong together. */
async function readStream(
  name: string,
  context: StepContext,
): Promise<{ length: number; groups: readonly Group[] } | undefined> {
  const looks = [
    ['XLEN', name],
    ['XINFO', 'GROUPS', name],
  ];
  const [length = 0, groups = []] = (await context.redis.transaction(looks, untilStepEnds(context))) ?? [];
  raiseError(length);
  if (findError(groups)?.message === 'no such key') return undefined;
  return { length: Number(length), groups: listOf(raiseError(groups)).map(readGroup) };
}

const listOf = (reply: Reply): readonly Reply[] => (isList(reply) ? reply : []);

function readGroup(reply: Reply): Group {
  const { name, consumers, pending, lag } = isMap(reply) ? reply : {};
  return {
    name: String(name),
    consumers: Number(consumers),
    pending: Number(pending),
    // Absent before Redis 7.0; null after entries in the middle were deleted.
    lag: typeof lag === 'number' ? lag : null,
  };
}

const isMap = (reply: Reply): reply is { readonly [key: string]: Reply } =>
  typeof reply === 'object' && reply !== null && !isList(reply);

/** Reads all pending entries: the server has them by id, and the oldest id may have been claimed a moment ago. */
async function longestIdle(name: string, group: string, context: StepContext): Promise<number> {
  let longest = 0;
  let from = '-';
  for (;;) {
    const page = listOf(await context.redis.call(['XPENDING', name, group, from, '+', PAGE], untilStepEnds(context)));
    for (const entry of page) longest = Math.max(longest, Number(listOf(entry)[2]));
    if (page.length < PAGE) return longest;
    from = `(${listOf(page.at(-1) ?? null)[0]}`;
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
