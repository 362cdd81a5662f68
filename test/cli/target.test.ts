import { readdirSync, readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { Connection } from '../../src/contracts/redis.js';
import { openConnection } from '../../src/redis/connection.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import { folderWith, readReport, runRedrill } from '../support/redrill.js';

let redis: Connection;
beforeAll(async () => {
  redis = await openConnection(parseRedisUrl(inject('serverUrl')), { name: 'target.test' });
});
afterAll(() => redis[Symbol.asyncDispose]());

async function run(scenario: string, ...flags: string[]) {
  const cwd = folderWith({ 'a.yaml': scenario });
  const args = ['run', 'a.yaml', '--url', inject('serverUrl'), '--report', 'json=report.json', ...flags];
  const finished = await runRedrill(args, { cwd });
  return { ...finished, cwd, cases: readReport(path.join(cwd, 'report.json')).files.flatMap(({ cases }) => cases) };
}

describe('a server that cannot be had', () => {
  const PASSES = 'name: a\nsteps: [{ command: PING, expect: PONG }]';

  async function listen(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port; // of TCP
  }

  async function outcome(url: string): Promise<{ said: string; reason: string | undefined }> {
    const cwd = folderWith({ 'a.yaml': PASSES });
    const startedAt = performance.now();
    const { exitCode, stderr } = await runRedrill(['run', 'a.yaml', '--url', url, '--report', 'json=r.json'], { cwd });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    const report = readReport(path.join(cwd, 'r.json'));
    expect([exitCode, report.verdict, report.exitCode]).toEqual([4, 'errored', 4]);
    return { said: stderr, reason: report.reason };
  }

  test('nobody listens', async () => {
    expect(await outcome('redis://user:secret@127.0.0.1:1')).toEqual({
      said:
        'redrill: cannot connect to 127.0.0.1:1: connection refused: no server listens there\n' +
        '  start the server, or correct the address\n',
      reason: 'cannot connect to 127.0.0.1:1: connection refused: no server listens there',
    });
  });

  test('it takes the connection and says nothing', async () => {
    const port = await listen(createServer((socket) => socket.on('error', () => {})));
    expect((await outcome(`redis://127.0.0.1:${port}`)).said).toBe(
      `redrill: cannot connect to 127.0.0.1:${port}: it took the connection, but did not answer within 3s\n` +
        '  if it expects TLS, use rediss://; else see whether the server hangs\n',
    );
  });

  test('it is no Redis', async () => {
    const port = await listen(createHttpServer());
    expect((await outcome(`redis://127.0.0.1:${port}`)).said).toBe(
      `redrill: cannot connect to 127.0.0.1:${port}: what answers there is no Redis server\n` +
        '  correct the host or the port\n',
    );
  });

  test('the password is wrong', async () => {
    const { host } = new URL(inject('serverUrl'));
    expect((await outcome(`redis://:wrong@${host}`)).said).toBe(
      `redrill: cannot connect to ${host}: it refused the user name or the password (WRONGPASS)\n` +
        '  correct them in the URL, or renew a token that expired\n',
    );
  });

  test('there is none to start', async () => {
    const cwd = folderWith({ 'a.yaml': PASSES });
    const { exitCode, stderr } = await runRedrill(['run', 'a.yaml'], { cwd, env: { REDRILL_SERVER: '/nowhere' } });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(
      /^redrill: REDRILL_SERVER names the server \/nowhere, which is not an executable file\n {2}/,
    );
  });

  test('it ends at once', async () => {
    const cwd = folderWith({ 'a.yaml': PASSES });
    const { exitCode, stderr } = await runRedrill(['run', 'a.yaml'], { cwd, env: { REDRILL_SERVER: '/bin/false' } });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^redrill: \/bin\/false ended before it answered on 127\.0\.0\.1:\d+; it logged:\n/);
  });
});

