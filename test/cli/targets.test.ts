import { describe, expect, inject, test } from 'vitest';
import { folderWith, runRedrill } from '../support/redrill.js';

const CONFIG = `env: [PASSWORD]
target: staging
targets:
  staging: { url: "rediss://app:\${{ env.PASSWORD }}@cache.example:6380/1" }
  watched: { url: "redis://:\${{ env.PASSWORD }}@any", sentinel: { primary: main, nodes: ["10.0.0.1:26379", "10.0.0.2:26379"] } }
  three: { managed: { engine: redis } }
`;

const targets = (args: readonly string[], config = CONFIG, password: string | null = 'canary') =>
  runRedrill(['targets', ...args], {
    cwd: folderWith({ 'redrill.config.yaml': config }),
    env: { PASSWORD: password ?? undefined },
  });

describe('targets', () => {
  test('with their addresses, and which a run takes', async () => {
    expect(await targets([])).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "target   kind     address
      managed  managed  started for each run
      staging  url      rediss://cache.example:6380/1                    default
      watched  url      main of Sentinel 10.0.0.1:26379, 10.0.0.2:26379
      three    managed  started for each run
      ",
      }
    `);
  });

  test('one whose credentials are not there', async () => {
    expect((await targets([], CONFIG, null)).stdout).toMatchInlineSnapshot(`
      "target   kind     address
      managed  managed  started for each run
      staging  url      redrill.config.yaml:4:19 the URL of the target "staging": env has no key "PASSWORD"  default
      watched  url      redrill.config.yaml:5:19 the URL of the target "watched": env has no key "PASSWORD"
      three    managed  started for each run
      "
    `);
  });

  test('each of its kind, whatever is wrong with it', async () => {
    const config = `targets:
  a: { managed: { replicas: 2 } }
  b: { elasticache: { serverlessCache: orders, region: eu-west-1, auth: token, user: app, token: "\${{ env.NONE }}" } }
  c: { url: "redis://\${{ env.NONE }}" }
`;
    const { exitCode, stdout } = await targets([], config);
    expect([exitCode, stdout]).toMatchInlineSnapshot(`
      [
        0,
        "target   kind         address
      managed  managed      started for each run                                                                       default
      a        managed      redrill.config.yaml:2:29 managed: a standalone server has no \`replicas\`
      b        elasticache  redrill.config.yaml:3:98 the \`elasticache.token\` of the target "b": env has no key "NONE"
      c        url          redrill.config.yaml:4:13 the URL of the target "c": env has no key "NONE"
      ",
      ]
    `);
  });

  test('as JSON', async () => {
    expect(JSON.parse((await targets(['--json'])).stdout)).toMatchInlineSnapshot(`
      [
        {
          "address": null,
          "default": false,
          "kind": "managed",
          "name": "managed",
        },
        {
          "address": "rediss://cache.example:6380/1",
          "default": true,
          "kind": "url",
          "name": "staging",
        },
        {
          "address": "main of Sentinel 10.0.0.1:26379, 10.0.0.2:26379",
          "default": false,
          "kind": "url",
          "name": "watched",
        },
        {
          "address": null,
          "default": false,
          "kind": "managed",
          "name": "three",
        },
      ]
    `);
  });

  test('one that is not there', async () => {
    expect(await targets(['stagin'])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'redrill: there is no target "stagin"\n  did you mean "staging"?\n',
    });
  });
});

describe('--capabilities', () => {
  test('of a managed server', async () => {
    expect((await targets(['managed', '--capabilities'])).stdout).toMatchInlineSnapshot(`
      "managed (managed)
        commands on the whole server  yes: FLUSHALL, CONFIG SET and their like
        server: own                   yes
        configure                     change its settings
        pause                         stop its process and let it go on
        kill                          end its process at once
        restart                       start it again with what it kept
        nodes                         primary
      "
    `);
  });

  test("of somebody else's", async () => {
    const config = `targets: { theirs: { url: "redis://\${{ env.PASSWORD }}@${new URL(inject('serverUrl')).host}" } }\nenv: [PASSWORD]\n`;
    const { password } = new URL(inject('serverUrl'));
    expect((await targets(['theirs', '--capabilities'], config, `:${password}`)).stdout).toMatchInlineSnapshot(`
      "theirs (url)
        commands on the whole server  no: others may be using it
        server: own                   no: such cases run alone, or are skipped

      None of configure, pause, kill, restart and failover.
      "
    `);
    expect(JSON.parse((await targets(['theirs', '--capabilities', '--json'], config, `:${password}`)).stdout)).toEqual({
      name: 'theirs',
      kind: 'url',
      ours: false,
      serverOfItsOwn: false,
      capabilities: [],
      nodes: [],
    });
  });

  test('of one that cannot be opened are not known', async () => {
    expect(await targets(['gone', '--capabilities'], 'targets: { gone: { url: "redis://127.0.0.1:1" } }')).toEqual({
      exitCode: 4,
      stdout: '',
      stderr:
        'redrill: what can be done to "gone" is not known until it is opened: cannot connect to 127.0.0.1:1: ' +
        'connection refused: no server listens there\n  start the server, or correct the address\n',
    });
  });
});

