import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { folderWith, runRedrill } from '../support/redrill.js';

/**
 * Each page of `invalid/` is a table of mistakes: a heading, the files (`scenario.yaml` unless another is named), and
 * what `validate` says. `vitest -u` writes what it says now.
 */
const PAGES = ['file', 'yaml', 'step', 'expect', 'expression', 'value', 'reference', 'include'];

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
