import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TargetError } from '../../errors.js';

export interface ServerChoice {
  /** A path, or a name to look for on PATH. */
  readonly binary?: string;
  readonly engine: 'auto' | 'redis' | 'valkey';
}

/** Where packages put servers that a user's PATH may lack. */
const FURTHER_FOLDERS = ['/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

const NAMES = { auto: ['valkey-server', 'redis-server'], redis: ['redis-server'], valkey: ['valkey-server'] } as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Path of the server's binary: the config's, that of REDRILL_SERVER, or the first one found. Raises a TargetError. */
export function findServer(choice: ServerChoice, env: Environment = process.env): string {
  const named = choice.binary ?? env.REDRILL_SERVER;
  if (named) return findNamed(named, choice.binary ? 'The config' : 'REDRILL_SERVER', env);
  const names = NAMES[choice.engine];
  const path = names.map((name) => findOnPath(name, env)).find((found) => found !== undefined);
  if (path !== undefined) return path;
  throw new TargetError(`Found no ${names.join(' and no ')} on PATH, nor in ${FURTHER_FOLDERS.join(', ')}.`, {
    next: nextWithoutServer(env),
  });
}

function findNamed(binary: string, origin: string, env: Environment): string {
  const path = binary.includes('/') ? (isExecutable(binary) ? binary : undefined) : findOnPath(binary, env);
  if (path !== undefined) return path;
  throw new TargetError(`${origin} names the server ${binary}, which is not an executable file.`, {
    next: nextWithoutServer(env),
  });
}

/** First executable of that name on PATH and in the folders beside it. */
export function findOnPath(name: string, env: Environment = process.env): string | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, ...FURTHER_FOLDERS].map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** How a system's package manager installs a server; the packages in the order to try. */
export const INSTALLERS = [
  { manager: 'apt-get', install: ['install', '-y'], packages: ['redis-server', 'valkey-server'], root: true },
  { manager: 'dnf', install: ['install', '-y'], packages: ['valkey', 'redis'], root: true },
  { manager: 'apk', install: ['add'], packages: ['valkey', 'redis'], root: true },
  { manager: 'brew', install: ['install'], packages: ['valkey', 'redis'], root: false },
] as const;

function nextWithoutServer(env: Environment): string {
  const installer = INSTALLERS.find(({ manager }) => findOnPath(manager, env));
  const sudo = installer?.root && process.getuid?.() !== 0 ? 'sudo ' : '';
  const command = installer && ` (${sudo}${installer.manager} ${installer.install[0]} ${installer.packages[0]})`;
  return (
    `Install one${command ?? ''}, name one by REDRILL_SERVER=/path/to/redis-server, ` +
    'or use a running server by --url redis://host:6379.'
  );
}
