import { describe, expect, inject, test } from 'vitest';
import { openConnection } from '../../../src/redis/connection.js';
import { parseRedisUrl } from '../../../src/redis/url.js';
import { type Finished, folderWith, runRedrill, startRedrill } from '../../support/redrill.js';
import { ServerRoom } from '../../targets/processes.js';

const PATIENCE = { timeout: 15_000, interval: 20 };

/** A run that is given these commands. */
function debug(
  files: Readonly<Record<string, string>>,
  commands: readonly string[],
  ...flags: string[]
): Promise<Finished> {
  const cwd = folderWith(files);
  const args = ['run', '.', '--debug', '--url', inject('serverUrl'), ...flags];
  return runRedrill(args, {
    cwd,
    input: commands.map((command) => `${command}\n`).join(''),
    env: { SECRET: 'hunter2!' },
  });
}

const withoutTimes = (text: string): string => text.replaceAll(/\([\d.]+(?:µs|ms|s)\)/g, '(…)');
/** What it said after each command, without the prompts. */
const answers = ({ stderr }: Finished): string[] => withoutTimes(stderr).split('debug> ').slice(1);

test('goes step by step, into steps too, and stops where one fails', async () => {
  const files = {
    'a.yaml': `name: a
vars: { total: 3 }
steps:
  - command: SET key \${{ vars.total }}
    expect: OK
  - include: { file: _more/count.yaml, with: { by: 1 } }
  - if: vars.total > 3
    command: PING
  - command: GET key
    expect: "5"
teardown:
  - command: DEL key
`,
    '_more/count.yaml': `- command: INCRBY key \${{ vars.by }}
- repeat: { times: 2, steps: [{ command: INCR key, id: counted }] }
`,
  };
  const finished = await debug(files, ['n', 's', 'n', 's', '', 'n', 'r', 'l', 'p steps', 'n', 'n', 'n']);
  expect(finished.exitCode).toBe(1);
  expect(withoutTimes(finished.stderr)).toMatchInlineSnapshot(`
    "
    a

    a.yaml:4:5 command SET key 3
      2 | vars: { total: 3 }
      3 | steps:
    > 4 |   - command: SET key \${{ vars.total }}
        |     ^^^^^^^
      5 |     expect: OK
      6 |   - include: { file: _more/count.yaml, with: { by: 1 } }
    input ["SET", "key", "3"]
    debug> n
    ✓ command SET key 3 (…) → "OK"

    a.yaml:6:5 include _more/count.yaml
      4 |   - command: SET key \${{ vars.total }}
      5 |     expect: OK
    > 6 |   - include: { file: _more/count.yaml, with: { by: 1 } }
        |     ^^^^^^^
      7 |   - if: vars.total > 3
      8 |     command: PING
    input { file: "(2 steps)", with: { by: 1 } }
    debug> s

    _more/count.yaml:1:3 include _more/count.yaml › command INCRBY key 1
    > 1 | - command: INCRBY key \${{ vars.by }}
        |   ^^^^^^^
      2 | - repeat: { times: 2, steps: [{ command: INCR key, id: counted }] }
      3 |
    input ["INCRBY", "key", "1"]
    debug> n
    ✓ command INCRBY key 1 (…) → 4

    _more/count.yaml:2:3 include _more/count.yaml › repeat
      1 | - command: INCRBY key \${{ vars.by }}
    > 2 | - repeat: { times: 2, steps: [{ command: INCR key, id: counted }] }
        |   ^^^^^^
      3 |
    input { times: 2, steps: "(1 step)", concurrency: 1 }
    debug> s

    _more/count.yaml:2:33 include _more/count.yaml › repeat #0 › command INCR key
      1 | - command: INCRBY key \${{ vars.by }}
    > 2 | - repeat: { times: 2, steps: [{ command: INCR key, id: counted }] }
        |                                 ^^^^^^^
      3 |
    input ["INCR", "key"]
    debug> 
    ✓ command INCR key (…) → 5

    _more/count.yaml:2:33 include _more/count.yaml › repeat #1 › command INCR key
      1 | - command: INCRBY key \${{ vars.by }}
    > 2 | - repeat: { times: 2, steps: [{ command: INCR key, id: counted }] }
        |                                 ^^^^^^^
      3 |
    input ["INCR", "key"]
    debug> n
    ✓ command INCR key (…) → 6
    ✓ repeat (…) → { iterations: 2, results: [5, 6] }
    ✓ include _more/count.yaml (…) → { last: { iterations: 2, results: [5, 6] } }
    ○ command PING (…) if: vars.total > 3 is false

    a.yaml:9:5 command GET key
       7 |   - if: vars.total > 3
       8 |     command: PING
    >  9 |   - command: GET key
         |     ^^^^^^^
      10 |     expect: "5"
      11 | teardown:
    input ["GET", "key"]
    debug> r
    { last: { iterations: 2, results: [5, 6] } }
    debug> l

    a.yaml:9:5 command GET key
       7 |   - if: vars.total > 3
       8 |     command: PING
    >  9 |   - command: GET key
         |     ^^^^^^^
      10 |     expect: "5"
      11 | teardown:
    input ["GET", "key"]
    debug> p steps
    {}
    debug> n

    ✗ command GET key
    the result is not as expected

    a.yaml:10:13
       8 |     command: PING
       9 |   - command: GET key
    > 10 |     expect: "5"
         |             ^^^
      11 | teardown:
      12 |   - command: DEL key

    the whole result
      expected  "5"
      actual    "6"
    debug> n

    a.yaml:12:5 command DEL key
      10 |     expect: "5"
      11 | teardown:
    > 12 |   - command: DEL key
         |     ^^^^^^^
      13 |
    input ["DEL", "key"]
    debug> n
    ✓ command DEL key (…) → 1
    "
  `);
  expect(finished.stdout).toContain('✗ command GET key');
});

