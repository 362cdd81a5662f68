import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, runRedrill } from '../support/redrill.js';

const FILES = {
  'plain.yaml': 'name: a\nsteps:\n  - command: PING\n    expect: PONG\n',
  'more.yaml': 'name: a\nsteps:\n  - command: INCR n\n    expect: { $approx: { value: 1, tolerance: 0.1 } }\n',
};

/** At the end of the cache, with how long they are behind them. */
function modulesOf(cached: Buffer): string[] {
  const end = cached.length - 4;
  return cached.toString('latin1', end - cached.readUInt32LE(end), end).split('\n');
}

test('compiled code is kept, with what later runs need more, and done without where it is broken', async () => {
  const cwd = folderWith(FILES);
  const cache = path.join(cwd, 'cache');
  const validate = async (file: string) =>
    (await runRedrill(['validate', file], { cwd, env: { REDRILL_CACHE: cache } })).stdout;
  const kept = () => {
    const [name] = readdirSync(path.join(cache, 'redrill')).filter((each) => each.endsWith('.v8'));
    return path.join(cache, 'redrill', name!);
  };
  const valid = '1 file with 1 case: valid\n';

  expect(await validate('plain.yaml')).toBe(valid);
  const first = readFileSync(kept());
  expect(modulesOf(first)).toContain('src/scenario/load.ts');
  expect(modulesOf(first)).not.toContain('src/matchers/approx.ts');

  expect(await validate('more.yaml')).toBe(valid);
  const second = readFileSync(kept());
  expect(modulesOf(second)).toEqual(expect.arrayContaining([...modulesOf(first), 'src/matchers/approx.ts']));

  expect(await validate('plain.yaml')).toBe(valid);
  expect(readFileSync(kept()).equals(second)).toBe(true);

  for (const broken of ['', 'no', second.subarray(0, second.length / 2), second.subarray(100)]) {
    writeFileSync(kept(), broken);
    expect(await validate('plain.yaml')).toBe(valid);
    expect(modulesOf(readFileSync(kept()))).toContain('src/scenario/load.ts');
  }
});

test('what few commands need is read by those alone, and its compiled code is kept as well', async () => {
  const cwd = folderWith(FILES);
  const cache = path.join(cwd, 'cache');
  const env = { REDRILL_CACHE: cache };
  const codes = () => readdirSync(path.join(cache, 'redrill')).filter((each) => each.endsWith('.v8'));
  await runRedrill(['validate', 'plain.yaml'], { cwd, env });
  expect(codes()).toHaveLength(1);
  const listed = async () => (await runRedrill(['list', 'plain.yaml', 'more.yaml'], { cwd, env })).stdout;
  const first = await listed();
  expect(first).toContain('plain.yaml');
  expect(codes()).toHaveLength(3);
  const modules = codes().flatMap((name) => modulesOf(readFileSync(path.join(cache, 'redrill', name))));
  expect(modules).toContain('src/cli/list.ts');
  expect(await listed()).toBe(first);
  expect(codes()).toHaveLength(3);
});
