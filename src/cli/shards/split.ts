import { createHash } from 'node:crypto';
import type { CompiledCase } from '../../contracts/case.js';
import type { Shard } from '../../contracts/event.js';
import type { Durations } from './durations.js';

export interface ShardCases {
  readonly shard: Shard;
  readonly cases: readonly CompiledCase[];
  /** Where each of them stands among all. */
  readonly places: readonly number[];
}

/** The cases of one shard, in their order. */
export function takeShard(
  cases: readonly CompiledCase[],
  { index, total }: Pick<Shard, 'index' | 'total'>,
  durations: Durations,
): ShardCases {
  const ids = cases.map(({ reference }) => reference.id);
  const shards = splitEvenly(ids, total, durations);
  const places = [...cases.keys()].filter((place) => shards[place] === index);
  const plan = createHash('sha256')
    .update(JSON.stringify([ids, shards]))
    .digest('base64url')
    .slice(0, 16);
  return { shard: { index, total, cases: cases.length, plan }, cases: places.map((place) => cases[place]!), places };
}

/**
 * The shard of each case, counted from 1: the longest first, each to the shard that has least to do. A case of which
 * nothing is known is taken for an average one; where that goes for all, the shards take turns.
 */
export function splitEvenly(ids: readonly string[], total: number, durations: Durations): number[] {
  const known = ids.flatMap((id) => durations.get(id) ?? []);
  const average = known.length === 0 ? 1 : known.reduce((sum, ms) => sum + ms, 0) / known.length;
  // Cases that took no time at all would otherwise be all of one shard.
  const weights = ids.map((id) => Math.max(1, durations.get(id) ?? average));
  const order = [...ids.keys()].sort((a, b) => weights[b]! - weights[a]! || a - b);
  const loads = new Array<number>(total).fill(0);
  const shards: number[] = [];
  for (const place of order) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least]! += weights[place]!;
    shards[place] = least + 1;
  }
  return shards;
}

/**
 * A seed that all shards of one run have without a word between them; those of another pipeline have another, so that a
 * shard left over from it is found out by `merge`.
 */
export function seedOf({ plan }: Shard, env: Readonly<Record<string, string | undefined>>): number {
  const run = env.CI_PIPELINE_ID ?? env.GITHUB_RUN_ID ?? env.HEROKU_TEST_RUN_ID ?? '';
  return createHash('sha256').update(`${plan} ${run}`).digest().readUInt32BE() >>> 1;
}
