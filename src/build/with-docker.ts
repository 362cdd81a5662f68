/**
 * For CI: `with-docker COMMAND` runs the command where Docker answers. Where none does, a daemon is started for it, with
 * all that it keeps in a folder that goes with it; it is installed first if need be.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { findExecutable, foldersOfPath } from '../programs/find.js';
import { DEFAULT_HOST, findProblem } from '../targets/container/docker.js';
import { FURTHER_FOLDERS } from '../targets/managed/find.js';
import { APT_SCRIPT } from './ensure-server.js';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const LOG_LINES = 30;

/** Ports are published by a proxy alone, so that this machine's firewall stays as it is. */
const WITHOUT_FIREWALL = ['--iptables=false', '--ip6tables=false', '--ip-masq=false'];
/** For file systems that cannot be laid over one another, and where the usual network is taken. */
const FURTHER_OPTIONS = [[], ['--storage-driver=vfs'], ['--storage-driver=vfs', '--bip=10.213.0.1/24']];

const findProgram = (name: string): string | undefined =>
  findExecutable(name, [...foldersOfPath(process.env), ...FURTHER_FOLDERS]);

/** By sudo where this user is not root. */
const asRoot = (program: string, ...args: string[]): readonly [string, string[]] =>
  process.getuid?.() === 0 ? [program, args] : ['sudo', ['-n', program, ...args]];

const runAsRoot = (program: string, ...args: string[]): void => {
  execFileSync(...asRoot(program, ...args), { stdio: ['ignore', 'ignore', 'inherit'] });
};

const say = (text: string): void => console.error(text);

export interface Daemon extends AsyncDisposable {
  /** For programs that are to use it. */
  readonly env: Readonly<Record<string, string>>;
}

const answers = async (host: string): Promise<boolean> =>
  (await findProblem(host, AbortSignal.timeout(START_TIMEOUT_MS)).catch(() => 'silent')) === undefined;

/** The Docker that runs already, or one for as long as it is held. Raises an Error with what its daemon has logged. */
export async function provideDocker(): Promise<Daemon> {
  const host = process.env.DOCKER_HOST ?? DEFAULT_HOST;
  if (await answers(host)) return { env: {}, async [Symbol.asyncDispose]() {} };
  const program = findProgram('dockerd') ?? install();
  const failures: string[] = [];
  for (const options of FURTHER_OPTIONS) {
    const started = await startDaemon(program, [...WITHOUT_FIREWALL, ...options]);
    if (typeof started !== 'string') return started;
    failures.push(`${[program, ...options].join(' ')} did not start:\n${started}`);
  }
  throw new Error(failures.join('\n'));
}

function install(): string {
  say('No Docker is here: installing docker.io by apt-get.');
  runAsRoot('sh', '-c', APT_SCRIPT, 'apt-get', 'docker.io');
  const program = findProgram('dockerd');
  if (program === undefined) throw new Error('the package docker.io has no dockerd');
  return program;
}

/** The last lines of the log when it does not answer. */
async function startDaemon(program: string, options: readonly string[]): Promise<Daemon | string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'redrill-docker-'));
  const file = (name: string): string => path.join(folder, name);
  const host = `unix://${file('docker.sock')}`;
  const log = openSync(file('log'), 'w');
  const [command, args] = asRoot(
    program,
    ...['--host', host, '--group', String(process.getgid?.() ?? 0), '--pidfile', file('pid')],
    ...['--data-root', file('data'), '--exec-root', file('exec'), ...options],
  );
  // A session of its own: Ctrl-C is for the command, and the daemon is stopped after it.
  const daemon = spawn(command, args, { detached: true, stdio: ['ignore', log, log] });
  const ended = once(daemon, 'exit').catch(() => {});
  const stop = async (): Promise<void> => {
    await stopDaemon(daemon, file('pid'), ended);
    runAsRoot('rm', '-rf', folder);
  };
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (daemon.exitCode === null && daemon.signalCode === null && performance.now() < deadline) {
    if (await answers(host)) {
      // Nothing is pulled here, Ryuk neither; and what runs on this machine is reached by its loopback.
      const env = {
        DOCKER_HOST: host,
        TESTCONTAINERS_RYUK_DISABLED: 'true',
        TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
      };
      return { env, [Symbol.asyncDispose]: stop };
    }
    await Promise.race([ended, sleep(100)]);
  }
  const said = readFileSync(file('log'), 'utf8').trimEnd().split('\n').slice(-LOG_LINES);
  await stop();
  return said.map((line) => `  ${line}`).join('\n');
}

/** It ends its containers first. */
async function stopDaemon(daemon: ChildProcess, pidFile: string, ended: Promise<unknown>): Promise<void> {
  for (const signal of ['TERM', 'KILL']) {
    if (daemon.exitCode !== null || daemon.signalCode !== null) return;
    const pid = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim() : String(daemon.pid);
    try {
      runAsRoot('kill', `-${signal}`, pid);
    } catch {
      return; // it has just ended
    }
    await Promise.race([ended, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
  }
}

/** The exit code of the command. It runs without Docker, too: its tests say what they lack. */
async function run([program = '', ...args]: readonly string[]): Promise<number> {
  await using docker = await provideDocker().catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    return undefined;
  });
  const command = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...docker?.env } });
  // The terminal sends them to the command as well, which ends by them; only then there is something to clean up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => command.kill(signal));
  const [code, signal] = (await once(command, 'exit')) as [number | null, NodeJS.Signals | null]; // of a child process
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await run(process.argv.slice(2));
}
