import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import { folderWith, runRedrill } from '../support/redrill.js';

/** A cluster behind port maps: its nodes go by names that lead nowhere from here. */
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  for (const { admin, port } of cluster.primaries) {
    await admin.call('CONFIG', 'SET', 'cluster-announce-hostname', nameOf(port));
    await admin.call('CONFIG', 'SET', 'cluster-preferred-endpoint-type', 'hostname');
  }
  const names = cluster.primaries.map(({ port }) => nameOf(port)).sort();
  for (const { admin } of cluster.primaries) {
    const seen = async (): Promise<string[]> => {
      const ranges = (await admin.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][]; // its documented shape
      return ranges.map(([, , [host]]) => host).sort();
    };
    await vi.waitFor(async () => expect(await seen()).toEqual(names), { timeout: 10_000 });
  }
});
afterAll(() => cluster[Symbol.asyncDispose]());

const nameOf = (port: number): string => `node-${port}.invalid`;

const SCENARIO = `name: spread
keys: spread
steps:
  - repeat:
      times: 50
      steps: [{ command: "SET key-\${{ index }} 1", expect: OK }]
    expect: { iterations: 50 }
`;

function run(more: string) {
  const { port } = cluster.primaries[0]!;
  const cwd = folderWith({
    'a.yaml': SCENARIO,
    'redrill.config.yaml': `env: [PASSWORD]
target: tunnelled
targets:
  tunnelled:
    url: "redis://:\${{ env.PASSWORD }}@127.0.0.1:${port}"
${more}`,
  });
  const env = { PASSWORD: new URL(cluster.target.url).password };
  return runRedrill(['run', 'a.yaml'], { cwd, env });
}

test('nodes are reached where the configuration says', async () => {
  const entries = cluster.primaries.map(({ port }) => `      ${nameOf(port)}:${port}: 127.0.0.1:${port}\n`);
  const { exitCode, stdout, stderr } = await run(`    nodeAddresses:\n${entries.join('')}`);
  expect([exitCode, stderr], stdout).toEqual([0, '']);
});

test('and without it, the message says what to write', async () => {
  const { exitCode, stderr } = await run('');
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(/^redrill: .*node-\d+\.invalid/);
  expect(stderr).toMatch(/map it: nodeAddresses: \{ "node-\d+\.invalid:\d+": "host:port" \}\n$/);
});

test('what is no address is told in its place', async () => {
  const { exitCode, stderr } = await run('    nodeAddresses: { "10.0.0.1:6379": nowhere }\n');
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/^redrill: redrill\.config\.yaml:6:39 "nowhere" is no address of a node\n/);
  expect(stderr).toMatch(/\n {2}write host:port, such as 127\.0\.0\.1:7001\n$/);
  expect((await run('    nodeAddresses: { nowhere: "127.0.0.1:7001" }\n')).stderr).toMatch(
    /^redrill\.config\.yaml:6:22 /,
  );
});
