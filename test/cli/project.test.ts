import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { folderWith, readReport, runRedrill } from '../support/redrill.js';

const PASSES = 'name: a\nsteps: [{ command: PING, expect: PONG }]\n';
const url = (): string[] => ['--url', inject('serverUrl')];

/** As the author of a plugin would write it, without anything of ours. */
const PLUGIN = `
export const count = {
  name: 'list.count',
  summary: 'Counts the items of a list.',
  effect: 'looks',
  input: {
    type: 'object',
    properties: { key: { type: 'string', minLength: 1 }, pause: { type: 'string', 'x-quantity': 'duration' } },
    required: ['key'],
  },
  result: { type: 'object', properties: { items: { type: 'integer' } } },
  examples: [{ key: 'queue' }],
  async run({ key, pause = 0 }, { redis, namespace, clock, signal }) {
    await clock.sleep(pause, signal);
    return { items: await redis.call(['LLEN', namespace.key(key)]) };
  },
};
`;

describe('plugins', () => {
  test('add actions that are validated, run and explained like any other', async () => {
    const cwd = folderWith({
      'redrill.config.yaml': 'plugins: [plugins/list.mjs]\nscenarios: [checks]\n',
      'plugins/list.mjs': PLUGIN,
      'checks/a.yaml': `name: a
steps:
  - command: RPUSH queue a b
  - list.count: { key: queue, pause: 1ms }
    id: count
    within: 1s
    expect: { items: 2 }
  - assert: [steps.count.items == 2]
`,
    });
    const { stdout, ...rest } = await runRedrill(['run', ...url(), '--verbose'], { cwd });
    expect(rest).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('✓ list.count queue');
    expect((await runRedrill(['steps', 'list.count'], { cwd })).stdout).toMatchInlineSnapshot(`
      "list.count
        Counts the items of a list.

      Input
        key     text
        pause?  duration (250ms, 2s or 1m30s)

      Result
        items?  whole number

      Examples
        - list.count:
            key: queue
      "
    `);
    const schema = JSON.parse((await runRedrill(['schema'], { cwd })).stdout) as { $defs: Record<string, unknown> };
    expect(schema.$defs['list.count']).toMatchObject({ description: 'Counts the items of a list.' });
  });

  test('are loaded also by a program that runs from its code cache', async () => {
    const cwd = folderWith({ 'redrill.config.yaml': 'plugins: [list.mjs]\n', 'list.mjs': PLUGIN, 'a.yaml': PASSES });
    const env = { REDRILL_CACHE: path.join(cwd, 'code') };
    const codes: (number | null)[] = [];
    for (let run = 0; run < 3; run++) codes.push((await runRedrill(['validate', 'a.yaml'], { cwd, env })).exitCode);
    expect(codes).toEqual([0, 0, 0]);
    // Of what most runs need, and of what compiles the plugins' schemas.
    expect(readdirSync(path.join(cwd, 'code/redrill'))).toHaveLength(2);
  });

  test('give mistakes the same words', async () => {
    const cwd = folderWith({
      'redrill.config.yaml': 'plugins: [list.mjs]\n',
      'list.mjs': PLUGIN,
      'a.yaml':
        'name: a\nsteps:\n  - list.cuont: { key: a }\n  - list.count: { kye: a, pause: 5 }\n    expect: { item: 1 }\n',
    });
    expect((await runRedrill(['validate', 'a.yaml'], { cwd })).stderr).toMatchInlineSnapshot(`
      "a.yaml:3:5 unknown action "list.cuont"
        1 | name: a
        2 | steps:
      > 3 |   - list.cuont: { key: a }
          |     ^^^^^^^^^^
        4 |   - list.count: { kye: a, pause: 5 }
        5 |     expect: { item: 1 }
        did you mean "list.count"?

      a.yaml:4:19 unknown key "kye"
        2 | steps:
        3 |   - list.cuont: { key: a }
      > 4 |   - list.count: { kye: a, pause: 5 }
          |                   ^^^
        5 |     expect: { item: 1 }
        6 |
        did you mean "key"?

      a.yaml:4:34 "pause" must be a duration such as 250ms, 2s or 1m30s, not the number 5
        2 | steps:
        3 |   - list.cuont: { key: a }
      > 4 |   - list.count: { kye: a, pause: 5 }
          |                                  ^
        5 |     expect: { item: 1 }
        6 |
        write the unit: 5ms or 5s

      a.yaml:5:15 the result has no "item"
        3 |   - list.cuont: { key: a }
        4 |   - list.count: { kye: a, pause: 5 }
      > 5 |     expect: { item: 1 }
          |               ^^^^
        6 |
        did you mean "items"?

      4 problems in 1 file; nothing was run
      "
    `);
  });

  test('that fail are bugs of theirs: the step is errored, the run goes on', async () => {
    const cwd = folderWith({
      'redrill.config.yaml': 'plugins: [bad.mjs]\n',
      'bad.mjs': `export default { steps: [
        { name: 'bad.throws', input: {}, result: {}, run() { throw new TypeError('no such thing'); } },
        { name: 'bad.rejects', input: {}, result: {}, run: () => Promise.reject('a text') },
        { name: 'bad.hangs', input: {}, result: {}, run: () => new Promise(() => {}) },
      ] };`,
      'a.yaml': `name: throws
steps: [{ bad.throws: 1 }]
---
name: rejects
steps: [{ bad.rejects: 1 }]
---
name: hangs
steps: [{ bad.hangs: 1, timeout: 50ms }]
---
name: can be expected
steps: [{ bad.throws: 1, expectError: { code: INTERNAL, message: no such thing } }]
`,
    });
    const { exitCode, stderr } = await runRedrill(['run', 'a.yaml', ...url(), '--report', 'json=r.json'], { cwd });
    const cases = readReport(path.join(cwd, 'r.json')).files.flatMap(({ cases }) => cases);
    expect(cases.map(({ name, verdict, failure }) => [name, verdict, failure?.code, failure?.message])).toEqual([
      ['throws', 'errored', 'INTERNAL', 'TypeError: no such thing'],
      ['rejects', 'errored', 'INTERNAL', 'a text'],
      ['hangs', 'failed', 'TIMEOUT', 'bad.hangs took longer than 50ms'],
      ['can be expected', 'passed', undefined, undefined],
    ]);
    expect([exitCode, stderr]).toEqual([1, '']);
  });

  test.each<[what: string, plugin: string | null, said: string]>([
    ['is not there', null, 'redrill: the plugin plugin.mjs could not be loaded: '],
    ['does not parse', 'export const = 1;', 'redrill: the plugin plugin.mjs could not be loaded: '],
    ['throws', 'throw new Error("not today");', 'redrill: the plugin plugin.mjs could not be loaded: not today\n'],
    ['has no action', 'export const a = 1;', 'redrill: the plugin plugin.mjs exports no action\n'],
    [
      'has a bad name',
      'export const a = { name: "My Step", run() {} };',
      'redrill: the plugin\'s action "My Step" needs a name such as "area.verb"\n',
    ],
    [
      'has the name of a built-in',
      'export const a = { name: "cache.get", run() {} };',
      'redrill: the plugin\'s action "cache.get" has the name of an action that ships\n',
    ],
    [
      'has the name of a modifier',
      'export const a = { name: "within", input: {}, result: {}, run() {} };',
      'redrill: the plugin\'s action "within" has the name of a modifier\n',
    ],
    [
      'has an action twice',
      'const run = () => {}; export const a = { name: "my.step", input: {}, result: {}, run }; export const b = { ...a };',
      'redrill: the plugin\'s action "my.step" comes from two plugins\n',
    ],
    [
      'has no schemas',
      'export const a = { name: "my.step", run() {} };',
      'redrill: the plugin\'s action "my.step" needs `input` and `result`, as JSON Schemas\n',
    ],
    [
      'has a bad schema',
      'export const a = { name: "my.step", input: { type: "strin" }, result: {}, run() {} };',
      'redrill: the plugin\'s action "my.step" has an input that is no JSON Schema: ',
    ],
  ])('one that %s', async (_, plugin, said) => {
    const cwd = folderWith({
      'redrill.config.yaml': 'plugins: [plugin.mjs]\n',
      'a.yaml': PASSES,
      ...(plugin !== null && { 'plugin.mjs': plugin }),
    });
    const { exitCode, stderr } = await runRedrill(['validate', 'a.yaml'], { cwd });
    expect(stderr.slice(0, said.length)).toBe(said);
    expect(exitCode).toBe(3);
  });
});

