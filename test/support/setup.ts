import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundle } from '../../src/build/bundle.js';
import { ensureServer } from '../../src/build/ensure-server.js';
import { generate } from '../../src/build/generate.js';
import { startTestServer } from './server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of one server that all test files share. */
    serverUrl: string;
    /** The program, built from the sources as they are now. */
    program: string;
  }
}

/** Runs once before all test files; what it returns runs after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // A folder of its own, so that test runs at the same time don't take the program from one another.
  const folder = await mkdtemp(join(tmpdir(), 'redrill-build-'));
  // Those that are committed stay as they are: a test says when they are out of date.
  await generate({ check: true });
  await bundle(folder);
  project.provide('program', join(folder, 'bin.cjs'));
  await ensureServer();
  const server = await startTestServer();
  project.provide('serverUrl', server.url);
  return async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  };
}