const COUNTS = `name: counts
vars: { names: [a, b] }
steps:
  - repeat:
      times: 50
      steps: [{ command: INCR n, id: n, expect: { $lt: 40 } }]
  - command: GET n
`;

test('c runs on to what fails, with its scope alive, and o out of a loop', async () => {
  const commands = ['s', 'o', 'p steps.n + index', 'p vars.names.map(n, n + "!")', 'c'];
  const finished = await debug({ 'a.yaml': COUNTS }, commands);
  const said = answers(finished);
  expect(said[1]).toContain('✗ repeat #39 › command INCR n');
  expect(said[1]).toContain('actual    40');
  expect(said.slice(2)).toEqual(['p steps.n + index\n79\n', 'p vars.names.map(n, n + "!")\n["a!", "b!"]\n', 'c\n']);
  expect(finished.exitCode).toBe(1);
  const passes = { 'a.yaml': COUNTS.replace('40', '400') };
  expect(answers(await debug(passes, ['s', 's', 'o', 'q']))[2]).toMatch(
    /^o\n✓ repeat \(…\) → \{ iterations: 50, [\s\S]*\n> 7 \| {3}- command: GET n\n/,
  );
});

test.each<[command: string, answer: string]>([
  ['p', 'write an expression behind it: p size(vars)'],
  ['p vars.nmes', 'vars.nmes\n     ^^^^ vars has no key "nmes"'],
  ['p ${{ size(vars.names) }}', '2'],
  ['p env.SECRET + " " + vars.names[0]', '"*** a"'],
  ['p target.kind', '"url"'],
  ['r', 'there is no result yet'],
  ['i', '{ times: 50, steps: "(1 step)", concurrency: 1 }'],
  ['x', 'there is no command "x"; h lists them'],
  [
    'p [1].map(n, {"list": [n, "y"], "text": "a text that is long", "one": {"more": "0123456789 0123456789 0123456789"}})',
    '- list:\n    - 1\n    - y\n  text: a text that is long\n  one:\n    more: 0123456789 0123456789 0123456789',
  ],
])('%s', async (command, answer) => {
  const files = { 'a.yaml': COUNTS, 'redrill.config.yaml': 'env: [SECRET]\n' };
  const finished = await debug(files, [command, 'q']);
  expect(answers(finished)[0]).toBe(`${command}\n${answer}\n`);
});

test('shows names without their namespace, and no secrets', async () => {
  const files = {
    'redrill.config.yaml': 'env: [SECRET]\n',
    'a.yaml': `name: a
steps:
  - queue.push: { queue: orders, count: 2, message: "\${{ env.SECRET }}-\${{ index }}" }
  - cache.set: { key: "user:\${{ env.SECRET }}", value: { password: "\${{ env.SECRET }}" } }
  - command: ECHO \${{ env.SECRET }}
    expect: nothing
`,
  };
  const finished = await debug(files, ['n', 'n', 'n', 'r', 'n']);
  expect(finished.exitCode).toBe(1);
  expect(finished.stderr).toContain('queue: orders\ncount: 2\nmessage: ${{ env.SECRET }}-${{ index }}\n');
  expect(finished.stderr).toContain('input { key: "user:***", value: { password: "***" }');
  expect(finished.stderr).not.toContain('hunter2');
  expect(finished.stderr).not.toContain('redrill:');
});

test('shows an input that cannot be had, and then what becomes of it', async () => {
  const files = { 'a.yaml': 'name: a\nsteps:\n  - command: PING\n    id: a\n  - command: ECHO ${{ steps.a.b }}\n' };
  const finished = await debug(files, ['n', 'n', 'n']);
  expect(answers(finished)[0]).toContain('input cannot be had: ');
  expect(finished.exitCode).toBe(4);
});

describe('the time at the prompt', () => {
  const SLOW = `name: a
timeout: 3s
steps:
  - repeat:
      times: 1
      steps: [{ command: PING, expect: PONG }]
    timeout: 3s
  - command: PING
    expect: PONG
`;

  test('counts for no limit and in no duration', async () => {
    const cwd = folderWith({ 'a.yaml': SLOW });
    const args = ['run', 'a.yaml', '--debug', '--url', inject('serverUrl')];
    const { child, finished } = startRedrill(args, { cwd, input: 'open' });
    let said = '';
    child.stderr?.on('data', (text: string) => {
      said += text;
    });
    const prompts = (times: number) => expect.poll(() => said.split('debug> ').length - 1, PATIENCE).toBe(times);
    await prompts(1);
    child.stdin?.write('s\n');
    await prompts(2);
    const before = performance.now();
    await expect.poll(() => performance.now() - before, { timeout: 10_000 }).toBeGreaterThan(3_200);
    child.stdin?.write('c\n');
    const { exitCode, stdout } = await finished;
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/✓ a \(3 steps, [\d.]+ms\)/)]);
  });
});

