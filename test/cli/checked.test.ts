import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, runRedrill } from '../support/redrill.js';

/** `validate` remembers which files are valid, and believes it as long as nothing that it went by has changed. */

const VALID = 'name: a\nsteps:\n  - command: PING\n    expect: PONG\n';
const INVALID = 'name: a\nsteps:\n  - comand: PING\n';

function project(files: Readonly<Record<string, string>>) {
  const cwd = folderWith(files);
  const cache = path.join(cwd, 'cache');
  const folder = path.join(cache, 'redrill');
  return {
    cwd,
    folder,
    remembered: () => readdirSync(folder).filter((name) => name.endsWith('.checked')),
    validate: async (env: Readonly<Record<string, string>> = {}, ...args: string[]) => {
      const { exitCode, stdout } = await runRedrill(['validate', '.', ...args], {
        cwd,
        env: { REDRILL_CACHE: cache, ...env },
      });
      return `${exitCode} ${stdout}`.trim();
    },
    /** Says of every file that it holds seven cases, so that it shows where it is believed. */
    forge() {
      const [name] = this.remembered();
      const file = path.join(folder, name!);
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/"cases":\d+/g, '"cases":7'));
    },
  };
}

test('what was found valid is not compiled again, until its text changes', async () => {
  const { cwd, validate, ...files } = project({ 'a.yaml': VALID, 'b.yaml': VALID });
  expect(await validate()).toBe('0 2 files with 2 cases: valid');
  files.forge();
  expect(await validate()).toBe('0 2 files with 14 cases: valid');
  writeFileSync(path.join(cwd, 'a.yaml'), `${VALID}tags: [smoke]\n`);
  expect(await validate()).toBe('0 2 files with 8 cases: valid');
  writeFileSync(path.join(cwd, 'a.yaml'), INVALID);
  expect(await validate()).toBe('3');
  expect(await validate()).toBe('3');
});

test('a file that it includes changes too', async () => {
  const including = 'name: a\nsteps:\n  - include: { file: _part.yaml }\n  - command: PING\n    expect: PONG\n';
  const { cwd, validate } = project({ 'a.yaml': including, '_part.yaml': 'steps:\n  - command: PING\n' });
  expect(await validate()).toBe('0 1 file with 1 case: valid');
  writeFileSync(path.join(cwd, '_part.yaml'), 'steps:\n  - comand: PING\n');
  expect(await validate()).toBe('3');
  writeFileSync(path.join(cwd, '_part.yaml'), 'steps:\n  - command: PING\n');
  expect(await validate()).toBe('0 1 file with 1 case: valid');
});

test('variables and the environment that the configuration allows are a part of it', async () => {
  const { validate } = project({
    'redrill.config.yaml': 'env: [PAUSE]\n',
    'a.yaml':
      'name: a\nvars: { at: 1ms }\nsteps:\n  - wait: "${{ env.PAUSE }}"\n  - wait: "${{ vars.at }}"\n  - command: PING\n    expect: PONG\n',
  });
  expect(await validate({ PAUSE: '1ms' })).toBe('0 1 file with 1 case: valid');
  expect(await validate({ PAUSE: 'short' })).toBe('3');
  expect(await validate({ PAUSE: '1ms' }, '--var', 'at=soon')).toBe('3');
  expect(await validate({ PAUSE: '1ms' })).toBe('0 1 file with 1 case: valid');
});

test('nothing is remembered beside a plugin, which may go by anything', async () => {
  const plugin =
    "export const nap = { name: 'demo.nap', input: { type: 'object' }, result: { type: 'object' }, async run() { return {}; } };\n";
  const { remembered, validate } = project({
    'redrill.config.yaml': 'plugins: [nap.mjs]\n',
    'nap.mjs': plugin,
    'a.yaml': VALID,
  });
  expect(await validate()).toBe('0 1 file with 1 case: valid');
  expect(remembered()).toEqual([]);
});

test('what others may write, and what cannot be read, is not believed', async () => {
  const { folder, validate, ...files } = project({ 'a.yaml': VALID });
  await validate();
  files.forge();
  chmodSync(folder, 0o777);
  expect(await validate()).toBe('0 1 file with 1 case: valid');
  files.forge();
  writeFileSync(path.join(folder, files.remembered()[0]!), '[[1');
  expect(await validate()).toBe('0 1 file with 1 case: valid');
  expect(await validate({ REDRILL_CACHE: 'off' })).toBe('0 1 file with 1 case: valid');
});
