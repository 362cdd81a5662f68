import path from 'node:path';
import { expect, test } from 'vitest';
import { moduleFiles } from '../../../src/cli/watch/modules.js';
import { namedFiles } from '../../../src/cli/watch/names.js';
import { folderWith } from '../../support/redrill.js';

test.each<[text: string, names: readonly string[]]>([
  ['run: [python3, worker.py]', ['/p/s/worker.py']],
  ['run: ["./bin/worker", "--log=../log.txt"]', ['/p/s/bin/worker', '/p/log.txt']],
  ["include: { file: '_shared/steps.yaml' }", ['/p/s/_shared/steps.yaml']],
  ['command: SET key value', []],
  ['ready: { output: "listening..." }', []],
])('%s names %j', (text, names) => {
  expect([...namedFiles(text, '/p/s')]).toEqual(names);
});

test('a module and what it imports of the project, however it does', () => {
  const folder = folderWith({
    'a.mjs': `import { x } from './b.mjs';\nimport '../outside.mjs';\nimport { defineStep } from 'redrill';\n`,
    'b.mjs': `export * from "./a.mjs";\nconst later = await import('./lib/c.cjs');\n`,
    'lib/c.cjs': `const d = require('./d.json');\n`,
    'lib/d.json': '{}',
  });
  const found = [...moduleFiles(path.join(folder, 'a.mjs'))].map((file) => path.relative(folder, file));
  expect(found).toEqual(['a.mjs', 'b.mjs', 'lib/c.cjs', 'lib/d.json', '../outside.mjs']);
});
