import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../format/now.js';
import { isAlive } from './members.js';

/**
 * Kills the process group that it is told of when its standard input closes, however our process ends; a second line
 * sends it home. Either way it removes the folder that was made for the program. It has a session of its own, so that no
 * signal to the group or from the terminal finds it.
 */
const WATCHDOG = `
trap '' HUP INT TERM PIPE
read -r group || exit
read -r _ || kill -KILL "-$group"
[ -z "$1" ] || rm -rf "$1"
`;

/** Becomes the program on our word, which comes once the watchdog knows of it: no moment is left to kill us in between. */
const GATE = `read -r _ <&3 || exit; exec "$@" 3<&-`;

const POLL_MS = 10;
/** For the output of a program that has ended; a process that left its group may hold the pipe open for ever. */
const DRAIN_MS = 500;

/** For one program alone: readable by this user, and gone when the program has ended. */
export interface ProgramFiles {
  readonly folder: string;
  /** Texts by name. */
  readonly contents: Readonly<Record<string, string>>;
}

export interface Launch {
  /** An executable's path and its arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** How long the group may take to end once it was asked to, or once its first process has ended. */
  readonly graceMs: number;
  readonly files?: ProgramFiles;
  onOutput(text: string, stream: 'stdout' | 'stderr'): void;
}

/** How the first process of a group ended; one of the two is null. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program and whatever it has started, as far as that stayed in its process group. */
export interface ProcessGroup {
  readonly pid: number;
  /** The whole group has ended. */
  readonly ended: Promise<ProgramEnd>;
  /** False when there was nobody to send it to. */
  signal(name: NodeJS.Signals): boolean;
  /** Asks it to end, and kills it after the grace. */
  stop(): Promise<ProgramEnd>;
  /** Kills it at once. */
  kill(): Promise<ProgramEnd>;
}

/** Starts a program in a session and process group of its own, which cannot outlive this process. */
export async function startGroup({ command, cwd, env, graceMs, files, onOutput }: Launch): Promise<ProcessGroup> {
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'sh', files?.folder ?? ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  const child = spawn('/bin/sh', ['-c', GATE, 'sh', ...command], {
    detached: true,
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => onOutput(text, name));
  }
  const gate = child.stdio[3] as Writable; // `pipe`, above
  gate.on('error', () => {}); // it was killed before our word came
  try {
    const [pid] = await Promise.all([spawned(child), spawned(watchdog)]);
    const group = new Group(pid, child, watchdog, graceMs);
    await write(watchdog.stdin, `${pid}\n`);
    if (files) await writeFiles(files);
    gate.end('go\n');
    return group;
  } catch (error) {
    gate.destroy();
    watchdog.stdin.destroy();
    throw error;
  }
}

class Group implements ProcessGroup {
  readonly ended: Promise<ProgramEnd>;
  #gone = false;
  #killed = false;

  constructor(
    readonly pid: number,
    child: ChildProcess,
    watchdog: ChildProcess,
    private readonly graceMs: number,
  ) {
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const tidied = new Promise<void>((resolve) => watchdog.once('exit', () => resolve()));
    const exited = new Promise<ProgramEnd>((resolve) => {
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    this.ended = exited.then(async (end) => {
      await this.#othersEnd();
      this.#gone = true;
      watchdog.stdin?.end('done\n');
      await tidied;
      await Promise.race([closed, sleep(DRAIN_MS, undefined, { ref: false })]);
      child.stdout?.destroy();
      child.stderr?.destroy();
      return end;
    });
  }

  signal(name: NodeJS.Signals): boolean {
    // Its number may be another group's by now.
    if (this.#gone) return false;
    if (name === 'SIGKILL') this.#killed = true;
    try {
      return process.kill(-this.pid, name);
    } catch {
      return false;
    }
  }

  async stop(): Promise<ProgramEnd> {
    this.signal('SIGTERM');
    // One that was stopped acts on nothing else.
    this.signal('SIGCONT');
    await Promise.race([this.ended, sleep(this.graceMs, undefined, { ref: false })]);
    return await this.kill();
  }

  async kill(): Promise<ProgramEnd> {
    this.signal('SIGKILL');
    return await this.ended;
  }

  /** A shell around a worker ends at once, and the worker may have a message to finish. */
  async #othersEnd(): Promise<void> {
    const deadline = now() + this.graceMs;
    while (!this.#killed && isAlive(this.pid) && now() < deadline) await sleep(POLL_MS);
    this.signal('SIGKILL');
  }
}

/** Raises what kept the process from being started. */
function spawned(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid!)); // it has one once it was spawned
  });
}

async function writeFiles({ folder, contents }: ProgramFiles): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  for (const [name, text] of Object.entries(contents)) {
    await writeFile(path.join(folder, name), text, { mode: 0o600 });
  }
}

/** Resolves when the kernel has it, so that the reader gets it though we end. */
function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on('error', reject);
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
