import path from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, readReport, runRedrill, startRedrill } from '../support/redrill.js';
import { ServerRoom } from '../targets/processes.js';

const PASSES = 'name: a\nsteps: [{ command: SET key value, expect: OK }]';

test('a topology can be tried without a configuration', async () => {
  const cwd = folderWith({ 'a.yaml': PASSES });
  const args = ['run', 'a.yaml', '--target', 'managed:cluster+tls', '--report', 'json=r.json'];
  expect(await runRedrill(args, { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(readReport(path.join(cwd, 'r.json')).target).toMatchObject({ kind: 'managed', topology: 'cluster' });
  expect(await runRedrill(['run', 'a.yaml', '--target', 'managed:clustr'], { cwd })).toMatchObject({
    exitCode: 3,
    stderr:
      'redrill: the target managed:clustr has an unknown word "clustr"\n' +
      '  write one of standalone, replicas, sentinel and cluster, then tls, aof, redis or valkey, as in ' +
      'managed:cluster+tls; everything else has its place under `targets:` in redrill.config.yaml\n',
  });
});

test.each([
  ['managed:cluster', 6],
  ['managed:sentinel+tls', 5],
])('SIGKILL in the middle of a run on %s leaves nothing', async (target, servers) => {
  await using room = new ServerRoom();
  const cwd = folderWith({ 'a.yaml': 'name: a\nsteps: [{ command: SET key value, expect: OK }, { wait: 1m }]' });
  const args = ['run', 'a.yaml', '--target', target, '--report', 'ndjson'];
  const { child, finished } = startRedrill(args, { cwd, env: { TMPDIR: room.folder } });
  let seen = '';
  child.stdout?.on('data', (text: string) => {
    seen += text;
  });
  await expect.poll(() => seen, { timeout: 15_000 }).toContain('"title":"wait 1m"');
  expect(room.servers()).toHaveLength(servers);
  child.kill('SIGKILL');
  await finished;
  await expect.poll(() => [...room.processes(), ...room.folders()], { timeout: 10_000, interval: 20 }).toEqual([]);
});

test('scenarios run as a user of the configuration', async () => {
  const cwd = folderWith({
    'redrill.config.yaml': `targets:
  limited:
    managed:
      topology: replicas
      acl: { users: [{ name: app, rules: "~* +@all -config" }], as: app }
      config: { maxmemory: 50mb }
target: limited
`,
    'a.yaml': `name: a
steps:
  - command: ACL WHOAMI
    expect: app
  - command: CONFIG GET maxmemory
    expectError: { code: NOPERM }
`,
  });
  expect(await runRedrill(['run', 'a.yaml'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
});

test('mistakes are told in their place, before anything runs', async () => {
  const cwd = folderWith({
    'a.yaml': PASSES,
    'redrill.config.yaml': `targets:
  a: { managed: { topologie: cluster } }
  b: { managed: { topology: cluster, shards: 30, acl: { users: [{ name: app }] } } }
`,
  });
  const { exitCode, stderr } = await runRedrill(['run', 'a.yaml'], { cwd });
  expect(exitCode).toBe(3);
  expect(stderr).toMatchInlineSnapshot(`
    "redrill.config.yaml:2:19 unknown key "topologie"
      1 | targets:
    > 2 |   a: { managed: { topologie: cluster } }
        |                   ^^^^^^^^^
      3 |   b: { managed: { topology: cluster, shards: 30, acl: { users: [{ name: app }] } } }
      4 |
      did you mean "topology"?

    redrill.config.yaml:3:46 "shards" must be a whole number from 1 to 16, not the number 30
      1 | targets:
      2 |   a: { managed: { topologie: cluster } }
    > 3 |   b: { managed: { topology: cluster, shards: 30, acl: { users: [{ name: app }] } } }
        |                                              ^^
      4 |

    redrill.config.yaml:3:65 "rules" is missing
      1 | targets:
      2 |   a: { managed: { topologie: cluster } }
    > 3 |   b: { managed: { topology: cluster, shards: 30, acl: { users: [{ name: app }] } } }
        |                                                                 ^^^^^^^^^^^^^
      4 |
      add \`rules:\` with text

    3 problems in 1 file; nothing was run
    "
  `);
});

test('what does not go together is told in its place, before anything runs', async () => {
  const cwd = folderWith({
    'a.yaml': PASSES,
    'redrill.config.yaml': `targets:
  a:
    managed:
      config: { maxmemory: 10mb, dir: /etc }
`,
  });
  const { exitCode, stderr } = await runRedrill(['run', 'a.yaml', '--target', 'a'], { cwd });
  expect(exitCode).toBe(3);
  expect(stderr).toMatchInlineSnapshot(`
    "redrill: redrill.config.yaml:4:39 managed: \`config\` cannot set dir
      2 |   a:
      3 |     managed:
    > 4 |       config: { maxmemory: 10mb, dir: /etc }
        |                                       ^^^^
      5 |
      leave it out: what the server writes and reads stays in a folder of its own, which goes with it
    "
  `);
});
