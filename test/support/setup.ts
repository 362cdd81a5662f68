import type { TestProject } from 'vitest/node';
import { ensureServer } from '../../src/build/ensure-server.js';
import { startTestServer } from './server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of one server that all test files share. */
    serverUrl: string;
  }
}

/** Runs once before all test files; what it returns runs after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // What must be built before tests run goes here.
  await ensureServer();
  const server = await startTestServer();
  project.provide('serverUrl', server.url);
  return async () => await server[Symbol.asyncDispose]();
}
