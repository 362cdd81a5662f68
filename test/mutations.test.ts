import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { describeMutation, mutate } from './mutations/mutation.js';
import { mutations } from './mutations/mutations.js';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const caught = read('test/mutations/caught.md').split('\n');

test('no two mutations have one name', () => {
  const names = mutations.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});

// What is caught by what is `npm run mutate`; this says when the list has gone stale.
test.each(mutations)('$name', (mutation) => {
  expect(mutate(mutation, read(mutation.file))).not.toBe(read(mutation.file));
  const { caughtBy } = mutation;
  expect(caught).toContain(describeMutation(mutation));
  expect(existsSync(path.join(root, typeof caughtBy === 'string' ? caughtBy : caughtBy[0]))).toBe(true);
});
