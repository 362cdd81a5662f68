import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { openConnection } from '../../../src/redis/connection.js';
import { parseRedisUrl } from '../../../src/redis/url.js';
import { folderWith, runRedrill } from '../../support/redrill.js';
import { ServerRoom } from '../../targets/processes.js';
import { Watching } from './watching.js';

const passes = (name: string, reply = 'PONG'): string =>
  `name: ${name}\nsteps: [{ command: PING, expect: ${reply} }]\n`;

describe('a save', () => {
  test.each<[how: string, save: (watching: Watching, text: string) => unknown]>([
    ['in place', (watching, text) => watching.write('scenarios/a.yaml', text)],
    ['by another file in its place', (watching, text) => watching.replace('scenarios/a.yaml', text)],
    [
      'emptied first',
      async (watching, text) => {
        watching.write('scenarios/a.yaml', '');
        await sleep(5);
        watching.write('scenarios/a.yaml', text);
      },
    ],
    [
      'taken away first',
      (watching, text) => {
        watching.remove('scenarios/a.yaml');
        watching.write('scenarios/a.yaml', text);
      },
    ],
  ])('%s runs the file again, on the same server, as often as it is saved', async (_, save) => {
    await using room = new ServerRoom();
    const cwd = folderWith({ 'scenarios/a.yaml': passes('a'), 'scenarios/b.yaml': passes('b') });
    const watching = new Watching(cwd, [], { TMPDIR: room.folder });
    await watching.untilWaiting(1);
    for (const time of [2, 3, 4]) {
      await save(watching, passes(`a${time}`));
      await watching.untilRan(`a${time} passed`);
    }
    const [first, ...others] = watching.runs();
    expect(watching.outcomes()[0]).toBe('a passed, b passed');
    expect(new Set(others.flatMap(({ cases }) => cases.map((one) => one.case.file)))).toEqual(
      new Set(['scenarios/a.yaml']),
    );
    expect(new Set(others.map(({ started }) => started.target?.address))).toEqual(
      new Set([first?.started.target?.address]),
    );
    expect(room.servers()).toHaveLength(1);
    expect(await watching.end()).toBe(143);
    await room.expectEmpty();
  });

  test('of a file that scenarios read or name runs those', async () => {
    const cwd = folderWith({
      'scenarios/reads.yaml': 'name: reads\nsteps: [{ include: { file: ../shared/steps.yaml } }]\n',
      'scenarios/other.yaml': passes('other'),
      'shared/steps.yaml': '- script: { file: lua/answer.lua }\n  expect: 1\n',
      'shared/lua/answer.lua': 'return 1',
    });
    const watching = new Watching(cwd, ['--url', inject('serverUrl')]);
    await watching.untilWaiting(1);
    watching.replace('shared/lua/answer.lua', 'return 2');
    await watching.untilRan('reads failed');
    watching.replace('shared/steps.yaml', '- script: { file: lua/answer.lua }\n  expect: 2\n');
    await watching.untilRan('reads passed');
    watching.replace('shared/lua/answer.lua', 'return 3');
    await watching.untilRan('reads failed');
    await watching.untilWaiting(4);
    expect(watching.outcomes()).toEqual(['other passed, reads passed', 'reads failed', 'reads passed', 'reads failed']);
    expect(watching.stderr).toContain('1 case did not pass.\nWatching 2 scenario files for changes.');
  });

  test('of a program that a scenario names runs it, and what the program writes does not', async () => {
    const cwd = folderWith({
      'scenarios/a.yaml': `name: a
steps:
  - process.start: { run: [sh, ../bin/worker.sh, ../bin/log.txt], ready: { output: "v1" } }
    id: worker
  - wait: 100ms
  - command: PING
    expect: PONG
`,
      'bin/worker.sh': 'echo v1; while true; do echo at work >> $1; sleep 0.01; done',
    });
    const watching = new Watching(cwd, ['--url', inject('serverUrl'), '--allow-run']);
    await watching.untilWaiting(1);
    await sleep(50); // longer ago than the file system's clock can be late
    watching.replace('bin/worker.sh', '# saved\necho v1; while true; do echo at work >> $1; sleep 0.01; done');
    await watching.untilWaiting(2);
    watching.replace('scenarios/b.yaml', passes('b'));
    await watching.untilRan('b passed');
    expect(watching.outcomes()).toEqual(['a passed', 'a passed', 'b passed']);
  });

  test('is heard of beside a log that grows all the time', async () => {
    const cwd = folderWith({ 'a.yaml': passes('a'), 'b.yaml': passes('b'), 'app.log': '' });
    const log = setInterval(() => appendFileSync(path.join(cwd, 'app.log'), 'at work\n'), 2);
    onTestFinished(() => clearInterval(log));
    const watching = new Watching(cwd, ['.', '--url', inject('serverUrl')]);
    await watching.untilWaiting(1);
    watching.replace('b.yaml', passes('b2'));
    await watching.untilRan('b2 passed');
    await watching.untilWaiting(2);
    expect(watching.outcomes()).toEqual(['a passed, b passed', 'b2 passed']);
  });

  test('of a plugin, of what it imports, or of the configuration runs everything', async () => {
    const plugin = `import { answer } from './lib/answer.mjs';
export const ask = {
  name: 'answer.ask', input: { type: 'object' }, result: { type: 'object' }, async run() { return { answer }; },
};\n`;
    const asks = 'name: asks\nsteps: [{ answer.ask: {}, expect: { answer: 1 } }]\n';
    const cwd = folderWith({
      'redrill.config.yaml': 'plugins: [plugins/ask.mjs]\n',
      'plugins/ask.mjs': plugin,
      'plugins/lib/answer.mjs': 'export const answer = 1;\n',
      'scenarios/a.yaml': asks,
      'scenarios/b.yaml': passes('b'),
    });
    const watching = new Watching(cwd);
    await watching.untilWaiting(1);
    watching.replace('plugins/lib/answer.mjs', 'export const answer = 2;\n');
    await watching.untilWaiting(2);
    watching.replace('plugins/ask.mjs', 'export const =');
    await watching.untilSaid(/redrill: the plugin plugins\/ask\.mjs could not be loaded: Unexpected token '='/);
    await watching.untilWaiting(3);
    watching.replace('plugins/ask.mjs', plugin.replace('{ answer }; ', '{ answer: answer - 1 }; '));
    await watching.untilWaiting(4);
    watching.replace('redrill.config.yaml', 'plugins: [plugins/ask.mjs]\ntarget: nowhere\n');
    await watching.untilSaid('redrill: there is no target "nowhere"');
    await watching.untilWaiting(5);
    watching.replace('redrill.config.yaml', 'plugin: [plugins/ask.mjs]\n');
    await watching.untilSaid('redrill.config.yaml:1:1 ');
    await watching.untilWaiting(6);
    watching.write(
      'redrill.config.yaml',
      'plugins: [plugins/ask.mjs]\ntargets: { mine: { managed: {} } }\ntarget: mine\n',
    );
    await watching.untilWaiting(7);
    expect(watching.outcomes()).toEqual([
      'asks passed, b passed',
      'asks failed, b passed',
      'asks passed, b passed',
      'asks passed, b passed',
    ]);
    const addresses = watching.runs().map(({ started }) => started.target?.address);
    expect(addresses[3]).not.toBe(addresses[2]);
  });
});

