import type { Forensics } from '../../contracts/forensics.js';
import type { Connection, Node } from '../../contracts/redis.js';
import { openConnection } from '../connection.js';
import type { CaseConnections } from '../connections.js';
import { onAbort } from '../listeners.js';
import type { CaseNamespace } from '../namespace.js';
import { displayAddress, type RedisAddress } from '../url.js';
import { findKeys } from './find.js';
import { Inquiry } from './inquiry.js';
import { describeKey } from './key.js';
import { describeServer, type Infos, listAllClients, readInfos } from './server.js';
import { CAPTURING, listSlow, slowestOf } from './slow.js';

/** All of it together: whoever waits for the end of the case waits so long at most. */
const LIMIT_MS = 2_000;
const CONNECT_MS = 1_000;
/** Of a node that has others beside it. */
const ANSWER_MS = 400;
const KEYS = 50;

/** Whose state is wanted, and what is known of it. */
export interface Subject {
  readonly namespace: CaseNamespace;
  /** Keys with literal names. */
  readonly owns: readonly string[];
  readonly ownName: CaseConnections['ownName'];
  /** The server was started for the run. */
  readonly ours: boolean;
  /** How long ago the case began. */
  readonly elapsedMs: number;
  /** INFO when the run began on this server. */
  readonly before: Infos;
}

/** Whom to ask. */
export interface Source {
  readonly address: RedisAddress;
  /** A connection to a cluster, which knows its other nodes when the one at the address is gone. */
  readonly cluster?: Connection;
}

/**
 * What a server knows of a case, by a connection of its own, which can be broken off: the case's may hang, and others use
 * the shared one. Undefined where nobody answers.
 */
export function captureForensics(source: Source, subject: Subject): Promise<Forensics | undefined> {
  return withNodes(source, LIMIT_MS, (connection, nodes, inquiry) =>
    inspect(connection, nodes, displayAddress(source.address), subject, inquiry),
  );
}

/** The connections of a case alone, while it has them. Undefined where nobody answers. */
export function captureClients(source: Source, ownName: Subject['ownName']): Promise<Forensics['clients'] | undefined> {
  const address = displayAddress(source.address);
  return withNodes(source, CONNECT_MS, async (_, nodes, inquiry) => {
    const infos = await readInfos(nodes, address, inquiry);
    return await listAllClients(nodes, (name) => infos.get(name ?? address), ownName, inquiry);
  });
}

async function withNodes<T>(
  { address, cluster }: Source,
  limitMs: number,
  run: (connection: Connection, nodes: readonly Node[], inquiry: Inquiry) => Promise<T>,
): Promise<T | undefined> {
  const signal = AbortSignal.timeout(limitMs);
  const own = await connect(address, signal);
  const connection = own ?? cluster;
  if (!connection) return undefined;
  try {
    const nodes = await connection.nodes({ signal }).catch(() => undefined);
    return nodes && (await run(connection, nodes, new Inquiry(signal, nodes.length > 1 ? ANSWER_MS : limitMs)));
  } finally {
    own?.destroy();
  }
}

/** INFO of each node, to tell later what grew. */
export async function sampleServer(connection: Connection, address: RedisAddress): Promise<Infos> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const inquiry = new Inquiry(signal, LIMIT_MS);
  const nodes = await connection.nodes({ signal }).catch(() => []);
  return await readInfos(nodes, displayAddress(address), inquiry);
}

/** Undefined where it cannot be had, or not in time. */
async function connect(address: RedisAddress, signal: AbortSignal): Promise<Connection | undefined> {
  const opening = openConnection(address, { name: CAPTURING, connectTimeoutMs: CONNECT_MS }).catch(() => undefined);
  const connection = await new Promise<Connection | undefined>((resolve) => {
    onAbort(signal, () => resolve(undefined));
    void opening.then(resolve);
  });
  if (!connection) void opening.then((late) => late?.destroy());
  return connection;
}

async function inspect(
  connection: Connection,
  nodes: readonly Node[],
  address: string,
  { namespace, owns, ours, elapsedMs, before, ownName }: Subject,
  inquiry: Inquiry,
): Promise<Forensics> {
  const { prefix } = namespace;
  const isOwn = (client: string, args: readonly string[]): boolean =>
    ours || ownName(client) !== undefined || (prefix !== '' && args.some((argument) => argument.includes(prefix)));
  const [infos, found] = await Promise.all([
    readInfos(nodes, address, inquiry),
    findKeys(connection, nodes, { namespace, owns }, KEYS, inquiry),
  ]);
  const infoOf = (name: string | undefined) => infos.get(name ?? address);
  const [keys, clients, slow] = await Promise.all([
    Promise.all(found.keys.map((key) => describeKey(connection, key, inquiry))),
    listAllClients(nodes, infoOf, ownName, inquiry),
    Promise.all(nodes.map((node) => listSlow(node, infoOf(node.name), { elapsedMs, isOwn, inquiry }))),
  ]);
  return namespace.reply({
    keys: keys.filter((key) => key !== undefined),
    moreKeys: found.more,
    clients,
    slow: slowestOf(slow.flat()),
    server: Array.from(infos, ([node, info]) => describeServer(node, info, before.get(node))),
    refused: [...inquiry.refused].sort(),
  });
}