describe('env', () => {
  const scenario = `name: a
vars: { token: "\${{ env.TOKEN }}" }
steps:
  - name: send \${{ env.TOKEN }}
    command: ECHO "token=\${{ env.TOKEN }}"
    expect: token=other
`;

  test('is read where it is allowed, and redacted in every output', async () => {
    const cwd = folderWith({ 'redrill.config.yaml': 'env: [TOKEN]\n', 'a.yaml': scenario });
    const reports = ['pretty', 'json=r.json', 'ndjson=r.ndjson', 'junit=r.xml'].flatMap((text) => ['--report', text]);
    const { exitCode, stdout, stderr } = await runRedrill(['run', 'a.yaml', ...url(), ...reports, '--verbose'], {
      cwd,
      env: { TOKEN: 's3cret-value' },
    });
    expect(exitCode).toBe(1);
    const texts = [
      stdout,
      stderr,
      ...['r.json', 'r.ndjson', 'r.xml'].map((name) => readFileSync(path.join(cwd, name), 'utf8')),
    ];
    expect(texts.filter((text) => text.includes('s3cret'))).toEqual([]);
    expect(stdout).toContain('send ***');
    expect(stdout).toContain('token=***');
  });

  test('that is a word of ours leaves reports whole', async () => {
    const cwd = folderWith({
      'redrill.config.yaml': 'env: [A, B, C, D]\n',
      'a.yaml': `${PASSES}---\nname: b\nsteps: [{ command: HSET h steps 1 }, { command: HGETALL h, expect: { url: "\${{ env.D }}" } }]\n`,
    });
    const reports = ['pretty', 'json=r.json'].flatMap((text) => ['--report', text]);
    const { stdout, stderr } = await runRedrill(['run', 'a.yaml', ...url(), ...reports], {
      cwd,
      env: { A: 'passed', B: 'case', C: 'steps', D: 'url' },
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('1 failed, 1 passed');
    expect(stdout).toContain('command HSET h *** 1');
    const cases = readReport(path.join(cwd, 'r.json')).files.flatMap(({ cases }) => cases);
    expect(cases.map(({ verdict }) => verdict)).toEqual(['passed', 'failed']);
  });

  test('is not read elsewhere', async () => {
    const cwd = folderWith({ 'a.yaml': scenario });
    const { exitCode, stderr } = await runRedrill(['run', 'a.yaml', ...url()], { cwd, env: { TOKEN: 's3cret-value' } });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('env.TOKEN is not available');
    expect(stderr).toContain('set it, and allow it by `env: [TOKEN]` in redrill.config.yaml');
  });
});

describe('targets', () => {
  test('by name, with credentials from the environment', async () => {
    const { hostname, port, password } = new URL(inject('serverUrl'));
    const cwd = folderWith({
      'redrill.config.yaml': `env: [PASSWORD]
targets:
  shared: { url: "redis://:\${{ env.PASSWORD }}@${hostname}:${port}" }
  own: { managed: { engine: redis } }
target: shared
`,
      'a.yaml': PASSES,
    });
    const kind = async (...flags: string[]): Promise<unknown> => {
      const finished = await runRedrill(['run', 'a.yaml', '--report', 'json=r.json', ...flags], {
        cwd,
        env: { PASSWORD: password },
      });
      expect(finished).toMatchObject({ exitCode: 0, stderr: '' });
      return readReport(path.join(cwd, 'r.json')).target?.kind;
    };
    expect([await kind(), await kind('--target', 'own'), await kind('--target', 'managed')]).toEqual([
      'url',
      'managed',
      'managed',
    ]);
    expect((await runRedrill(['run', 'a.yaml', '--target', 'shred'], { cwd })).stderr).toBe(
      'redrill: there is no target "shred"\n  did you mean "shared"?\n',
    );
    const { stderr } = await runRedrill(['run', 'a.yaml'], { cwd, env: { PASSWORD: undefined } });
    expect(stderr.replace(/:\d+" }/, ':PORT" }').replace(/\^+/, '^')).toMatchInlineSnapshot(`
      "redrill: redrill.config.yaml:3:18 the URL of the target "shared": env has no key "PASSWORD"
        1 | env: [PASSWORD]
        2 | targets:
      > 3 |   shared: { url: "redis://:\${{ env.PASSWORD }}@127.0.0.1:PORT" }
          |                  ^
        4 |   own: { managed: { engine: redis } }
        5 | target: shared
        set the variable, and allow it by \`env:\` in redrill.config.yaml
      "
    `);
  });
});

test('mistakes in the configuration', async () => {
  const cwd = folderWith({
    'redrill.config.yaml': `scenario: [checks]
env: TOKEN
targets:
  a: { ulr: redis://localhost }
  b: { url: redis://localhost, managed: {} }
  c: {}
  d: { managed: { engine: reddis } }
`,
    'a.yaml': PASSES,
  });
  const { exitCode, stderr } = await runRedrill(['run', 'a.yaml'], { cwd });
  expect(exitCode).toBe(3);
  expect(stderr).toMatchInlineSnapshot(`
    "redrill.config.yaml:1:1 unknown key "scenario"
    > 1 | scenario: [checks]
        | ^^^^^^^^
      2 | env: TOKEN
      3 | targets:
      did you mean "scenarios"?

    redrill.config.yaml:2:6 "env" must be a list of text, not the text "TOKEN"
      1 | scenario: [checks]
    > 2 | env: TOKEN
        |      ^^^^^
      3 | targets:
      4 |   a: { ulr: redis://localhost }

    redrill.config.yaml:4:8 unknown key "ulr"
      2 | env: TOKEN
      3 | targets:
    > 4 |   a: { ulr: redis://localhost }
        |        ^^^
      5 |   b: { url: redis://localhost, managed: {} }
      6 |   c: {}
      did you mean "url"?

    redrill.config.yaml:5:32 "b" takes one of "url", "managed", "container" or "elasticache", not both
      3 | targets:
      4 |   a: { ulr: redis://localhost }
    > 5 |   b: { url: redis://localhost, managed: {} }
        |                                ^^^^^^^
      6 |   c: {}
      7 |   d: { managed: { engine: reddis } }

    redrill.config.yaml:6:6 "c" needs "url", "managed", "container" or "elasticache"
      4 |   a: { ulr: redis://localhost }
      5 |   b: { url: redis://localhost, managed: {} }
    > 6 |   c: {}
        |      ^^
      7 |   d: { managed: { engine: reddis } }
      8 |

    redrill.config.yaml:7:27 "engine" must be auto, redis or valkey, not the text "reddis"
      5 |   b: { url: redis://localhost, managed: {} }
      6 |   c: {}
    > 7 |   d: { managed: { engine: reddis } }
        |                           ^^^^^^
      8 |
      did you mean "redis"?

    6 problems in 1 file; nothing was run
    "
  `);
});

describe('init', () => {
  test('writes what runs', async () => {
    const cwd = folderWith();
    expect(await runRedrill(['init'], { cwd })).toEqual({
      exitCode: 0,
      stdout: `wrote  scenarios/session.yaml
wrote  redrill.config.yaml
wrote  .github/workflows/redrill.yaml

Next: redrill run
`,
      stderr: '',
    });
    expect(await runRedrill(['run'], { cwd })).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await runRedrill(['validate'], { cwd })).stdout).toBe('1 file with 1 case: valid\n');
  });

  test('keeps what is there', async () => {
    const cwd = folderWith({ 'redrill.config.yaml': 'env: []\n' });
    expect((await runRedrill(['init'], { cwd })).stdout).toContain('kept   redrill.config.yaml\n');
    expect(readFileSync(path.join(cwd, 'redrill.config.yaml'), 'utf8')).toBe('env: []\n');
    expect(existsSync(path.join(cwd, 'scenarios/session.yaml'))).toBe(true);
  });

  test('says where it cannot write', async () => {
    expect(await runRedrill(['init'], { cwd: '/proc' })).toEqual({
      exitCode: 4,
      stdout: '',
      stderr:
        "redrill: scenarios/session.yaml could not be written: ENOENT: no such file or directory, mkdir 'scenarios'\n" +
        '  go to a folder of your own\n',
    });
  });
});
