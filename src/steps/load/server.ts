import type { Connection, Node } from '../../contracts/redis.js';
import { OutcomeUnknown, ReplyError } from '../../errors.js';

/** How servers saw a load: all their nodes together, whoever else used them. */
export interface ServerView {
  /** Cores that were busy, in the mean. */
  cpu: number;
  /** Bytes at the end. */
  memory: number;
  evicted: number;
  rejected: number;
  /** Time in the server, by commands. */
  commands: Record<string, CommandView>;
}

export interface CommandView {
  calls: number;
  failed: number;
  meanMs: number;
  /** Since the server began to count; null where it doesn't. */
  p50Ms: number | null;
  p99Ms: number | null;
}

interface Sample {
  /** Of the processes: another one counts from zero. */
  readonly runs: string;
  readonly at: number;
  readonly cpuSeconds: number;
  readonly memory: number;
  readonly evicted: number;
  readonly rejected: number;
  readonly commands: ReadonlyMap<string, Calls>;
}

interface Calls {
  readonly calls: number;
  readonly failed: number;
  readonly microseconds: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** Looks at the servers now; what it gives tells how they saw the time until then, or null where INFO is refused or a server began anew. */
export async function watchServers(
  connection: Connection,
  now: () => number,
): Promise<() => Promise<ServerView | null>> {
  const before = await sampleOf(connection, now);
  return async () => {
    const after = before && (await sampleOf(connection, now));
    return before && after && before.runs === after.runs ? between(before, after) : null;
  };
}

async function sampleOf(connection: Connection, now: () => number): Promise<Sample | null> {
  try {
    const nodes = await connection.nodes();
    const samples = await Promise.all(nodes.map((node) => sampleNode(node, now())));
    return samples.reduce(add);
  } catch (error) {
    // What is looked at beside the load must not decide on it.
    if (error instanceof ReplyError || error instanceof OutcomeUnknown) return null;
    throw error;
  }
}

/** `latencystats` since Redis 7.0; an empty text before. */
const SECTIONS = ['server', 'cpu', 'memory', 'stats', 'commandstats', 'latencystats'];
/** A server that went away during the load is not waited for. */
const WAIT_MS = 2_000;
const REACH_MS = 500;

async function sampleNode(node: Node, at: number): Promise<Sample> {
  const texts = await Promise.all(
    SECTIONS.map((section) => node.call(['INFO', section], { timeoutMs: WAIT_MS, reachMs: REACH_MS })),
  );
  const text = texts.map(String).join('\n');
  const number = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1] ?? 0);
  const latencies = new Map(
    [...text.matchAll(/^latency_percentiles_usec_([^:]+):(.*)$/gm)].map(([, name, list]) => [name!, list!]),
  );
  const lines = text.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)(?:.*?,failed_calls=(\d+))?/gm);
  return {
    at,
    runs: /^run_id:(\w+)/m.exec(text)?.[1] ?? '',
    cpuSeconds: number('used_cpu_sys') + number('used_cpu_user'),
    memory: number('used_memory'),
    evicted: number('evicted_keys'),
    rejected: number('rejected_connections'),
    commands: new Map(
      [...lines].map(([, name, calls, microseconds, failed]) => [
        name!,
        {
          calls: Number(calls),
          failed: Number(failed ?? 0),
          microseconds: Number(microseconds),
          p50Ms: percentileIn(latencies.get(name!), 'p50'),
          p99Ms: percentileIn(latencies.get(name!), 'p99'),
        },
      ]),
    ),
  };
}

/** Milliseconds, of `p50=1.003,p99=3.007`; which ones are in it is the server's to configure. */
function percentileIn(list: string | undefined, name: string): number | null {
  const [, microseconds] = new RegExp(`(?:^|,)${name}=([\\d.]+)`).exec(list ?? '') ?? [];
  return microseconds === undefined ? null : Number(microseconds) / 1_000;
}

const NONE: Calls = { calls: 0, failed: 0, microseconds: 0, p50Ms: null, p99Ms: null };

/** Percentiles can't be put together: the higher one says more. */
const higher = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);

function add(one: Sample, other: Sample): Sample {
  const names = new Set([...one.commands.keys(), ...other.commands.keys()]);
  const sum = (name: string): Calls => {
    const [a, b] = [one.commands.get(name) ?? NONE, other.commands.get(name) ?? NONE];
    return {
      calls: a.calls + b.calls,
      failed: a.failed + b.failed,
      microseconds: a.microseconds + b.microseconds,
      p50Ms: higher(a.p50Ms, b.p50Ms),
      p99Ms: higher(a.p99Ms, b.p99Ms),
    };
  };
  return {
    at: one.at,
    runs: `${one.runs} ${other.runs}`,
    cpuSeconds: one.cpuSeconds + other.cpuSeconds,
    memory: one.memory + other.memory,
    evicted: one.evicted + other.evicted,
    rejected: one.rejected + other.rejected,
    commands: new Map([...names].map((name) => [name, sum(name)])),
  };
}

function between(before: Sample, after: Sample): ServerView {
  const commands = [...after.commands].flatMap(([name, now]) => {
    const then = before.commands.get(name) ?? NONE;
    const calls = now.calls - then.calls;
    if (calls <= 0) return [];
    const meanMs = (now.microseconds - then.microseconds) / calls / 1_000;
    const { p50Ms, p99Ms } = now;
    const view: CommandView = { calls, failed: now.failed - then.failed, meanMs, p50Ms, p99Ms };
    return [[name, view] as const];
  });
  return {
    cpu: (after.cpuSeconds - before.cpuSeconds) / ((after.at - before.at) / 1_000),
    memory: after.memory,
    evicted: after.evicted - before.evicted,
    rejected: after.rejected - before.rejected,
    commands: Object.fromEntries(commands),
  };
}