const TORN_DOWN = `name: a
steps:
  - command: SET key 1
    expect: OK
  - command: SET other 1
    expect: OK
teardown:
  - command: DEL key
    expect: 1
---
name: b
steps: [{ command: PING, expect: PONG }]
`;

describe('the end', () => {
  test.each([
    ['q', ['n', 'q']],
    ['the end of its input', ['n']],
  ])('by %s: teardown runs, and nothing is left', async (_, commands) => {
    await using redis = await openConnection(parseRedisUrl(inject('serverUrl')), { name: 'debug.test' });
    const finished = await debug({ 'a.yaml': TORN_DOWN }, commands, '--report', 'ndjson', '--jobs', '8');
    expect(finished.exitCode).toBe(130);
    const events = finished.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const teardown = events.filter(({ type, step }) => type === 'step.finished' && step.section === 'teardown');
    expect(teardown).toMatchObject([{ verdict: 'passed' }]);
    expect(events.at(-1)).toMatchObject({ reason: 'ended in the debugger' });
    const started = events.filter(({ type }) => type === 'case.started');
    expect(started).toHaveLength(1);
    expect(await redis.call(['KEYS', `${started[0].namespace}*`])).toEqual([]);
  });

  test('by a signal at the prompt', async () => {
    await using room = new ServerRoom();
    const cwd = folderWith({ 'a.yaml': TORN_DOWN });
    const { child, finished } = startRedrill(['run', 'a.yaml', '--debug'], {
      cwd,
      input: 'open',
      env: { TMPDIR: room.folder },
    });
    let said = '';
    child.stderr?.on('data', (text: string) => {
      said += text;
    });
    await expect.poll(() => said, PATIENCE).toContain('debug> ');
    child.kill('SIGTERM');
    expect((await finished).exitCode).toBe(143);
    await room.expectEmpty();
  });
});

test('asks one thing after the other where steps run beside one another', async () => {
  const files = {
    'a.yaml': `name: a
steps:
  - command: GET nothing
    id: behind
    background: true
    expect: something
  - parallel:
      - [{ command: ECHO 1, expect: "1" }]
      - [{ command: ECHO 2, expect: "2" }]
`,
  };
  const finished = await debug(files, ['s', 's', 's', 's', 's', 's']);
  const stops = withoutTimes(finished.stderr).match(/^a\.yaml.* .*|^✗.*/gm);
  expect(stops?.map((line) => line.replace(/^\S+:\d+:\d+ /, '')).sort()).toMatchInlineSnapshot(`
    [
      "command GET nothing",
      "parallel",
      "parallel branch1 › command ECHO 1",
      "parallel branch2 › command ECHO 2",
      "✗ command GET nothing",
    ]
  `);
  expect(finished.exitCode).toBe(1);
});