describe("somebody else's server", () => {
  const scenario = (marker: string): string => `name: leaves keys
steps:
  - pipeline: [SET ${marker} 1, RPUSH ${marker}:list a, XADD ${marker}:stream * a 1]
    expect: { $length: 3 }
  - command: [SELECT, 1]
    connection: other
  - command: SET ${marker} 1
    connection: other
  - script: { lua: "return redis.call('SET', KEYS[1], 1)", keys: [${marker}:script] }
`;
  const keysOf = async (marker: string): Promise<unknown> => {
    const found: unknown[] = [];
    for (const database of [0, 1]) {
      await redis.call(['SELECT', database]);
      found.push(...((await redis.call(['KEYS', `*${marker}*`])) as unknown[]));
    }
    await redis.call(['SELECT', 0]);
    return found;
  };

  test('is left as it was', async () => {
    expect((await run(scenario('as-it-was'))).exitCode).toBe(0);
    expect(await keysOf('as-it-was')).toEqual([]);
  });

  test('--keep-keys leaves the keys', async () => {
    const { cases } = await run(scenario('kept-keys'), '--keep-keys');
    const namespace = cases[0]?.namespace ?? '';
    expect(await keysOf('kept-keys')).toHaveLength(5);
    for (const database of [0, 1]) {
      await redis.call(['SELECT', database]);
      const keys = (await redis.call(['KEYS', `${namespace}*`])) as string[];
      await redis.call(['DEL', ...keys]);
    }
    await redis.call(['SELECT', 0]);
  });

  test('a literal key that is there already is not touched', async () => {
    await redis.call(['SET', 'target-test:theirs', 'precious']);
    onTestFinished(async () => void (await redis.call(['DEL', 'target-test:theirs'])));
    const { exitCode, cases } = await run(`name: owns
keys: literal
owns: [target-test:mine, target-test:theirs]
steps: [{ command: SET target-test:theirs stolen, expect: OK }]
teardown: [{ command: DEL target-test:theirs }]
`);
    expect([exitCode, cases[0]?.verdict, cases[0]?.steps]).toEqual([4, 'errored', []]);
    expect(cases[0]?.reason).toBe('the server already has target-test:theirs, which this case would own');
    expect(await redis.call(['GET', 'target-test:theirs'])).toBe('precious');
  });

  test('literal keys that a case owns are deleted at its end', async () => {
    const { exitCode } = await run(
      'name: owns\nkeys: literal\nowns: [target-test:mine]\nsteps: [{ command: SET target-test:mine 1, expect: OK }]',
    );
    expect([exitCode, await redis.call(['EXISTS', 'target-test:mine'])]).toEqual([0, 0]);
  });

  test('what acts on the whole server is skipped, or refused where it comes as a surprise', async () => {
    await redis.call(['SET', 'target-test:survives', '1']);
    const { cases, exitCode } = await run(`name: flushes
steps: [{ command: FLUSHALL, expect: OK }]
---
name: shuts down
steps: [{ transaction: [PING, SHUTDOWN], expect: [PONG, OK] }]
---
name: surprises
steps:
  - set: { words: [CONFIG, SET, maxmemory, 1] }
  - command: ["\${{ vars.words }}"]
    expect: OK
---
name: lists keys
steps: [{ command: KEYS *, expect: [] }]
---
name: wants a server of its own, and does no harm
server: own
steps: [{ command: PING, expect: PONG }]
`);
    expect(cases.map(({ name, verdict, reason, failure }) => [name, verdict, reason ?? failure?.message])).toEqual([
      ['flushes', 'skipped', 'FLUSHALL acts on the whole server, and this one was not started for the run'],
      ['shuts down', 'skipped', 'SHUTDOWN acts on the whole server, and this one was not started for the run'],
      ['surprises', 'errored', 'CONFIG SET is refused: this run did not start the server, and others may be using it'],
      ['lists keys', 'errored', 'KEYS is refused: this run did not start the server, and others may be using it'],
      ['wants a server of its own, and does no harm', 'passed', undefined],
    ]);
    expect(exitCode).toBe(4);
    expect(await redis.call(['GETDEL', 'target-test:survives'])).toBe('1');
  });

  test('its password is in no output', async () => {
    const { password } = new URL(inject('serverUrl'));
    const reports = ['pretty', 'ndjson=r.ndjson', 'junit=r.xml'].flatMap((text) => ['--report', text]);
    const { cwd, stdout, stderr, cases } = await run(
      'name: tells\nsteps: [{ command: "ECHO ${{ target.url }}", name: "at ${{ target.url }}", expect: "${{ target.url }}x" }]',
      ...reports,
      '--verbose',
    );
    expect(cases[0]?.verdict).toBe('failed');
    const files = readdirSync(cwd).map((name) => readFileSync(path.join(cwd, name), 'utf8'));
    expect(files).toHaveLength(4);
    expect([stdout, stderr, ...files].filter((text) => text.includes(password))).toEqual([]);
    expect(stdout).toContain('***');
  });
});
