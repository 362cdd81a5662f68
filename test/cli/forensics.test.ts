import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CaseForensics, RunEvent } from '../../src/contracts/event.js';
import type { Target } from '../../src/contracts/target.js';
import { openConnection } from '../../src/redis/connection.js';
import { addressOf } from '../../src/redis/url.js';
import { folderWith, readReport, runRedrill } from '../support/redrill.js';
import { startTestServer } from '../support/server.js';

let server: Target;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

interface RunOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What was told of the cases of a file, by their names. */
async function run(text: string, { files = {}, flags = ['--url', server.url], env = {} }: RunOptions = {}) {
  const cwd = folderWith({ 'a.yaml': text, ...files });
  const reports = ['--report', 'pretty', '--report', 'json=r.json', '--report', 'ndjson=r.ndjson'];
  const { exitCode, stdout, stderr } = await runRedrill(['run', 'a.yaml', ...reports, ...flags], { cwd, env });
  const lines = readFileSync(path.join(cwd, 'r.ndjson'), 'utf8').trimEnd().split('\n');
  const events = lines.map((line) => JSON.parse(line) as RunEvent); // the raw stream
  const told = events.filter((event): event is CaseForensics => event.type === 'case.forensics');
  const cases = readReport(path.join(cwd, 'r.json')).files.flatMap((file) => file.cases);
  // The document holds what the stream told.
  for (const { id, forensics } of cases) expect(forensics).toEqual(told.find((event) => event.case === id)?.forensics);
  const byName = Object.fromEntries(told.map((event) => [event.case.replace('a.yaml#', ''), event.forensics]));
  return { exitCode, stdout, stderr, cases, events, byName };
}

test('only a case that is no pass is looked at', async () => {
  const { byName, cases } = await run(`name: passed
steps: [{ command: SET a 1, expect: OK }]
---
name: passed by its teardown
steps: [{ command: SET a 1 }]
teardown: [{ command: GET a, expect: "1" }]
---
name: skipped
requires: { server: ["redis < 1.0", "valkey < 1.0"] }
steps: [{ command: SET a 1, expect: OK }]
---
name: failed
steps: [{ command: SET a 1, expect: no }]
---
name: failed in its setup
setup: [{ command: SET a 1 }, { command: INCRBY a x }]
steps: [{ command: SET a 1, expect: no }]
---
name: failed in its teardown
steps: [{ command: SET a 1, expect: OK }]
teardown: [{ command: GET a, expect: no }]
---
name: unknown
steps: [{ command: SET a 1 }]
---
name: errored
steps: [{ command: SET a 1, expect: OK }, { assert: ["vars.none.at.all"] }]
vars: { none: {} }
`);
  expect(cases.map(({ name, verdict }) => `${name}: ${verdict}`)).toEqual(
    expect.arrayContaining([
      'passed: passed',
      'passed by its teardown: passed',
      'skipped: skipped',
      'errored: errored',
    ]),
  );
  expect(Object.keys(byName).sort()).toEqual([
    'errored',
    'failed',
    'failed in its setup',
    'failed in its teardown',
    'unknown',
  ]);
  for (const { keys } of Object.values(byName)) expect(keys).toMatchObject([{ key: 'a', type: 'string' }]);
});

