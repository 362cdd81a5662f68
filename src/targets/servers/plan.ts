import { createSecureContext, type SecureContext } from 'node:tls';
import { type Certificates, makeCertificates } from './certificates.js';
import { JOIN_TIMEOUT_MS } from './cluster.js';
import { ADMIN, makePassword, type Settings, userDirective } from './settings.js';
import type { ServerPlan } from './start.js';

/** What the servers of one target share. */
export interface Blueprint {
  readonly settings: Settings;
  /** Of the servers, and of the Sentinels. */
  readonly password: string;
  readonly sentinelPassword: string;
  readonly certificates: Certificates | undefined;
  /** For connections of ours; made once, since reading keys takes 5 ms. */
  readonly secureContext: SecureContext | undefined;
}

export function drawUp(settings: Settings): Blueprint {
  const certificates = settings.tls ? makeCertificates() : undefined;
  return {
    settings,
    password: makePassword(),
    sentinelPassword: makePassword(),
    certificates,
    secureContext: certificates && createSecureContext({ ca: certificates.ca, ...certificates.client }),
  };
}

/** As they are, and as a URL holds them. */
export function secretsOf({ settings, password, sentinelPassword }: Blueprint): string[] {
  const own = [password, ...(settings.topology === 'sentinel' ? [sentinelPassword] : [])];
  const given = settings.users.flatMap((user) => [user.password, encodeURIComponent(user.password)]);
  return [...new Set([...own, ...given])];
}

/** As whom servers are arranged, and follow one another. */
const adminOf = ({ settings }: Blueprint): string | undefined => (settings.users.length > 0 ? ADMIN : undefined);

/** Failures should be seen within seconds, though a busy machine may stop a server for one. */
const NODE_TIMEOUT_MS = 5_000;

/** What the nodes of a cluster go by once they have joined. */
export const nodeTimeoutOf = ({ settings }: Blueprint): string =>
  settings.directives.findLast((directive) => directive.startsWith('cluster-node-timeout '))?.split(' ')[1] ??
  String(NODE_TIMEOUT_MS);

export function serverPlan(blueprint: Blueprint): ServerPlan {
  const { settings, password, certificates, secureContext } = blueprint;
  const username = adminOf(blueprint);
  const cluster = settings.topology === 'cluster';
  return {
    ...encrypted(certificates),
    bus: cluster,
    admin: { ...(username && { username }), password, ...(secureContext && { secureContext }) },
    secrets: secretsOf(blueprint),
    optional: ['enable-debug-command yes'],
    directives: [
      `requirepass ${password}`,
      ...(username ? [userDirective({ name: username, password, rules: '~* &* +@all' })] : []),
      ...settings.users.map(userDirective),
      ...(settings.topology === 'standalone' ? [] : [`masterauth ${password}`, 'repl-diskless-sync-delay 0']),
      ...(settings.topology !== 'standalone' && username ? [`masteruser ${username}`] : []),
      ...(certificates ? TLS_DIRECTIVES : []),
      'save ""',
      // Expiry and eviction alone: with KEA, SET at pipeline 16 falls from 1.6 to 0.9 million a second.
      'notify-keyspace-events KExe',
      ...settings.directives,
      ...(cluster ? ['cluster-enabled yes', `cluster-node-timeout ${JOIN_TIMEOUT_MS}`] : []),
    ],
  };
}

export function sentinelPlan(blueprint: Blueprint): ServerPlan {
  const { sentinelPassword, certificates, secureContext } = blueprint;
  return {
    ...encrypted(certificates),
    options: ['--sentinel'],
    admin: { password: sentinelPassword, ...(secureContext && { secureContext }) },
    secrets: secretsOf(blueprint),
    directives: [
      `requirepass ${sentinelPassword}`,
      `sentinel sentinel-pass ${sentinelPassword}`,
      ...(certificates ? TLS_DIRECTIVES : []),
    ],
  };
}

const encrypted = (certificates: Certificates | undefined): Pick<ServerPlan, 'tls' | 'files'> =>
  certificates
    ? {
        tls: true,
        files: {
          'ca.crt': certificates.ca,
          'server.crt': certificates.server.cert,
          'server.key': certificates.server.key,
        },
      }
    : {};

const TLS_DIRECTIVES = [
  'tls-ca-cert-file ca.crt',
  'tls-cert-file server.crt',
  'tls-key-file server.key',
  'tls-auth-clients optional',
  'tls-replication yes',
  'tls-cluster yes',
];

/** The name by which Sentinels know the primary. */
export const PRIMARY = 'primary';

/** What a Sentinel is told of its primary's administrator. */
export const sentinelLogin = (blueprint: Blueprint): readonly (readonly [string, string])[] => {
  const username = adminOf(blueprint);
  return [...(username ? [['auth-user', username] as const] : []), ['auth-pass', blueprint.password] as const];
};
