import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { folderWith, runRedrill } from '../support/redrill.js';

/**
 * Each page of `invalid/` is a table of mistakes: a heading, the files (`scenario.yaml` unless another is named), and
 * what `validate` says. `vitest -u` writes what it says now.
 */
const PAGES = ['file', 'yaml', 'step', 'expect', 'expression', 'value', 'reference', 'include', 'always', 'together'];

interface Mistake {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
}

const FENCE = /^```yaml ?(\S*)\n([\s\S]*?)^```$/gm;

function read(page: string): { file: string; head: string; mistakes: Mistake[] } {
  const file = fileURLToPath(new URL(`invalid/${page}.txt`, import.meta.url));
  const [head = '', ...sections] = readFileSync(file, 'utf8').split(/^## /m);
  const mistakes = sections.map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    files: Object.fromEntries(
      [...section.matchAll(FENCE)].map(([, name, text]) => [name || 'scenario.yaml', text ?? '']),
    ),
  }));
  return { file, head, mistakes };
}

function render(head: string, mistakes: readonly Mistake[], said: readonly string[]): string {
  const sections = mistakes.map(({ title, files }, index) => {
    const shown = Object.entries(files).map(
      ([name, text]) => `\`\`\`yaml${name === 'scenario.yaml' ? '' : ` ${name}`}\n${text}\`\`\`\n\n`,
    );
    return `## ${title}\n\n${shown.join('')}\`\`\`text\n${said[index]}\`\`\`\n`;
  });
  return `${head}${sections.join('\n')}`;
}

describe('mistakes', () => {
  test.each(PAGES)('%s', async (page) => {
    const { file, head, mistakes } = read(page);
    const folder = folderWith(
      Object.fromEntries([
        ...['outside.yaml', 'outside.lua'].map((name) => [name, '']),
        ...mistakes.flatMap(({ files }, index) =>
          Object.entries(files).map(([name, text]) => [`project/${index}/${name}`, text]),
        ),
      ]),
    );
    const paths = mistakes.map((_, index) => `${index}/scenario.yaml`);
    const { exitCode, stdout, stderr } = await runRedrill(['validate', ...paths], { cwd: `${folder}/project` });
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/; nothing was run\n$/);
    const blocks = stderr.split(/^(?=\d+\/\S+:\d+:\d+ )/m).map((block) => block.replace(/^\d+ problems? in .*\n/m, ''));
    const said = mistakes.map((_, index) =>
      blocks
        .filter((block) => block.startsWith(`${index}/`))
        .map((block) => block.replaceAll(`${index}/`, ''))
        .join('')
        .replace(/\n+$/, '\n'),
    );
    await expect(render(head, mistakes, said)).toMatchFileSnapshot(file);
    // Each of them is wrong in some way.
    expect(mistakes.filter((_, index) => said[index] === '').map(({ title }) => title)).toEqual([]);
  });
});

test('limits', async () => {
  const scenario = (vars: string, steps = '[{ command: PING, expect: PONG }]') =>
    `name: a\nvars: ${vars}\nsteps: ${steps}\n`;
  const bomb = Array.from({ length: 10 }, (_, level) => {
    const items = Array.from({ length: 10 }, () => (level === 0 ? 'x' : `*a${level - 1}`));
    return `a${level}: &a${level} [${items}]`;
  });
  const map = (depth: number): string => (depth === 0 ? '1' : `[1,2,3,4,5,6,7,8,9,10].map(x, ${map(depth - 1)})`);
  const table: readonly (readonly [name: string, text: string, message: string])[] = [
    ['bomb', scenario(`{ ${bomb.join(', ')} }`), '2:132 the document has more than 50000 values, aliases expanded'],
    ['large', `${scenario('{}')}${'# a comment\n'.repeat(1e6)}`, '1:1 the file is larger than 1024 KiB'],
    ['deep list', scenario(`{ a: ${'['.repeat(1e4)}${']'.repeat(1e4)} }`), 'YAML: values are nested too deep'],
    ['deep mapping', scenario(`${'{ a: '.repeat(1e4)}1${' }'.repeat(1e4)}`), 'YAML: values are nested too deep'],
    ['deep', scenario(`${'{ a: '.repeat(65)}1${' }'.repeat(65)}`), '2:327 values are nested more than 64 deep'],
    ['alias of itself', scenario('&a { b: *a }'), '2:10 values are nested more than 64 deep'],
    ['wide', scenario(`{ a: [${'1, '.repeat(50_000)}] }`), 'the document has more than 50000 values'],
    ['documents', `${scenario('{}')}---\n`.repeat(1_001), '1:1 the file has more than 1000 documents'],
    ['long expression', scenario(`{ a: "\${{ 1${' + 1'.repeat(5_000)} }}" }`), 'longer than 10,000 characters'],
    ['deep expression', scenario(`{ a: "\${{ ${'('.repeat(4_000)}1${')'.repeat(4_000)} }}" }`), 'nested'],
    ['costly expression', scenario(`{ a: "\${{ ${map(8)} }}" }`), '2:17 the expression takes too many steps'],
    ['bytes', '\u0000\u0001\u0002', '1:1 a scenario is a mapping'],
  ];
  const folder = folderWith(Object.fromEntries(table.map(([name, text]) => [`${name}.yaml`, text])));
  const { exitCode, stderr } = await runRedrill(['validate', '.'], { cwd: folder });
  const said = Object.fromEntries(
    table.map(([name]) => [name, new RegExp(`^${name}\\.yaml:(.*)`, 'm').exec(stderr)?.[1]]),
  );
  expect(said).toEqual(Object.fromEntries(table.map(([name, , message]) => [name, expect.stringContaining(message)])));
  expect(exitCode).toBe(3);
});

test('valid files are counted, with their cases', async () => {
  const folder = folderWith({
    'a.yaml': 'name: a\nmatrix: { n: [1, 2] }\nsteps: [{ command: PING, expect: PONG }]',
    'b.yml':
      'name: b\nsteps: [{ command: PING, expect: PONG }]\n---\nname: c\nsteps: [{ command: PING, expect: PONG }]',
    'sub/c.yaml': 'name: c\nsteps: [{ command: PING, expect: PONG }]',
    '_shared.yaml': '- command: PING',
    '.hidden.yaml': 'not a scenario',
    'node_modules/a.yaml': 'not a scenario',
  });
  expect(await runRedrill(['validate', '.'], { cwd: folder })).toEqual({
    exitCode: 0,
    stdout: '3 files with 5 cases: valid\n',
    stderr: '',
  });
});

test('what is wrong in one of several files keeps all from running', async () => {
  const folder = folderWith({
    'a.yaml': 'name: a\nsteps: [{ command: SET a 1, expect: OK }]',
    'b.yaml': 'name: b\nsteps: [{ comand: PING }]',
  });
  expect(await runRedrill(['run', '.', '--report', 'json=report.json'], { cwd: folder })).toMatchInlineSnapshot(`
    {
      "exitCode": 3,
      "stderr": "b.yaml:2:11 unknown action "comand"
      1 | name: b
    > 2 | steps: [{ comand: PING }]
        |           ^^^^^^
      did you mean "command"?

    1 problem in 1 file; nothing was run
    ",
      "stdout": "",
    }
  `);
});
