import { ReplyError } from '../../errors.js';
import { parseServerFacts } from '../../redis/server.js';
import { clusterAdvice } from './acl.js';
import { type Finding, failed, ok, type Patient, parseInfo, refusable, unknown, warning } from './patient.js';
import type { Value } from './resp.js';
import { openSocket } from './wire.js';

const infoOf = async (patient: Patient): Promise<ReadonlyMap<string, string>> =>
  (await refusable(patient.info())) ?? new Map();

/** Whether writes go where they are kept. */
export async function role(patient: Patient): Promise<Finding> {
  const info = await infoOf(patient);
  const name = info.get('role') ?? patient.hello.get('role');
  if ((info.get('redis_mode') ?? patient.hello.get('mode')) === 'sentinel')
    return failed(
      'a Sentinel',
      'it keeps no data: it tells where the primary is',
      'name it under `sentinel: { primary, nodes }` of a target',
    );
  if (name === undefined) return unknown('not known', 'INFO and HELLO are refused');
  const replicas = Number(info.get('connected_slaves') ?? 0);
  if (name === 'master')
    return ok(
      replicas === 0
        ? 'primary, without replicas'
        : `primary of ${replicas} connected replicas`.replace(/\b1 connected replicas/, '1 connected replica'),
    );
  const primary = info.has('master_host') ? ` of ${info.get('master_host')}:${info.get('master_port')}` : '';
  const link = info.get('master_link_status') === 'down' ? ', which it has lost' : '';
  const seen = `replica${primary}${link}`;
  if (isCluster(patient, info)) return ok(`${seen}; clients of a cluster find its primaries by it`);
  const advice =
    primary === '' ? 'use the address of the primary' : `use the address of the primary${primary.replace(' of', ',')}`;
  return patient.write instanceof ReplyError && patient.write.code === 'READONLY'
    ? failed(seen, 'a replica takes no writes (READONLY)', advice)
    : warning(seen, 'what is written to a replica is lost when it follows its primary again', advice);
}

const isCluster = (patient: Patient, info: ReadonlyMap<string, string>): boolean =>
  info.get('cluster_enabled') === '1' || (info.get('redis_mode') ?? patient.hello.get('mode')) === 'cluster';

const LEAST_VERSION = [6, 2];

export async function engine(patient: Patient): Promise<Finding> {
  const info = await infoOf(patient);
  const server = patient.hello.get('server') ?? (info.has('valkey_version') ? 'valkey' : 'redis');
  const facts = parseServerFacts([...info].map(([name, value]) => `${name}:${value}`).join('\n'));
  const isValkey = server === 'valkey' || facts.engine === 'valkey';
  const version = info.size > 0 ? facts.version : patient.hello.get('version');
  if (version === undefined || version === '0.0.0') return unknown('not known', 'INFO and HELLO are refused');
  const seen = `${isValkey ? 'Valkey' : 'Redis'} ${version}, ${isCluster(patient, info) ? 'cluster' : 'standalone'}`;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < LEAST_VERSION[0]! || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]!)
    ? warning(seen, 'it has neither BLMOVE nor XAUTOCLAIM: queues at least once cannot be used', 'use 6.2 or newer')
    : ok(seen);
}

const SLOTS = 16_384;

/** Whether every slot has a node that can be reached from here. */
export async function cluster(patient: Patient): Promise<Finding> {
  if (!isCluster(patient, await infoOf(patient))) return ok('not a cluster');
  const [state, slots] = await patient.pipeline([
    ['CLUSTER', 'INFO'],
    ['CLUSTER', 'SLOTS'],
  ]);
  if (slots instanceof ReplyError)
    return slots.code === 'NOPERM'
      ? failed(
          `CLUSTER SLOTS: ${slots.code}`,
          `the user ${patient.user} may not ask which node has which slots`,
          clusterAdvice(patient.user),
        )
      : failed(
          `CLUSTER SLOTS: ${slots.code} ${slots.message}`,
          'it does not tell which node has which slots',
          'see what the server says',
        );
  const ranges = rangesOf(slots, patient.host);
  const gaps = gapsOf(ranges);
  const nodes = new Set(ranges.map(({ host, port }) => `${host}:${port}`));
  const health = parseInfo(typeof state === 'string' ? state : '').get('cluster_state');
  const seen = `${nodes.size} primar${nodes.size === 1 ? 'y' : 'ies'}, ${SLOTS - gaps.missing} of ${SLOTS} slots${health === undefined ? '' : `, state ${health}`}`;
  if (gaps.missing > 0)
    return failed(
      seen,
      `no node has the slot${gaps.missing === 1 ? '' : 's'} ${gaps.text}: commands on their keys fail (CLUSTERDOWN)`,
      'bring the node back that had them, or give them to another: redis-cli --cluster fix HOST:PORT',
    );
  if (health === 'fail')
    return failed(
      seen,
      'the cluster has failed: too many of its primaries are out of reach',
      'see CLUSTER NODES for those marked fail',
    );
  const unreachable = await unreachableOf(nodes, patient);
  if (unreachable.length > 0)
    return failed(
      seen,
      `it announces nodes that cannot be reached from here: ${unreachable.join(', ')}`,
      'let them through the firewall, or make them announce addresses that are known here (cluster-announce-ip, cluster-announce-hostname)',
    );
  return ok(seen);
}

interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly host: string;
  readonly port: number;
}

/** An empty or unknown host stands for the one that was asked. */
function rangesOf(slots: Value | undefined, asked: string): SlotRange[] {
  if (!Array.isArray(slots)) return [];
  return slots.flatMap((range: Value) => {
    if (!Array.isArray(range) || !Array.isArray(range[2])) return [];
    const [host, port] = range[2];
    const known = typeof host === 'string' && host !== '' && host !== '?';
    return [{ from: Number(range[0]), to: Number(range[1]), host: known ? host : asked, port: Number(port) }];
  });
}

const SHOWN = 3;

function gapsOf(ranges: readonly SlotRange[]): { readonly missing: number; readonly text: string } {
  const gaps: string[] = [];
  let missing = 0;
  let next = 0;
  const uncovered = (until: number) => {
    if (until < next) return;
    missing += until - next + 1;
    gaps.push(until === next ? String(next) : `${next}-${until}`);
  };
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    uncovered(from - 1);
    next = Math.max(next, to + 1);
  }
  uncovered(SLOTS - 1);
  return { missing, text: `${gaps.slice(0, SHOWN).join(', ')}${gaps.length > SHOWN ? ' and more' : ''}` };
}

const PROBE_MS = 1_000;
const MOST_PROBES = 32;

async function unreachableOf(nodes: ReadonlySet<string>, patient: Patient): Promise<readonly string[]> {
  const probes = [...nodes].slice(0, MOST_PROBES).map(async (node) => {
    const reached = patient.access.nodeAddresses?.[node] ?? node;
    const at = reached.lastIndexOf(':');
    const place = { host: reached.slice(0, at), port: Number(reached.slice(at + 1)) };
    try {
      (await openSocket(place, patient.limit(PROBE_MS))).destroy();
      return [];
    } catch {
      return [node];
    }
  });
  return (await Promise.all(probes)).flat();
}
