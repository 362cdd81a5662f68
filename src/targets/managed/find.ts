import { TargetError } from '../../errors.js';
import { findExecutable, foldersOfPath } from '../../programs/find.js';

export interface ServerChoice {
  /** A path, or a name to look for on PATH. */
  readonly binary?: string;
  readonly engine: 'auto' | 'redis' | 'valkey';
}

/** Where packages put servers that a user's PATH may lack. */
export const FURTHER_FOLDERS = ['/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

const NAMES = { auto: ['valkey-server', 'redis-server'], redis: ['redis-server'], valkey: ['valkey-server'] } as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Path of the binary: the config's, that of REDRILL_SERVER, or the first one found. Raises a TargetError for a wrong name. */
export function findServer(
  choice: ServerChoice,
  env: Environment = process.env,
  furtherFolders: readonly string[] = FURTHER_FOLDERS,
): string | undefined {
  const folders = [...foldersOfPath(env), ...furtherFolders];
  const named = choice.binary ?? generalServer(choice.engine, env);
  if (!named)
    return NAMES[choice.engine].map((name) => findExecutable(name, folders)).find((path) => path !== undefined);
  const path = findExecutable(named, folders);
  if (path !== undefined) return path;
  const origin = choice.binary ? 'the config' : 'REDRILL_SERVER';
  throw new TargetError(`${origin} names the server ${named}, which is not an executable file`, {
    next: nextWithoutServer(folders),
  });
}

/** REDRILL_SERVER is no server of another engine: `managed:redis` and `managed:valkey` in one run must not be the same. */
function generalServer(engine: ServerChoice['engine'], { REDRILL_SERVER: server }: Environment): string | undefined {
  const [named] = /(?:redis|valkey)(?=-server$)/.exec(server ?? '') ?? [];
  return engine === 'auto' || named === undefined || named === engine ? server : undefined;
}

/** For when no binary is there; where Docker is, also why it cannot run one. */
export function noServerError(
  { engine }: ServerChoice,
  docker?: TargetError,
  env: Environment = process.env,
  furtherFolders: readonly string[] = FURTHER_FOLDERS,
): TargetError {
  const names = NAMES[engine].join(' and no ');
  const containers = docker ? `Docker cannot run one: ${docker.message}` : 'there is no Docker that could run one';
  const next = nextWithoutServer([...foldersOfPath(env), ...furtherFolders]);
  return new TargetError(`found no ${names} on PATH, nor in ${furtherFolders.join(', ')}, and ${containers}`, {
    next: docker?.details.next === undefined ? next : `${next}; for a container: ${docker.details.next}`,
    cause: docker,
  });
}

/** How a system's package manager installs a server; the packages in the order to try. */
export const INSTALLERS = [
  { manager: 'apt-get', install: ['install', '-y'], packages: ['redis-server', 'valkey-server'], root: true },
  { manager: 'dnf', install: ['install', '-y'], packages: ['valkey', 'redis'], root: true },
  { manager: 'apk', install: ['add'], packages: ['valkey', 'redis'], root: true },
  { manager: 'brew', install: ['install'], packages: ['valkey', 'redis'], root: false },
] as const;

function nextWithoutServer(folders: readonly string[]): string {
  const installer = INSTALLERS.find(({ manager }) => findExecutable(manager, folders));
  const sudo = installer?.root && process.getuid?.() !== 0 ? 'sudo ' : '';
  const command = installer ? ` (${sudo}${installer.manager} ${installer.install[0]} ${installer.packages[0]})` : '';
  return (
    `install one${command}, name one by REDRILL_SERVER=/path/to/redis-server, ` +
    'or use a running server by --url redis://host:6379'
  );
}
