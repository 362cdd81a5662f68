import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'test/support/setup.ts',
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', 'test/mutations/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    reporters: ['default', './test/support/summary.ts'],
  },
});
