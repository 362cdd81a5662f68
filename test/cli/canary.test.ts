import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openConnection } from '../../src/redis/connection.js';
import { parseRedisUrl } from '../../src/redis/url.js';
import { folderWith, runRedrill } from '../support/redrill.js';
import { startTestServer } from '../support/server.js';

/** Says all that it may say of where and as whom it runs, and fails, errs and dies on the way. */
const SCENARIO = `name: tells of "\${{ env.PASSWORD }}"
steps:
  - command: ["ECHO", "\${{ target.url }} \${{ env.PASSWORD }}"]
    name: "echo \${{ env.PASSWORD }}"
    expect: "\${{ env.PASSWORD }}"
    continueOnFailure: true
  - command: ["\${{ env.PASSWORD }}"]
    continueOnFailure: true
  - assert: ["env.PASSWORD == 'else'"]
    continueOnFailure: true
  - queue.push: { queue: q, message: { url: "\${{ target.url }}", of: "\${{ env.PASSWORD }}" } }
  - queue.work: { queue: q, handler: { faults: [{ fail: {} }] }, deadLetter: dead }
  - dlq.inspect: { queue: dead }
    expect: { depth: 2 }
---
name: cannot log in
steps:
  - command: ["AUTH", "\${{ env.PASSWORD }}x"]
---
name: proves
steps: [{ command: PING, expect: PONG }]
`;

const CONFIG = (url: string): string => `env: [PASSWORD, WRONG]
targets:
  good: { url: "${url.replace('SECRET', '${{ env.PASSWORD }}')}" }
  wrong: { url: "${url.replace('SECRET', '${{ env.WRONG }}')}" }
  restricted: { url: "${url.replace(':SECRET', 'app:${{ env.PASSWORD }}')}" }
  gone: { url: "redis://:\${{ env.PASSWORD }}@127.0.0.1:1" }
  watched:
    url: "redis://:\${{ env.PASSWORD }}@any"
    sentinel: { primary: main, nodes: ["127.0.0.1:1"], password: "\${{ env.PASSWORD }}" }
  mistaken: { url: "redis://:\${{ env.PASSWORD }}@" }
`;

/** The password in every form that it takes on the way. */
const formsOf = (password: string, encoded: string): readonly string[] => [
  password,
  encoded,
  encodeURIComponent(password),
  encodeURI(password),
  Buffer.from(password).toString('base64'),
];

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

describe.each([
  ['plain', 'canary-7f3aB', 'canary-7f3aB'],
  ['percent-encoded though it need not be', 'canary-7f3aB', '%63anary-7f3a%42'],
  ['that must be encoded', 'can@r:y/7 f#3%é', encodeURIComponent('can@r:y/7 f#3%é')],
])('a password %s', (_, password, encoded) => {
  test('appears nowhere', async () => {
    await using server = await startTestServer();
    await using admin = await openConnection(parseRedisUrl(server.url), { name: 'canary' });
    await admin.call(['CONFIG', 'SET', 'requirepass', password]);
    await admin.call(['ACL', 'SETUSER', 'app', 'on', `>${password}`, '~*', '&*', '+@all', '-echo', '-evalsha']);
    await admin.call(['LPUSH', 'orders-dlq', JSON.stringify({ order: 1 })]);
    const url = `redis://:SECRET@${server.address}`;
    const [real, wrong] = [url.replace('SECRET', encoded), url.replace('SECRET', `${encoded}x`)];
    const cwd = folderWith({ 'redrill.config.yaml': CONFIG(url), 'a.yaml': SCENARIO });
    const reports = ['pretty', 'json=r.json', 'ndjson=r.ndjson', 'junit=r.xml'].flatMap((name) => ['--report', name]);
    const several = reports.map((name) => name.replace('=', '=several-'));
    const commands: readonly (readonly [exitCode: number, ...args: string[]])[] = [
      [1, 'run', 'a.yaml', '--url', real, ...reports, '--history', 'history', '--verbose'],
      [1, 'run', 'a.yaml', '--target', 'good', ...reports.map((name) => name.replace('=', '=target-')), '--verbose'],
      [4, 'run', 'a.yaml', '--url', wrong, ...reports.map((name) => name.replace('=', '=wrong-'))],
      [
        1,
        'run',
        'a.yaml',
        '--target',
        'good',
        '--target',
        'wrong',
        '--target',
        'gone',
        ...several,
        '--history',
        'both',
      ],
      [
        1,
        'run',
        'a.yaml',
        '--target',
        'restricted',
        '--verbose',
        '--report',
        'pretty',
        '--report',
        'ndjson=few.ndjson',
      ],
      [2, 'verify', 'history/*', '--json'],
      [2, 'verify', 'history/*'],
      [4, 'run', 'a.yaml', '--target', 'gone'],
      [4, 'run', 'a.yaml', '--target', 'watched'],
      [3, 'run', 'a.yaml', '--target', 'mistaken'],
      [3, 'run', 'a.yaml', '--url', `redis://:${encoded}@${server.address}/x`],
      [3, 'run', 'a.yaml', '--url', `redis://:${encoded}@`],
      [3, 'run', 'a.yaml', '--url', `http://:${encoded}@${server.address}`],
      [0, 'validate', 'a.yaml'],
      [0, 'list', 'a.yaml', '--json'],
      [0, 'list', 'a.yaml'],
      [0, 'doctor', real],
      [0, 'doctor', 'good', '--json'],
      [4, 'doctor', '--url', wrong, '--json'],
      [4, 'doctor', 'wrong'],
      [4, 'doctor', 'gone'],
      [4, 'doctor', 'watched'],
      [3, 'doctor', 'mistaken'],
      [0, 'targets'],
      [0, 'targets', '--json'],
      [0, 'targets', 'good', '--capabilities'],
      [4, 'targets', 'wrong', '--capabilities'],
      [0, 'dlq', 'list', '--url', real],
      [0, 'dlq', 'list', '--target', 'good', '--json'],
      [0, 'dlq', 'peek', 'orders-dlq', '--target', 'good'],
      [0, 'dlq', 'stats', 'orders-dlq', '--target', 'good'],
      [0, 'dlq', 'export', 'orders-dlq', '--url', real],
      [3, 'dlq', 'purge', 'orders-dlq', '--url', real],
      [0, 'dlq', 'redrive', 'orders-dlq', '--to', 'orders', '--max', '1', '--url', real],
      [4, 'dlq', 'list', '--url', wrong],
    ];
    const said: string[] = [];
    const ended: unknown[] = [];
    for (const [, ...args] of commands) {
      const files = args.flatMap((arg) => (arg === 'history/*' ? filesIn(path.join(cwd, 'history')) : [arg]));
      const { exitCode, stdout, stderr } = await runRedrill(files, {
        cwd,
        env: { PASSWORD: encoded, WRONG: `${encoded}x` },
      });
      said.push(stdout, stderr);
      ended.push([exitCode, ...args]);
    }
    expect(ended).toEqual(commands);
    const files = filesIn(cwd);
    expect(files.length).toBeGreaterThan(10);
    const texts = [
      ...said,
      ...files.map((file) => `${file}\n${readFileSync(file, 'latin1')}`),
      ...files.map((file) => readFileSync(file, 'utf8')),
    ];
    const leaks = texts.filter((text) => formsOf(password, encoded).some((form) => text.includes(form)));
    expect(leaks).toEqual([]);
  }, 120_000);
});
