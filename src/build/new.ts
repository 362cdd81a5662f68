/** `npm run new -- step area.verb`: a unit's file with its test, and its line among the units that ship. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFolder } from '../folders.js';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

// As the new files will see them.
const CONTRACTS = '../../contracts';
const SOURCE = '../../../src';
const STEPS = '..';

interface NewUnit {
  readonly file: string;
  readonly text: string;
}

const stepFile = (name: string, area: string, verb: string, exported: string): NewUnit => ({
  file: `src/steps/${area}/${verb}.ts`,
  text: `import { Key, Type } from '${CONTRACTS}/fields.js';
import { defineStep } from '${CONTRACTS}/step.js';

export const ${exported} = defineStep({
  name: '${name}',
  summary: 'Says how long the value of a key is.',
  effect: 'looks',
  input: Type.Object({ key: Key() }),
  result: Type.Object({ length: Type.Integer({ description: 'Bytes of the value; 0 where there is no key.' }) }),
  examples: [{ key: 'user:1' }],
  async run({ key }, { namespace, redis, signal }) {
    const length = await redis.call(['STRLEN', namespace.key(key)], { signal });
    return { length: Number(length) };
  },
});
`,
});

const testFile = (name: string, area: string, verb: string, exported: string): NewUnit => ({
  file: `test/steps/${area}/${verb}.test.ts`,
  text: `import { expect, it } from 'vitest';
import { ${exported} } from '${SOURCE}/steps/${area}/${verb}.js';
import { openTestContext } from '${STEPS}/context.js';

it('${name} says how long a value is', async () => {
  await using opened = await openTestContext();
  const { context } = opened;
  await context.redis.call(['SET', context.namespace.key('greeting'), 'hello']);
  expect(await ${exported}.run({ key: 'greeting' }, context)).toEqual({ length: 5 });
  expect(await ${exported}.run({ key: 'nothing' }, context)).toEqual({ length: 0 });
});
`,
});

function addToBuiltins(name: string, area: string, verb: string, exported: string): void {
  const file = path.join(ROOT, 'src/builtins.ts');
  const text = readFileSync(file, 'utf8');
  const line = `  step('${name}', async () => (await import('./steps/${area}/${verb}.js')).${exported}),\n`;
  const list = text.indexOf('export const steps');
  const end = text.indexOf('\n];', list) + 1;
  writeFileSync(file, text.slice(0, end) + line + text.slice(end));
}

function main([kind, name]: readonly string[]): void {
  const [, area, verb] = /^([a-z][a-z0-9]*)\.([a-z][A-Za-z0-9]*)$/.exec(name ?? '') ?? [];
  if (kind !== 'step' || name === undefined || area === undefined || verb === undefined) {
    console.error('usage: npm run new -- step area.verb');
    process.exitCode = 3;
    return;
  }
  const exported = `${area}${verb[0]!.toUpperCase()}${verb.slice(1)}`;
  const units = [stepFile(name, area, verb, exported), testFile(name, area, verb, exported)];
  const existing = units.find(({ file }) => existsSync(path.join(ROOT, file)));
  if (existing) {
    console.error(`${existing.file} is already there`);
    process.exitCode = 3;
    return;
  }
  for (const { file, text } of units) {
    createFolder(path.dirname(path.join(ROOT, file)));
    writeFileSync(path.join(ROOT, file), text);
    console.log(`wrote  ${file}`);
  }
  addToBuiltins(name, area, verb, exported);
  console.log(`added  a line in src/builtins.ts\n\nNext: npm run build, then redrill steps ${name}`);
}

main(process.argv.slice(2));
