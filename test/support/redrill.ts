import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject, onTestFinished } from 'vitest';
import type { Report } from '../../src/reporters/json.schema.js';

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RedrillOptions {
  readonly cwd?: string;
  /** Undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A program that runs the program, with its arguments. */
  readonly wrapper?: readonly string[];
  /** All that it reads from standard input; `'open'`: whatever the test writes there. */
  readonly input?: string;
}

/** Runs the program as a user would: built, in a process of its own, without colours. */
export function runRedrill(args: readonly string[], options: RedrillOptions = {}): Promise<Finished> {
  return startRedrill(args, options).finished;
}

/** Those that a test which failed did not wait for. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function startRedrill(
  args: readonly string[],
  { cwd, env, wrapper = [], input }: RedrillOptions = {},
): { readonly child: ChildProcess; readonly finished: Promise<Finished> } {
  const [program = process.execPath, ...rest] = [...wrapper, process.execPath, inject('program'), ...args];
  const child = spawn(program, rest, {
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    // NODE_EXTRA_CA_CERTS adds 40 ms to each start.
    env: {
      ...process.env,
      NO_COLOR: '1',
      REDRILL_CACHE: 'off',
      NODE_EXTRA_CA_CERTS: undefined,
      GITHUB_ACTIONS: undefined,
      GITLAB_CI: undefined,
      ...env,
    },
  });
  running.add(child);
  child.stdin.on('error', () => {}); // it may end before it has read all
  if (input !== 'open') child.stdin.end(input);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      running.delete(child);
      resolve({ exitCode, ...output });
    });
  });
  return { child, finished };
}

/** A folder with these files, gone after the test, or after what `end` waits for. */
export function folderWith(
  files: Readonly<Record<string, string>> = {},
  end: (remove: () => void) => void = onTestFinished,
): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'redrill-test-'));
  end(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

export const readReport = (file: string): Report => JSON.parse(readFileSync(file, 'utf8')) as Report; // what the reporter writes
