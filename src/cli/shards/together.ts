import type { RunStarted, TargetDescription } from '../../contracts/event.js';
import { ScenarioError } from '../../errors.js';
import { plural } from '../../format/text.js';
import type { SavedShard } from './read.js';

/** What shards of one run have in common, in words; undefined where a shard says nothing of it. */
interface Trait {
  readonly of: (shard: SavedShard) => string | undefined;
  readonly next: string;
}

const SAME_RUN = 'merge the files of one run alone: those of an earlier one may be left in the folder';

const TRAITS: readonly Trait[] = [
  { of: ({ started }) => `redrill ${started.redrill}`, next: 'run all shards with the same version' },
  { of: ({ shard }) => plural(shard.total, 'shard'), next: SAME_RUN },
  {
    of: ({ shard }) => plural(shard.cases, 'case'),
    next: 'give all shards the same scenarios, --tags, --skip-tags and --grep',
  },
  {
    of: ({ shard }) => `the plan ${shard.plan}`,
    next: 'give all shards the same scenarios and the same durations: a file that every job has, not one that they change',
  },
  { of: ({ started }) => `the seed ${started.seed}`, next: `${SAME_RUN}; or give all shards the same --seed` },
  { of: ({ started }) => targetNames(started), next: 'give all shards the same targets' },
  { of: ({ started }) => (started.strict ? '--strict' : 'no --strict'), next: 'give it to all shards, or to none' },
  {
    of: ({ started }) => server(started.target),
    next: 'run all shards on the same kind of server; for several, name each by --target',
  },
];

const targetNames = ({ targets }: RunStarted): string =>
  targets ? `the targets ${targets.map(({ name }) => name).join(', ')}` : 'one target';

/** Addresses may differ: a managed server is started for each shard. One that had no case never looked at its server. */
const server = (target: TargetDescription | undefined): string | undefined =>
  target?.engine && `${target.engine} ${target.version} ${target.topology} (${target.kind})`;

/** Raises a ScenarioError unless these are all shards of one run, each of them once. */
export function findStrangers(shards: readonly SavedShard[]): void {
  for (const { of, next } of TRAITS) {
    const told = shards.flatMap((shard) => {
      const trait = of(shard);
      return trait === undefined ? [] : [{ file: shard.file, trait }];
    });
    const [first] = told;
    const other = told.find(({ trait }) => trait !== first?.trait);
    if (!first || !other) continue;
    throw new ScenarioError(
      `these are shards of different runs: ${first.file} has ${first.trait}, and ${other.file} ${other.trait}`,
      { next },
    );
  }
  findRepeated(shards);
  findMissing(shards);
}

function findRepeated(shards: readonly SavedShard[]): void {
  for (const [at, { file, shard }] of shards.entries()) {
    const earlier = shards.slice(0, at).find((other) => other.shard.index === shard.index);
    if (!earlier) continue;
    throw new ScenarioError(`shard ${shard.index}/${shard.total} is there twice: ${earlier.file} and ${file}`, {
      next: 'a job that ran again leaves two: leave out the one that does not count',
    });
  }
}

function findMissing(shards: readonly SavedShard[]): void {
  const total = shards[0]?.shard.total ?? 0;
  const present = new Set(shards.map(({ shard }) => shard.index));
  const missing = Array.from({ length: total }, (_, at) => at + 1).filter((index) => !present.has(index));
  const [first] = missing;
  if (first === undefined) return;
  const names = missing.map((index) => `${index}/${total}`);
  throw new ScenarioError(
    `${missing.length === 1 ? 'shard' : 'shards'} ${names.join(', ')} of the run ${missing.length === 1 ? 'is' : 'are'} missing`,
    {
      next: `a run without some of its cases is no pass: run redrill run --shard ${first}/${total} --report ndjson=FILE, and merge again`,
    },
  );
}
