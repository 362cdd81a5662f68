import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** One file at a time, on the server of the run that mutates. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, '../..'),
  test: {
    globalSetup: 'test/mutations/setup.ts',
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 20_000,
  },
});
