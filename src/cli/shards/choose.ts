import { ScenarioError } from '../../errors.js';

/** Which part of how many a run is. */
export interface ShardChoice {
  /** From 1 to `total`. */
  readonly index: number;
  readonly total: number;
  /** The variables that said so, where the command line did not. */
  readonly by?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a CI server says which of several equal jobs this one is. */
interface Source {
  readonly index: string;
  readonly total: string;
  /** What the first job is. */
  readonly first: 0 | 1;
  here(env: Environment): boolean;
  /** The jobs differ in nothing but the part that is theirs. */
  divides?(env: Environment): boolean;
}

const SOURCES: readonly Source[] = [
  {
    index: 'CI_NODE_INDEX',
    total: 'CI_NODE_TOTAL',
    first: 1,
    here: (env) => env.GITLAB_CI !== undefined,
    // Those of `parallel: matrix` have the variables too, and differ: `test: [redis, 7]` and not `test 2/4`.
    divides: (env) => env.CI_JOB_NAME?.endsWith(` ${env.CI_NODE_INDEX}/${env.CI_NODE_TOTAL}`) ?? false,
  },
  {
    index: 'CI_NODE_INDEX',
    total: 'CI_NODE_TOTAL',
    first: 0,
    here: (env) => env.HEROKU_TEST_RUN_ID !== undefined,
  },
  {
    index: 'JOB_COMPLETION_INDEX',
    // Kubernetes sets the index alone.
    total: 'JOB_COMPLETIONS',
    first: 0,
    here: (env) => env.JOB_COMPLETION_INDEX !== undefined,
  },
];

/** What `--shard` says, or the environment where it says `auto` or nothing. Undefined for a whole run. */
export function chooseShard(flag: string | undefined, env: Environment): ShardChoice | undefined {
  const source = SOURCES.find((one) => one.here(env) && env[one.index] !== undefined);
  if (flag === undefined) {
    const given = source && env[source.total] !== undefined && (source.divides?.(env) ?? true);
    return given && env[source.total] !== '1' ? fromEnvironment(source, env) : undefined;
  }
  const [, index, total] = /^(auto|\d+)(?:\/(\d+))?$/.exec(flag) ?? [];
  if (index === undefined || (index !== 'auto' && total === undefined)) {
    throw new ScenarioError(`--shard ${flag} is no part of a run`, {
      next: 'write --shard 1/4, or --shard auto where the CI server says which it is',
    });
  }
  if (index !== 'auto') return checked(`--shard ${flag}`, { index: Number(index), total: Number(total) });
  if (source) return fromEnvironment(source, env, total);
  if (env.CI_NODE_INDEX !== undefined) {
    throw new ScenarioError(
      `--shard ${flag}: CI_NODE_INDEX counts from 1 on GitLab and from 0 elsewhere, and this is not GitLab`,
      {
        next: 'write --shard $((CI_NODE_INDEX + 1))/$CI_NODE_TOTAL where it counts from 0',
      },
    );
  }
  throw new ScenarioError(`--shard ${flag}: the environment does not say which shard this is`, {
    next: 'GitLab (`parallel: 4`), Heroku CI and Kubernetes (`completionMode: Indexed`) do; elsewhere write --shard 1/4',
  });
}

function fromEnvironment(source: Source, env: Environment, wanted?: string): ShardChoice {
  const index = env[source.index] ?? '';
  const said = env[source.total];
  if (said !== undefined && wanted !== undefined && said !== wanted) {
    throw new ScenarioError(`--shard auto/${wanted}: ${source.total} is ${said}`, {
      next: 'write --shard auto, and the number of jobs once',
    });
  }
  const total = said ?? wanted;
  if (total === undefined) {
    throw new ScenarioError(`--shard auto: ${source.index} is ${index}, and nothing says of how many`, {
      next: `write --shard auto/4 with the number of jobs, or set ${source.total}`,
    });
  }
  const by = said === undefined ? source.index : `${source.index} and ${source.total}`;
  const whole = /^\d+$/.test(index) && /^\d+$/.test(total);
  const choice = { index: whole ? Number(index) + 1 - source.first : 0, total: Number(total), by };
  return checked(`${source.index} ${index} of ${total}`, choice);
}

function checked(given: string, choice: ShardChoice): ShardChoice {
  const { index, total } = choice;
  if (index >= 1 && index <= total) return choice;
  const of = total >= 1 ? total : 4;
  throw new ScenarioError(`${given}: there is no such shard`, {
    next: `they go from 1/${of} to ${of}/${of}: write --shard 1/${of}`,
  });
}
