import { nameOf, SERVERS, serverPath, type TestedServer } from '../../src/build/servers.js';

const TOPOLOGIES = ['standalone', 'replicas', 'sentinel', 'cluster'] as const;

/** A kind of server that all scenarios which ship must pass on. */
export interface GridTarget {
  /** `valkey_8_1_cluster_tls` */
  readonly name: string;
  readonly server: TestedServer;
  readonly topology: (typeof TOPOLOGIES)[number];
  readonly tls: boolean;
}

/** Every server, in every topology (a cluster of three shards with a replica each), without TLS and with it. */
export const GRID: readonly GridTarget[] = SERVERS.flatMap((server) =>
  TOPOLOGIES.flatMap((topology) =>
    [false, true].map((tls) => ({
      name: [...nameOf(server).split(/\W/), topology, ...(tls ? ['tls'] : [])].join('_'),
      server,
      topology,
      tls,
    })),
  ),
);

/** The text of a `redrill.config.yaml` that has these targets. */
export function configurationOf(targets: readonly GridTarget[]): string {
  const entries = targets.map(({ name, server, topology, tls }) => {
    const managed = { binary: serverPath(server), topology, tls };
    return [name, { managed: topology === 'cluster' ? { ...managed, shards: 3, replicas: 1 } : managed }];
  });
  return JSON.stringify({ targets: Object.fromEntries(entries) }); // JSON is YAML
}