describe('a file', () => {
  test('with problems is told of, and the others run', async () => {
    const cwd = folderWith({
      'scenarios/a.yaml': 'name: a\nsteps: [{ comand: PING }]\n',
      'scenarios/b.yaml': passes('b'),
    });
    const watching = new Watching(cwd, ['--url', inject('serverUrl')]);
    await watching.untilWaiting(1);
    expect(watching.stderr).toMatchInlineSnapshot(`
      "scenarios/a.yaml:2:11 unknown action "comand"
        1 | name: a
      > 2 | steps: [{ comand: PING }]
          |           ^^^^^^
        3 |
        did you mean "command"?

      1 problem in 1 file; watching goes on

      1 file has problems, and did not run.
      Watching 2 scenario files for changes.
      "
    `);
    watching.replace('scenarios/a.yaml', 'name: [');
    await watching.untilSaid('YAML: ');
    await watching.untilWaiting(2);
    watching.replace('scenarios/a.yaml', passes('a'));
    await watching.untilWaiting(3);
    expect(watching.outcomes()).toEqual(['b passed', 'a passed']);
    expect(watching.stderr).toMatch(/\nWatching 2 scenario files for changes\.\n$/);
  });

  test('that is new is found, in a new folder too, and one that is gone is forgotten', async () => {
    const cwd = folderWith({ 'scenarios/a.yaml': passes('a', 'PANG') });
    const watching = new Watching(cwd, ['--url', inject('serverUrl')]);
    await watching.untilWaiting(1);
    mkdirSync(path.join(cwd, 'scenarios/more/deep'), { recursive: true });
    watching.replace('scenarios/more/deep/b.yaml', passes('b'));
    await watching.untilRan('b passed');
    watching.replace('scenarios/more/deep/b.yaml', passes('b2'));
    await watching.untilRan('b2 passed');
    watching.remove('scenarios/more');
    watching.remove('scenarios/a.yaml');
    watching.replace('scenarios/c.yaml', passes('c'));
    await watching.untilRan('c passed');
    await watching.untilWaiting(4);
    expect(watching.outcomes()).toEqual(['a failed', 'b passed', 'b2 passed', 'c passed']);
    expect(watching.stderr).toMatch(/\n\nWatching 1 scenario file for changes\.\n$/);
  });

  test('to include that was not there is found when it comes', async () => {
    const cwd = folderWith({
      'scenarios/a.yaml': 'name: a\nsteps: [{ include: { file: _more/steps.yaml } }]\n',
      'scenarios/_more/x': '',
    });
    const watching = new Watching(cwd, ['--url', inject('serverUrl')]);
    await watching.untilSaid('there is no file _more/steps.yaml');
    await watching.untilWaiting(1);
    watching.replace('scenarios/_more/steps.yaml', '- command: PING\n  expect: PONG\n');
    await watching.untilWaiting(2);
    expect(watching.outcomes()).toEqual(['a passed']);
  });

  test('that the command line names may go and come again; a glob finds new ones', async () => {
    const cwd = folderWith({ 'one.yaml': passes('one'), 'more/a.yaml': passes('a') });
    const watching = new Watching(cwd, ['one.yaml', 'more/*.yaml', '--url', inject('serverUrl')]);
    await watching.untilWaiting(1);
    watching.remove('one.yaml');
    await watching.untilSaid('redrill: there is no file, folder or match for one.yaml');
    await watching.untilWaiting(2);
    watching.replace('one.yaml', passes('one2'));
    await watching.untilRan('one2 passed');
    watching.replace('more/b.yaml', passes('b'));
    await watching.untilRan('b passed');
    expect(watching.outcomes()).toEqual(['a passed, one passed', 'one2 passed', 'b passed']);
  });
});

