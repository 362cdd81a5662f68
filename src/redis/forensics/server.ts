import type { Forensics, ServerState } from '../../contracts/forensics.js';
import type { Node } from '../../contracts/redis.js';
import type { Inquiry } from './inquiry.js';

/** Fields of INFO, by their names. */
export type Info = ReadonlyMap<string, string>;
/** Of each node, by its name. */
export type Infos = ReadonlyMap<string, Info>;

const NOW = (
  'role uptime_in_seconds loading connected_clients blocked_clients maxclients used_memory used_memory_peak maxmemory ' +
  'maxmemory_policy mem_fragmentation_ratio mem_clients_normal rdb_bgsave_in_progress aof_rewrite_in_progress ' +
  'instantaneous_ops_per_sec connected_slaves master_link_status'
).split(' ');
/** Those that tell of a loss come first. */
const GROWING = (
  'evicted_keys rejected_connections client_output_buffer_limit_disconnections client_query_buffer_limit_disconnections ' +
  'evicted_clients acl_access_denied_auth acl_access_denied_cmd acl_access_denied_key acl_access_denied_channel ' +
  'expired_keys total_error_replies unexpected_error_replies evicted_scripts sync_full keyspace_hits keyspace_misses ' +
  'used_memory total_connections_received total_commands_processed'
).split(' ');

/** INFO of a node alone, or of each node of a cluster; one that does not answer is left out. */
export async function readInfos(nodes: readonly Node[], address: string, inquiry: Inquiry): Promise<Infos> {
  const infos = new Map<string, Info>();
  await Promise.all(
    nodes.map(async (node) => {
      const reply = await inquiry.ask(node, ['INFO']);
      if (typeof reply === 'string') infos.set(node.name ?? address, parseInfo(reply));
    }),
  );
  return infos;
}

const parseInfo = (text: string): Info =>
  new Map(Array.from(text.matchAll(/^(\w+):([^\r\n]*)/gm), ([, name, value]) => [name!, value!] as const));

export function describeServer(node: string, now: Info, before: Info | undefined): ServerState {
  const fields = NOW.filter((name) => now.has(name)).map((name) => {
    const text = now.get(name)!;
    return [name, /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text] as const;
  });
  // Counters of a server that was started again begin at zero.
  const start = before?.get('run_id') === now.get('run_id') ? before : new Map<string, string>();
  const grew = GROWING.flatMap((name) => {
    const by = Number(now.get(name) ?? 0) - Number(start?.get(name) ?? 0);
    return by === 0 || before === undefined ? [] : [[name, by] as const];
  });
  return { node, now: Object.fromEntries(fields), grew: Object.fromEntries(grew) };
}

const CLIENT_FIELDS =
  'id laddr name age idle flags db sub psub ssub multi watch qbuf qbuf-free obl oll omem tot-mem events cmd user resp'.split(
    ' ',
  );
const CLIENTS = 50;
/** The list of more clients takes a server too long. */
const MOST_CLIENTS = 5_000;

type Client = Forensics['clients'][number];

/** Those of a case: somebody else's server has others too. */
export async function listAllClients(
  nodes: readonly Node[],
  infoOf: (name: string | undefined) => Info | undefined,
  ownName: (name: string) => string | undefined,
  inquiry: Inquiry,
): Promise<Client[]> {
  const lists = await Promise.all(nodes.map((node) => listClients(node, infoOf(node.name), ownName, inquiry)));
  return lists.flat().slice(0, CLIENTS);
}

async function listClients(
  node: Node,
  info: Info | undefined,
  ownName: (name: string) => string | undefined,
  inquiry: Inquiry,
): Promise<Client[]> {
  if (Number(info?.get('connected_clients')) > MOST_CLIENTS) {
    inquiry.refused.add('CLIENT LIST');
    return [];
  }
  const reply = await inquiry.ask(node, ['CLIENT', 'LIST']);
  const lines = typeof reply === 'string' ? reply.split('\n') : [];
  return lines.flatMap((line) => {
    const fields: Record<string, string> = Object.fromEntries(
      Array.from(line.matchAll(/([\w-]+)=(\S*)/g), ([, field, value]) => [field!, value!] as const),
    );
    const name = ownName(fields.name ?? '');
    if (name === undefined) return [];
    fields.name = name;
    return [Object.fromEntries(CLIENT_FIELDS.flatMap((field) => (field in fields ? [[field, fields[field]!]] : [])))];
  });
}
