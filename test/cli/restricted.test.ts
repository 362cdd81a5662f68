import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { DoctorReport } from '../../src/cli/doctor/report.schema.js';
import { refusedBy } from '../../src/targets/elasticache/refused.js';
import { folderWith, readReport, runRedrill } from '../support/redrill.js';
import { freePort, send, startServer, writeCertificates } from './doctor/servers.js';

const SCENARIOS = path.resolve(import.meta.dirname, '../../scenarios');
const NODES = refusedBy('nodes').commands;
const SERVERLESS = refusedBy('serverless').commands;

/** A user of a managed cluster with TLS who may do all but these. */
function byUser(commands: readonly string[]): string {
  const denied = commands.map((name) => `-${name.toLowerCase().replace(' ', '|')}`).join(' ');
  const users = JSON.stringify([{ name: 'app', rules: `~* &* +@all ${denied}` }]);
  return `targets: { restricted: { managed: { topology: cluster, shards: 2, replicas: 0, tls: true, acl: { as: app, users: ${users} } } } }\n`;
}

/** A cluster of one node with TLS that knows none of these; single subcommands cannot be taken away. */
async function byName(commands: readonly string[]): Promise<string> {
  const whole = commands.filter((name) => !name.includes(' '));
  const cwd = folderWith({ 'renamed.conf': whole.map((name) => `rename-command ${name} ""\n`).join('') });
  const certificates = writeCertificates();
  const [port, tlsPort] = [await freePort(), await freePort()];
  const directives = {
    'tls-port': String(tlsPort),
    'tls-cert-file': certificates.cert,
    'tls-key-file': certificates.key,
    'tls-ca-cert-file': certificates.ca,
    'tls-auth-clients': 'no',
    'tls-cluster': 'yes',
    'cluster-enabled': 'yes',
    'cluster-announce-ip': '127.0.0.1', // clients of programs go where it says that it is
    include: path.join(cwd, 'renamed.conf'),
  };
  await startServer(directives, port);
  await send(port, 'CLUSTER ADDSLOTSRANGE 0 16383');
  await vi.waitFor(async () => expect(await send(port, 'CLUSTER INFO')).toContain('cluster_state:ok'), 10_000);
  return `targets: { restricted: { url: "rediss://localhost:${tlsPort}", tls: { ca: ${certificates.ca} } } }\n`;
}

describe.each<[mode: string, how: string, commands: readonly string[], config: () => string | Promise<string>]>([
  ['node-based caches', 'by the rights of a user', NODES, () => byUser(NODES)],
  ['node-based caches', 'by taking their names away', NODES, () => byName(NODES)],
  ['serverless caches', 'by the rights of a user', SERVERLESS, () => byUser(SERVERLESS)],
  ['serverless caches', 'by taking their names away', SERVERLESS, () => byName(SERVERLESS)],
])('what %s refuse, %s', (_, __, commands, configure) => {
  test('keeps no scenario that ships from passing, or from being skipped for it', async () => {
    const cwd = folderWith({ 'redrill.config.yaml': await configure() });
    const args = ['run', SCENARIOS, '--target', 'restricted', '--allow-run', '--report', 'json=r.json'];
    const { exitCode, stderr } = await runRedrill(args, { cwd });
    const cases = readReport(path.join(cwd, 'r.json')).files.flatMap((file) => file.cases);
    const others = cases.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped');
    expect([exitCode, stderr, others.map(({ name, verdict, failure }) => [name, verdict, failure?.message])]).toEqual([
      0,
      '',
      [],
    ]);
    const isExplained = (reason: string): boolean => {
      const [, name = ''] = /^needs ([A-Z]+(?: [A-Z]+)?)/.exec(reason) ?? [];
      if (commands.includes(name) || commands.includes(name.split(' ')[0]!)) return true;
      return /^needs \S+ .* to succeed| acts on the whole server, /.test(reason);
    };
    const skipped = cases.filter(({ verdict }) => verdict === 'skipped').map(({ reason = '' }) => reason);
    expect(skipped.filter((reason) => !isExplained(reason))).toEqual([]);
    // What they refuse is needed by few.
    expect(cases.length - skipped.length).toBeGreaterThan(20);
  }, 120_000);

  test('keeps the doctor from nothing', async () => {
    const cwd = folderWith();
    writeFileSync(path.join(cwd, 'redrill.config.yaml'), await configure());
    const { exitCode, stdout } = await runRedrill(['doctor', 'restricted', '--json'], { cwd });
    const { rungs } = JSON.parse(stdout) as DoctorReport; // of our own schema
    expect([exitCode, rungs.filter(({ status }) => status === 'failed')]).toEqual([0, []]);
  }, 60_000);
});
