import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { folderWith, runRedrill } from '../support/redrill.js';

const SCENARIOS = {
  'a.yaml': `name: first
tags: [smoke, fast]
steps: [{ command: PING, expect: PONG }]
---
name: second
tags: [slow]
matrix: { n: [1, 2] }
steps: [{ command: PING, expect: PONG }]
`,
  'sub/b.yaml': 'name: third\nsteps: [{ command: PING, expect: PONG }]\n',
};

describe('list', () => {
  const list = (...args: string[]) => runRedrill(['list', '.', ...args], { cwd: folderWith(SCENARIOS) });

  test('scenarios with their tags, and the cases of a matrix', async () => {
    expect(await list()).toEqual({
      exitCode: 0,
      stdout: `a.yaml
     1  first  (smoke, fast)
     5  second [n=1]  (slow)
     5  second [n=2]  (slow)

sub/b.yaml
     1  third
`,
      stderr: '',
    });
  });

  test('as JSON, selected', async () => {
    const { stdout } = await list('--json', '--tags', 'slow', '--grep', 'n=2');
    expect(JSON.parse(stdout)).toEqual([
      { id: 'a.yaml#second [n=2]', name: 'second [n=2]', file: 'a.yaml', line: 5, tags: ['slow'], matrix: { n: 2 } },
    ]);
  });

  test.each([
    ['the whole of a name', '^second \\[n=2\\]$', ['second [n=2]']],
    ['the whole of a file', '^sub/b\\.yaml$', ['third']],
    ['both', 'b\\.yaml third$', ['third']],
  ])('those that match %s', async (_, pattern, names) => {
    const { stdout } = await list('--json', '--grep', pattern);
    expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toEqual(names);
  });

  test('nothing', async () => {
    expect(await list('--tags', 'none')).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'redrill: no case was selected\n  see `redrill list` for the names and tags that there are\n',
    });
  });

  test('nothing, where a scenario is invalid', async () => {
    const cwd = folderWith({ ...SCENARIOS, 'c.yaml': 'name: c' });
    expect(await runRedrill(['list', '.'], { cwd })).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining('c.yaml:1:1 "steps" is missing'),
    });
  });
});

describe('steps', () => {
  test('all of them, in a line each', async () => {
    const { stdout, ...rest } = await runRedrill(['steps']);
    expect(rest).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^cache\.get +Reads a key/m);
    expect(stdout).toMatch(/\nredrill steps NAME explains one in full\.\n$/);
  });

  test('those of an area', async () => {
    const { stdout } = await runRedrill(['steps', 'cache']);
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'cache.set',
      'cache.get',
      'cache.delete',
      'cache.fetch',
      '',
    ]);
  });

  test('one in full', async () => {
    expect((await runRedrill(['steps', 'cache.get'])).stdout).toMatchInlineSnapshot(`
      "cache.get
        Reads a key: whether it was there, its value and the time that it has left.

      Input
        key  text. Key.

      Result
        hit    true or false. The key was there.
        value  any value. With the type that it was stored with; text that isn't JSON is a string, bytes that aren't UTF-8 are \`{ base64 }\`. Null on a miss.
        ttl    milliseconds or null. Time left; null on a miss and for a key that does not expire.

      Examples
        - cache.get:
            key: user:1
      "
    `);
  });

  test('one that there is not', async () => {
    expect(await runRedrill(['steps', 'cache.gte'])).toMatchObject({
      exitCode: 3,
      stderr: 'redrill: there is no action "cache.gte"\n  did you mean "cache.get"?\n',
    });
  });
});

test('schema prints the published schema', async () => {
  const { stdout } = await runRedrill(['schema'], { cwd: folderWith() });
  const published = fileURLToPath(new URL('../../schema/scenario.schema.json', import.meta.url));
  expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(published, 'utf8')));
});
