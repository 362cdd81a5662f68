import type { RefusedCommands } from '../../contracts/target.js';

/** Restricted commands of node-based caches: docs.aws.amazon.com, ElastiCache, "Supported and restricted commands". */
const EVERYWHERE = [
  ...['ACL DELUSER', 'ACL LOAD', 'ACL SAVE', 'ACL SETUSER'],
  ...[
    'BGREWRITEAOF',
    'BGSAVE',
    'CONFIG',
    'DEBUG',
    'MIGRATE',
    'PSYNC',
    'REPLICAOF',
    'SAVE',
    'SHUTDOWN',
    'SLAVEOF',
    'SYNC',
  ],
  ...['ADDSLOTS', 'ADDSLOTSRANGE', 'BUMPEPOCH', 'DELSLOTS', 'DELSLOTSRANGE', 'FAILOVER', 'FLUSHSLOTS', 'FORGET'].map(
    (name) => `CLUSTER ${name}`,
  ),
  ...['CLUSTER MEET', 'CLUSTER SETSLOT'],
];

const SERVERLESS = [
  ...EVERYWHERE,
  ...['ID', 'INFO', 'KILL', 'LIST', 'PAUSE', 'TRACKING'].map((name) => `CLIENT ${name}`),
  ...['FUNCTION', 'KEYS', 'LATENCY', 'MEMORY', 'MONITOR', 'MOVE', 'OBJECT', 'PSUBSCRIBE', 'SCRIPT KILL', 'SLOWLOG'],
  ...['SWAPDB', 'WAIT'],
];

/** docs.aws.amazon.com, MemoryDB, "Restricted commands". */
const MEMORYDB = [...EVERYWHERE, 'MODULE'];

export const refusedBy = (mode: 'nodes' | 'serverless' | 'memorydb'): RefusedCommands => {
  switch (mode) {
    case 'nodes':
      return { by: 'ElastiCache', commands: EVERYWHERE };
    case 'serverless':
      return { by: 'ElastiCache Serverless', commands: SERVERLESS };
    case 'memorydb':
      return { by: 'MemoryDB', commands: MEMORYDB };
  }
};

/** By the name of its endpoint; undefined for a server that is none of theirs, or has another name there. */
export function refusedAt(host: string): RefusedCommands | undefined {
  if (/\.memorydb\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/i.test(host)) return refusedBy('memorydb');
  if (!/\.cache\.amazonaws\.com(?:\.cn)?$/i.test(host)) return undefined;
  return refusedBy(/\.serverless\./i.test(host) ? 'serverless' : 'nodes');
}
