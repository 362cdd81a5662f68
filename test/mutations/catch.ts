import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '../../src/reporters/json.schema.js';
import type { Catcher } from './mutation.js';

/** `broken`: it neither passed nor failed in the way that catches a bug. */
export interface Caught {
  readonly outcome: 'passed' | 'caught' | 'broken';
  /** The first line of the failure. */
  readonly how: string;
}

/** A mutant that hangs is no caught one. */
const LIMIT_MS = 120_000;

/** Runs in a checkout of its own what is meant to catch. */
export function runCatcher(catcher: Catcher, root: string, serverUrl: string): Promise<Caught> {
  return typeof catcher === 'string' ? runScenario(catcher, root) : runTest(catcher, root, serverUrl);
}

async function runScenario(scenario: string, root: string): Promise<Caught> {
  const { bundle } = (await import(
    path.join(root, 'src/build/bundle.ts')
  )) as typeof import('../../src/build/bundle.js');
  await bundle();
  const report = path.join(root, 'report.json');
  rmSync(report, { force: true });
  const { code, output } = await run(['dist/bin.cjs', 'run', scenario, '--report', `json=${report}`], root);
  if (code === 0) return { outcome: 'passed', how: '' };
  const cases = existsSync(report) ? readJson<Report>(report).files.flatMap((file) => file.cases) : [];
  const missed = cases.find(({ verdict }) => verdict === 'failed' || verdict === 'unknown');
  if ((code !== 1 && code !== 2) || !missed)
    return { outcome: 'broken', how: `exit code ${code}: ${lastLine(output)}` };
  return { outcome: 'caught', how: firstLine(missed.failure?.message ?? missed.reason ?? '') };
}

interface TestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

async function runTest([file, test]: readonly [string, string], root: string, serverUrl: string): Promise<Caught> {
  const report = path.join(root, 'report.json');
  rmSync(report, { force: true });
  const exactly = `^${test.replaceAll(' > ', ' ').replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
  const reporting = ['--reporter=json', `--outputFile=${report}`];
  const { code, output } = await run(
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      file,
      '-t',
      exactly,
      '--config=test/mutations/vitest.config.ts',
      ...reporting,
    ],
    root,
    { MUTATION_SERVER: serverUrl },
  );
  const results = existsSync(report) ? readJson<TestReport>(report).testResults : [];
  const named = results
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ ancestorTitles, title }) => [...ancestorTitles, title].join(' > ') === test);
  if (code === 0 && named?.status === 'passed') return { outcome: 'passed', how: '' };
  if (named?.status === 'failed') return { outcome: 'caught', how: firstLine(named.failureMessages[0] ?? '') };
  const collected = results.map(({ message }) => firstLine(message)).find((message) => message !== '');
  return { outcome: 'broken', how: collected ?? (named ? lastLine(output) : 'there is no test of this name') };
}

function run(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      timeout: LIMIT_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', REDRILL_CACHE: 'off', ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject).on('close', (code) => resolve({ code, output }));
  });
}

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T; // what the program beside it wrote
const firstLine = (text: string): string => text.split('\n', 1)[0]!;
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)!;