describe('mistakes', () => {
  test('credentials in the file, and what a target cannot have', async () => {
    const config = `targets:
  a: { url: "redis://app:canary@cache.example" }
  b: { url: "redis://:canary\${{ env.PASSWORD }}@cache.example" }
  c:
    url: redis://cache.example
    sentinel:
      primary: main
      nodes: ["10.0.0.1:26379"]
      password: canary
  d:
    url: rediss://cache.example
    tls:
      key: "-----BEGIN PRIVATE KEY-----canary"
  f: { url: "redis://:canary#/@cache.example", readForm: replica }
`;
    const { exitCode, stdout, stderr } = await targets([], config);
    expect([exitCode, stdout, stderr.includes('canary')]).toEqual([3, '', false]);
    expect(stderr).toMatchInlineSnapshot(`
      "redrill.config.yaml:2:13 the password in the URL of "a" is written in the file
        1 | targets:
      > 2 |   a: { url: "redis://app:******@cache.example" }
          |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        3 |   b: { url: "redis://:******\${{ env.PASSWORD }}@cache.example" }
        4 |   c:
        write \${{ env.REDIS_PASSWORD }} in its place, add \`env: [REDIS_PASSWORD]\`, and set that variable where Redrill runs

      redrill.config.yaml:3:13 the password in the URL of "b" is written in the file
        1 | targets:
        2 |   a: { url: "redis://app:******@cache.example" }
      > 3 |   b: { url: "redis://:******\${{ env.PASSWORD }}@cache.example" }
          |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        4 |   c:
        5 |     url: redis://cache.example
        write \${{ env.REDIS_PASSWORD }} in its place, add \`env: [REDIS_PASSWORD]\`, and set that variable where Redrill runs

      redrill.config.yaml:9:17 the password for the Sentinels of "c" is written in the file
         7 |       primary: main
         8 |       nodes: ["10.0.0.1:26379"]
      >  9 |       password: ******
           |                 ^^^^^^
        10 |   d:
        11 |     url: rediss://cache.example
        write \${{ env.REDIS_PASSWORD }} in its place, add \`env: [REDIS_PASSWORD]\`, and set that variable where Redrill runs

      redrill.config.yaml:13:12 the private key of "d" is written in the file
        11 |     url: rediss://cache.example
        12 |     tls:
      > 13 |       key: "-----BEGIN PRIVATE KEY-----******"
           |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        14 |   f: { url: "redis://:********@cache.example", readForm: replica }
        15 |
        write \${{ env.REDIS_PASSWORD }} in its place, add \`env: [REDIS_PASSWORD]\`, and set that variable where Redrill runs

      redrill.config.yaml:14:13 the password in the URL of "f" is written in the file
        12 |     tls:
        13 |       key: "-----BEGIN PRIVATE KEY-----******"
      > 14 |   f: { url: "redis://:********@cache.example", readForm: replica }
           |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        15 |
        write \${{ env.REDIS_PASSWORD }} in its place, add \`env: [REDIS_PASSWORD]\`, and set that variable where Redrill runs

      redrill.config.yaml:14:48 unknown key "readForm"
        12 |     tls:
        13 |       key: "-----BEGIN PRIVATE KEY-----******"
      > 14 |   f: { url: "redis://:********@cache.example", readForm: replica }
           |                                                ^^^^^^^^
        15 |
        did you mean "readFrom"?

      6 problems in 1 file; nothing was run
      "
    `);
  });

  test.each([
    [
      'tls: { ca: certs/ca.pem }',
      'redrill.config.yaml:3:50 certs/ca.pem, the `tls.ca` of the target "one", cannot be read: there is no such file',
      'correct the path, which starts at the folder of redrill.config.yaml',
    ],
    [
      'tls: { cert: redrill.config.yaml }',
      'redrill.config.yaml:3:52 redrill.config.yaml, the `tls.cert` of the target "one", is no PEM file',
      'PEM begins with -----BEGIN; convert DER by openssl x509 -inform der',
    ],
    [
      'tls: { key: "${{ env.KEY }}" }',
      'redrill.config.yaml:3:51 the `tls.key` of the target "one": env has no key "KEY"',
      'set the variable, and allow it by `env:` in redrill.config.yaml',
    ],
    [
      'sentinel: { primary: main, nodes: [10.0.0.1] }',
      'redrill.config.yaml:3:74 "10.0.0.1" is no address of a Sentinel',
      'write host:port, such as 10.0.0.1:26379',
    ],
  ])('%s', async (fields, message, next) => {
    const config = `env: [PASSWORD]\ntargets:\n  one: { url: rediss://cache.example, ${fields} }\n`;
    const { exitCode, stdout, stderr } = await targets(['one'], config);
    const lines = stderr.trimEnd().split('\n');
    expect([exitCode, stdout, lines.at(0), lines.at(-1)]).toEqual([3, '', `redrill: ${message}`, `  ${next}`]);
  });

  test('a file that is no YAML shows no password either', async () => {
    const { stderr } = await targets([], 'targets:\n  a: { url: "redis://:canary@cache.example" }\n  b: {');
    expect([stderr.includes('canary'), stderr.includes('redis://:******@cache.example')]).toEqual([false, true]);
  });

  test('what only a target with a URL has', async () => {
    const { stderr } = await targets([], 'targets: { e: { managed: {}, readFrom: replica } }');
    expect(stderr).toBe(`redrill.config.yaml:1:30 "readFrom" belongs to a target with a URL, and "e" has none
> 1 | targets: { e: { managed: {}, readFrom: replica } }
    |                              ^^^^^^^^
  take it out, or give the target a \`url:\` instead

1 problem in 1 file; nothing was run
`);
  });
});
