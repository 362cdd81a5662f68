import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerRuntimeClient } from 'testcontainers';
import { TargetError } from '../../errors.js';
import { findExecutable, foldersOfPath } from '../../programs/find.js';
import { type Library, loadLibrary } from './library.js';
import { type Connection, startWatchdog, type Watchdog } from './watchdog.js';

const ANSWER_TIMEOUT_MS = 10_000;
/** To pull Ryuk and start it. */
const REAPER_TIMEOUT_MS = 30_000;
const DEFAULT_SOCKET = '/var/run/docker.sock';
export const DEFAULT_HOST = `unix://${DEFAULT_SOCKET}`;

export type Container = ReturnType<ContainerRuntimeClient['container']['getById']>;

/** The containers of one target, and whatever runs them: Docker, or another program with its API. */
export interface Docker extends Disposable {
  readonly library: Library;
  readonly client: ContainerRuntimeClient;
  /** Where published ports are reached. */
  readonly host: string;
  /** Of every container, so that all of them are found however our process ends. */
  readonly labels: Readonly<Record<string, string>>;
  /** That a container could not be removed, which is left to the watchdog then. */
  untidy: boolean;
}

/** Raises a TargetError that says what is missing. */
export async function connectDocker(signal: AbortSignal): Promise<Docker> {
  const library = loadLibrary();
  const named = process.env.DOCKER_HOST;
  const problem = await findProblem(named ?? DEFAULT_HOST, signal);
  if (problem?.code === 'SILENT') throw dockerError(named, problem);
  const client = await library.getContainerRuntimeClient().catch((cause: unknown) => {
    throw dockerError(named, problem ?? { code: 'UNUSABLE', cause });
  });
  const { host } = client.info.containerRuntime;
  const run = `redrill.run=${randomBytes(8).toString('hex')}`;
  const watchdog = startWatchdog(client.container.dockerode.modem as Connection, run);
  const [name = '', id = ''] = run.split('=');
  return new Connected(library, client, host === 'localhost' ? '127.0.0.1' : host, watchdog, {
    [name]: id,
    ...(await labelsOfReaper(library, client)),
  });
}

class Connected implements Docker {
  untidy = false;

  constructor(
    readonly library: Library,
    readonly client: ContainerRuntimeClient,
    readonly host: string,
    private readonly watchdog: Watchdog,
    readonly labels: Docker['labels'],
  ) {}

  [Symbol.dispose](): void {
    if (this.untidy) this.watchdog.finish();
    else this.watchdog.dismiss();
  }
}

/**
 * Ryuk removes containers even when all processes of this machine are gone, our watchdog included.
 * Its image cannot be had everywhere; the watchdog is enough to do without.
 */
async function labelsOfReaper(library: Library, client: ContainerRuntimeClient): Promise<Record<string, string>> {
  const { TESTCONTAINERS_RYUK_DISABLED: wish } = process.env;
  if (wish === 'true') return {};
  const reaper = library.getReaper(client).catch(() => undefined);
  const { sessionId } = (await Promise.race([reaper, sleep(REAPER_TIMEOUT_MS, undefined, { ref: false })])) ?? {};
  return sessionId === undefined ? {} : { [library.LABEL_TESTCONTAINERS_SESSION_ID]: sessionId };
}

export interface Problem {
  /** Of the system, or SILENT or UNUSABLE. */
  readonly code: string;
  readonly cause?: unknown;
}

/** Asked by ourselves first: Testcontainers would wait for ever, and keeps to itself what was wrong. */
export async function findProblem(host: string, signal: AbortSignal): Promise<Problem | undefined> {
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url?.protocol !== 'unix:' && url?.protocol !== 'tcp:') return undefined;
  const place = url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port };
  return await new Promise((resolve, reject) => {
    const asked = request(
      { ...place, path: '/_ping', agent: false, signal, timeout: ANSWER_TIMEOUT_MS },
      (response) => {
        response.resume();
        resolve(undefined);
      },
    );
    asked.on('timeout', () => {
      resolve({ code: 'SILENT' });
      asked.destroy();
    });
    asked.on('error', (cause: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason);
      else resolve({ code: cause.code ?? 'UNUSABLE', cause });
    });
    asked.end();
  });
}

/** Whether its command is here; its daemon may not run, or be elsewhere. */
export const isInstalled = (): boolean => findExecutable('docker', foldersOfPath(process.env)) !== undefined;

/** What there is instead of Docker; `installed` tells whether its command is here. */
export function dockerError(
  named: string | undefined,
  { code, cause }: Problem,
  installed = isInstalled(),
): TargetError {
  const where = named === undefined ? DEFAULT_SOCKET : `${named} (DOCKER_HOST)`;
  const said = cause instanceof Error ? cause.message : String(cause);
  const error = (message: string, next: string): TargetError => new TargetError(message, { next, cause });
  if (code === 'SILENT') {
    const message = `Docker at ${where} did not answer within ${ANSWER_TIMEOUT_MS / 1000}s`;
    return error(message, 'restart Docker, and try `docker version`');
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const next =
      'add the user to its group by `sudo usermod -aG docker $USER` and log in again, or use rootless Docker';
    return error(`this user may not use Docker at ${where}: ${said}`, next);
  }
  if (named !== undefined) {
    return error(`no Docker answers at ${where}: ${said}`, 'start it, or correct DOCKER_HOST; try `docker version`');
  }
  if (installed) {
    const next = 'start it by `sudo systemctl start docker`, or start Docker Desktop; then try `docker version`';
    return error(`Docker is installed, but its daemon does not answer at ${where}: ${said}`, next);
  }
  return error(
    'there is no Docker here to run containers',
    'install Docker (https://docs.docker.com/get-started/get-docker/), or name another one by DOCKER_HOST',
  );
}
