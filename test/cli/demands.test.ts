import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Target } from '../../src/contracts/target.js';
import { folderWith, readReport, runRedrill } from '../support/redrill.js';
import { startTestServer } from '../support/server.js';

/** The file's cases with their verdicts, and why. */
async function run(files: Readonly<Record<string, string>>, ...flags: string[]) {
  const cwd = folderWith(files);
  const args = ['run', 'a.yaml', '--report', 'json=report.json', ...flags];
  const { exitCode, stderr } = await runRedrill(args, { cwd });
  if (exitCode === 3) return { exitCode, stderr, cases: [] };
  const cases = readReport(path.join(cwd, 'report.json')).files.flatMap((file) => file.cases);
  return { exitCode, stderr, cases: cases.map(({ name, verdict, reason }) => [name, verdict, reason] as const) };
}

const PASSES = 'steps: [{ command: PING, expect: PONG }]\n';

describe('a command that is refused', () => {
  let server: Target;
  beforeAll(async () => {
    const rules = '~* &* +@all -keys -wait -psubscribe -object -client|kill -function';
    server = await startTestServer({ acl: { as: 'app', users: [{ name: 'app', rules }] } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const refused = (name: string, by: string | null, full = name) =>
    `needs ${name}${by === null ? '' : ` (${by})`}, and the server refuses it: ` +
    `NOPERM this user has no permissions to run the '${full.toLowerCase().replace(' ', '|')}' command`;

  /** Which versions of servers say otherwise. */
  const alike = (text: string | undefined) => text?.replace('User app has', 'this user has');

  test.each<[what: string, steps: string, reason: string | null]>([
    ['alone', 'steps: [{ command: WAIT 0 1, expect: 0 }]', refused('WAIT', 'command')],
    [
      'by a name from vars',
      'vars: { c: WAIT }\nsteps: [{ command: ["${{ vars.c }}", 0, 1], expect: 0 }]',
      refused('WAIT', 'command'),
    ],
    [
      'in a pipeline',
      'steps: [{ pipeline: [PING, OBJECT ENCODING a], expect: [PONG, x] }]',
      refused('OBJECT ENCODING', 'pipeline'),
    ],
    [
      'in a transaction',
      'steps: [{ transaction: [[OBJECT, FREQ, a]], expect: [1] }]',
      refused('OBJECT FREQ', 'transaction'),
    ],
    [
      'in a script',
      `steps: [{ script: { lua: "return redis.call('function', 'list')" }, expect: 0 }]`,
      refused('FUNCTION LIST', 'script'),
    ],
    [
      'in EVAL',
      `steps: [{ command: [EVAL, "return redis.call('WAIT', 0, 1)", 0], expect: 0 }]`,
      refused('WAIT', 'command'),
    ],
    [
      'in a handler',
      'steps:\n  - queue.push: { queue: q, count: 1 }\n  - queue.work: { queue: q, handler: { do: [WAIT 0 1] } }\n    expect: { completed: 1 }',
      refused('WAIT', 'queue.work'),
    ],
    [
      'of an action',
      'steps: [{ pubsub.subscribe: { patterns: "a*" }, id: s }, { stop: s, expect: { received: 0 } }]',
      refused('PSUBSCRIBE', 'pubsub.subscribe'),
    ],
    [
      'in a loop',
      'steps: [{ repeat: { times: 2, steps: [{ command: WAIT 0 1, expect: 0 }] } }]',
      refused('WAIT', 'command'),
    ],
    ['in teardown', `${PASSES}teardown: [{ command: WAIT 0 1 }]`, refused('WAIT', 'command')],
    ['under always', `${PASSES}always: [{ command: WAIT 0 1, expect: 0 }]`, refused('WAIT', 'command')],
    ['in requires', `requires: { commands: [get, client kill] }\n${PASSES}`, refused('CLIENT KILL', null)],
    [
      'unknown in requires',
      `requires: { commands: NO.SUCH }\n${PASSES}`,
      'needs NO.SUCH, and the server does not know it',
    ],
    ['that is awaited', 'steps: [{ command: WAIT 0 1, expectError: { code: NOPERM } }]', null],
    [
      'that is awaited as a value',
      'steps: [{ pipeline: [PING, WAIT 0 1], expect: [PONG, { error: { code: NOPERM } }] }]',
      null,
    ],
    [
      'that is awaited within a loop',
      'steps: [{ repeat: { times: 2, steps: [{ command: WAIT 0 1, expectError: { code: { $in: [NOPERM] } } }] } }]',
      null,
    ],
    ['that is not run', `steps: [{ command: WAIT 0 1, if: "size('') > 0" }, { command: PING, expect: PONG }]`, null],
    ['in catch', `${PASSES}catch: [{ command: CLIENT KILL ID 1 }]`, null],
    ['that may fail', `${PASSES}always: [{ command: WAIT 0 1, onError: ignore, expect: 0 }]`, null],
    [
      'that a script can do without',
      `steps: [{ script: { lua: "redis.pcall('WAIT', 0, 1) return 1" }, expect: 1 }]`,
      null,
    ],
    [
      'named by an argument of a script',
      'steps: [{ script: { lua: "return ARGV[1]", args: [WAIT] }, expect: WAIT }]',
      null,
    ],
  ])('%s', async (_, steps, reason) => {
    const { cases } = await run({ 'a.yaml': `name: a\n${steps}\n` }, '--url', server.url);
    const found = cases.map(([, verdict, why]) => [verdict, alike(why)]);
    if (reason !== null) expect(found).toEqual([['skipped', reason]]);
    // A case of which every sample failed proves nothing of its invariant.
    else expect(found[0]?.[0]).not.toBe('skipped');
  });

  test('what is mistyped is seen where it stands', async () => {
    const scenario = `name: of a command
steps: [{ command: GTE a, expect: 0 }]
---
name: of a subcommand
steps: [{ command: CLIENT KLIL, expect: 0 }]
`;
    const { cases } = await run({ 'a.yaml': scenario }, '--url', server.url);
    expect(cases.map(([, verdict]) => verdict).sort()).toEqual(['errored', 'failed']);
  });

  test('a step that awaits another error is skipped', async () => {
    const scenario = 'name: a\nsteps: [{ command: OBJECT ENCODING a, expectError: { code: WRONGTYPE } }]\n';
    const { cases } = await run({ 'a.yaml': scenario }, '--url', server.url);
    expect(cases[0]?.[1]).toBe('skipped');
  });
});

describe('requires', () => {
  test.each<[requires: string, said: string]>([
    ['{ capabilities: [failver] }', 'this must be configure, pause, kill, restart or failover, not the text "failver"'],
    ['{ capabilities: [] }', '"capabilities" is an empty list'],
    ['{ commands: [CLIENT] }', '"CLIENT" has subcommands'],
    ['{ commands: "SET key value" }', '"SET key value" is not the name of a command'],
    ['{ commands: "*" }', '"*" is not the name of a command'],
  ])('%s', async (requires, said) => {
    const { exitCode, stderr } = await run({ 'a.yaml': `name: a\nrequires: ${requires}\n${PASSES}` });
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining(said)]);
  });

  test('a misspelt capability has a suggestion', async () => {
    const { stderr } = await run({ 'a.yaml': `name: a\nrequires: { capabilities: [failver] }\n${PASSES}` });
    expect(stderr).toContain('did you mean "failover"?');
  });
});

const PLUGIN = `export const bounce = {
  name: 'node.bounce',
  summary: 'Kills a node and starts it again.',
  capabilities: ['kill', 'restart'],
  input: { type: 'object', properties: {} },
  result: { type: 'object', properties: { bounced: { type: 'string' } } },
  async run(input, { capability }) {
    const [node] = capability('kill');
    await node.kill();
    await node.restart();
    return { bounced: node.name };
  },
};
export const sly = { ...bounce, name: 'node.sly', capabilities: undefined };
`;

describe('a capability that a step needs', () => {
  const files = (scenario: string) => ({
    'redrill.config.yaml': 'plugins: [plugin.mjs]\n',
    'plugin.mjs': PLUGIN,
    'a.yaml': scenario,
  });
  const BOUNCES = `name: bounces
steps:
  - node.bounce: {}
    expect: { bounced: primary }
  - command: { $: 1 }
`.replace('  - command: { $: 1 }\n', '  - command: PING\n    within: 5s\n    expect: PONG\n');
  const STAYS = 'name: stays\nsteps: [{ command: SET a 1 }, { wait: 500ms }, { command: GET a, expect: "1" }]\n';

  test('is done to a server of the case alone', async () => {
    const { exitCode, cases } = await run(files([BOUNCES, STAYS].join('---\n')));
    expect([exitCode, new Map(cases.map(([name, verdict]) => [name, verdict]))]).toEqual([
      0,
      new Map([
        ['bounces', 'passed'],
        ['stays', 'passed'],
      ]),
    ]);
  });

  test('is skipped where the target lacks it', async () => {
    const scenario = `${BOUNCES}---\nname: asks\nrequires: { capabilities: [pause] }\n${PASSES}---\n${STAYS}`;
    const { exitCode, cases } = await run(files(scenario), '--url', inject('serverUrl'));
    expect([exitCode, new Map(cases.map(([name, verdict, reason]) => [name, reason ?? verdict]))]).toEqual([
      0,
      new Map([
        ['bounces', 'needs kill (node.bounce), and the url target cannot do that: none of its servers can be touched'],
        ['asks', 'needs pause, and the url target cannot do that: none of its servers can be touched'],
        ['stays', 'passed'],
      ]),
    ]);
  });

  test('and a standalone server cannot fail over', async () => {
    const { cases } = await run({ 'a.yaml': `name: a\nrequires: { capabilities: [kill, failover] }\n${PASSES}` });
    expect(cases).toEqual([
      ['a', 'skipped', 'needs failover, and the managed target cannot do that: it can configure, pause, kill, restart'],
    ]);
  });

  test('must be named', async () => {
    const url = ['--url', inject('serverUrl')];
    const scenario = 'name: a\nsteps: [{ node.sly: {}, expect: { bounced: primary } }]\n';
    const { exitCode, cases } = await run(files(scenario), ...url);
    expect([exitCode, cases[0]?.[1]]).toEqual([4, 'errored']);
    const strange = { ...files(scenario), 'plugin.mjs': PLUGIN.replace("['kill', 'restart']", "['kil']") };
    expect((await run(strange, ...url)).stderr).toBe(
      'redrill: the plugin\'s action "node.bounce" needs kil, which is none of configure, pause, kill, restart, failover\n' +
        '  see docs/plugins.md\n',
    );
  });
});

describe('a server that takes no writes', () => {
  test('serves cases that only look', async () => {
    await using target = await startTestServer({ topology: 'replicas' });
    const { password } = new URL(target.url);
    const replica = target.node!('replica-1').address;
    const url = ['--url', `redis://:${password}@${replica}`];
    const LOOKS = `name: looks
keys: literal
steps:
  - command: GET absent
    expect: null
  - pipeline: [EXISTS absent, "TTL absent"]
    expect: [0, -2]
  - cache.get: { key: absent }
    expect: { hit: false }
  - queue.inspect: { queue: absent }
    expect: { ready: 0 }
  - script: { lua: "return redis.call('GET', KEYS[1])", keys: [absent] }
    expect: null
---
name: sees that it is refused
steps: [{ command: SET a 1, expectError: { code: READONLY } }]
`;
    const WRITES = [
      '{ command: SET a 1, expect: OK }',
      '{ cache.set: { key: a, value: 1 }, expect: { stored: true } }',
    ];
    const writing = WRITES.map((step, index) => `name: writes ${index}\nsteps: [${step}]\n`).join('---\n');
    const looked = await run({ 'a.yaml': LOOKS }, ...url);
    expect([looked.exitCode, looked.cases.map(([name, verdict]) => [name, verdict])]).toEqual([
      0,
      [
        ['looks', 'passed'],
        ['sees that it is refused', 'passed'],
      ],
    ]);
    const both = await run({ 'a.yaml': `${LOOKS}---\n${writing}` }, ...url);
    const why = `${replica} takes no writes: it is a replica (READONLY)`;
    expect([both.exitCode, both.cases.slice(-2)]).toEqual([
      4,
      [
        ['writes 0', 'errored', why],
        ['writes 1', 'errored', why],
      ],
    ]);
    const wrote = await run({ 'a.yaml': writing }, ...url);
    expect([wrote.exitCode, wrote.cases, wrote.stderr]).toEqual([
      4,
      [],
      `redrill: ${why}\n  use the address of the primary\n`,
    ]);
  }, 30_000);
});