describe('a run in progress', () => {
  const SLOW = (note: string): string => `name: slow
# ${note}
steps:
  - command: SET begun 1
    expect: OK
  - wait: 60s
teardown:
  - command: DEL begun
    expect: 1
---
name: other
steps: [{ command: PING, expect: PONG }]
`;

  test('ends in order when its file is saved, and begins anew', async () => {
    await using redis = await openConnection(parseRedisUrl(inject('serverUrl')), { name: 'watch.test' });
    const cwd = folderWith({ 'scenarios/a.yaml': SLOW('first') });
    const watching = new Watching(cwd, ['--url', inject('serverUrl')]);
    const begun = (runs: number) => () =>
      watching.events().filter((event) => event.type === 'step.started' && event.step.title === 'wait 60s').length ===
      runs;
    await watching.until(begun(1));
    watching.replace('scenarios/b.yaml', passes('b'));
    watching.replace('scenarios/a.yaml', SLOW('second'));
    await watching.until(begun(2));
    watching.replace('scenarios/a.yaml', passes('fast'));
    await watching.untilWaiting(1);
    expect(watching.outcomes().join(', ')).toContain('b passed');
    const runs = watching.runs();
    const [first, second] = runs;
    const last = runs.at(-1);
    expect(first?.finished).toMatchObject({ reason: 'interrupted by a save', exitCode: 130 });
    expect(second?.finished).toMatchObject({ reason: 'interrupted by a save' });
    expect(last?.cases.map(({ case: { name } }) => name).sort()).toEqual(['fast']);
    const teardown = watching
      .events()
      .filter((event) => event.type === 'step.finished' && event.step.section === 'teardown');
    expect(teardown).toMatchObject([{ verdict: 'passed' }, { verdict: 'passed' }]);
    const namespaces = watching.events().flatMap((event) => (event.type === 'case.started' ? event.namespace : []));
    for (const namespace of namespaces) expect(await redis.call(['KEYS', `${namespace}*`])).toEqual([]);
    expect(watching.stderr).toContain('Watching 2 scenario files for changes.');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('ends in order by %s, and nothing is left', async (signal) => {
    await using room = new ServerRoom();
    const cwd = folderWith({ 'scenarios/a.yaml': SLOW('') });
    const watching = new Watching(cwd, [], { TMPDIR: room.folder });
    await watching.until(() =>
      watching.events().some((event) => event.type === 'step.started' && event.step.title === 'wait 60s'),
    );
    expect(await watching.end(signal)).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(watching.runs()[0]?.finished?.reason).toContain(signal);
    await room.expectEmpty();
  });
});

describe('a server', () => {
  test('that was lost is started anew', async () => {
    await using room = new ServerRoom();
    const cwd = folderWith({ 'scenarios/a.yaml': passes('a') });
    const watching = new Watching(cwd, [], { TMPDIR: room.folder });
    await watching.untilWaiting(1);
    for (const { pid } of room.servers()) process.kill(pid, 'SIGKILL');
    await expect.poll(() => room.servers()).toEqual([]);
    watching.replace('scenarios/a.yaml', passes('a2'));
    await watching.untilRan('a2 passed');
    expect(watching.outcomes()).toEqual(['a passed', 'a2 passed']);
    expect(await watching.end('SIGINT')).toBe(130);
    await room.expectEmpty();
  });

  test('that cannot be had is told of, and tried again at the next save', async () => {
    const cwd = folderWith({ 'scenarios/a.yaml': passes('a') });
    const watching = new Watching(cwd, ['--url', 'redis://127.0.0.1:1']);
    await watching.untilWaiting(1);
    expect(watching.stderr).toContain('redrill: cannot connect to 127.0.0.1:1');
    watching.replace('scenarios/a.yaml', passes('a2'));
    await watching.untilWaiting(2);
    expect(watching.stderr.split('cannot connect').length - 1).toBe(2);
  });
});

test('paths that lead nowhere end it at once', async () => {
  const { exitCode, stderr } = await runRedrill(['watch', 'nowhere'], { cwd: folderWith() });
  expect([exitCode, stderr]).toEqual([
    3,
    'redrill: there is no file, folder or match for nowhere\n' +
      '  name a scenario file, a folder of them, or a glob in quotes; `redrill init` writes a first one\n',
  ]);
});