test('a failing queue shows what is in it, and who holds what', async () => {
  const { byName, stdout, events } = await run(`name: poison
steps:
  - queue.push: { queue: orders, backend: stream, count: 20 }
  - stream.group: { stream: orders, group: work, from: "0" }
  - stream.read: { stream: orders, group: work, consumer: ann, count: 3 }
  - queue.push: { queue: mails, backend: list, count: 15 }
  - pubsub.subscribe: { channels: [news] }
    id: reader
  - queue.inspect: { queue: mails, backend: list }
    expect: { ready: 0 }
catch:
  - stream.inspect: { stream: orders, group: work }
teardown:
  - command: DEL orders mails
`);
  const forensics = byName.poison!;
  const [orders, mails] = forensics.keys;
  expect(orders).toMatchObject({ key: 'orders', type: 'stream', length: 20 });
  expect([orders?.first.length, orders?.last.length]).toEqual([10, 10]);
  expect(orders?.groups).toMatchObject([
    { name: 'work', pending: 3, consumers: [{ name: 'ann', pending: 3 }], oldest: [{ deliveries: 1 }, {}, {}] },
  ]);
  expect(mails).toMatchObject({ key: 'mails', type: 'list', length: 15 });
  expect(forensics.refused).toEqual([]);
  expect(forensics.server).toMatchObject([{ node: server.address, now: { role: 'master' } }]);
  // The subscriber's, which is gone when the case has ended.
  expect(forensics.clients.map(({ name, sub }) => [name, sub])).toContainEqual(['reader:subscriber-1', '1']);
  const told = stdout.slice(stdout.indexOf('    catch\n'), stdout.indexOf('\n\n  Cases'));
  expect(
    told
      .replace(/\([\d.]+m?s\)/g, '(…)')
      .replace(/→ .*/, '→ …')
      .replace(/, lag \d+/, ''),
  ).toMatchInlineSnapshot(`
    "    catch
          ✓ stream.inspect orders (…) → …
        keys
          orders  stream, 20 entries, group work: 3 pending
          mails   list, 15 entries
        teardown
          ✓ command DEL orders mails (…)"
  `);
  const types = events.map(({ type }) => type);
  expect(types.indexOf('case.forensics')).toBeGreaterThan(types.lastIndexOf('step.finished'));
  expect(types.indexOf('case.forensics')).toBeLessThan(types.indexOf('case.finished'));
});

test('secrets are taken out of keys and their values', async () => {
  const { byName, cases, stdout } = await run(
    `name: leaks
steps:
  - command: ["SET", "of \${{ env.TOKEN }}", "\${{ env.TOKEN }}"]
  - command: ["RPUSH", list, "so \${{ env.TOKEN }}"]
    expect: 2
`,
    { files: { 'redrill.config.yaml': 'env: [TOKEN]\n' }, env: { TOKEN: 'hunter-two-22' } },
  );
  expect(byName.leaks?.keys.map(({ key, first }) => [key, first])).toEqual([
    ['of ***', ['***']],
    ['list', ['so ***']],
  ]);
  expect(stdout + JSON.stringify([cases, byName])).not.toContain('hunter');
});

test('keys of somebody else that a case would own are not looked at, and its own are', async () => {
  await using redis = await openConnection(addressOf(server), { name: 'redrill:forensics-test' });
  await redis.call(['SET', 'forensics-theirs', 'private']);
  const { byName, cases } = await run(`name: theirs
keys: literal
owns: [forensics-theirs]
steps: [{ command: PING, expect: PONG }]
---
name: ours
keys: literal
owns: [forensics-ours]
steps:
  - command: SET forensics-ours 1
  - command: GET forensics-theirs
    expect: nothing
`);
  await redis.call(['DEL', 'forensics-theirs']);
  expect(cases.map(({ verdict }) => verdict)).toEqual(['errored', 'failed']);
  expect(Object.keys(byName)).toEqual(['ours']);
  expect(byName.ours?.keys.map(({ key }) => key)).toEqual(['forensics-ours']);
});

test('of a server that died nothing is told, and nobody waits for it', async () => {
  const { byName, cases, exitCode } = await run(
    `name: dies
server: own
steps:
  - command: SET a 1
  - command: SHUTDOWN NOSAVE
  - command: GET a
    expect: "1"
`,
    { flags: ['--target', 'managed'] },
  );
  expect([byName, cases.map(({ verdict }) => verdict), exitCode]).toEqual([{}, ['errored'], 4]);
  expect(cases[0]?.failure?.message).toMatch(
    /^the connection to .* broke before SHUTDOWN was answered: the server closed it$/,
  );
});
