import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { findExecutable, foldersOfPath } from '../programs/find.js';
import { FURTHER_FOLDERS, findServer, INSTALLERS } from '../targets/managed/find.js';
import { hasContainers } from '../targets/managed/instead.js';

const PULL_TIMEOUT_MS = 300_000;

/**
 * Debian starts the service of a package that it installs, and again at each boot; we want the binary alone.
 * Asked by policy-rc.d, the installation starts nothing; disabled, nor does the next boot.
 */
export const APT_SCRIPT = `
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\\nexit 101\\n' >$policy && chmod +x $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install -y --no-install-recommends "$1" || exit
update-rc.d "$1" disable >/dev/null 2>&1 || true
`;

interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where to look beside PATH. */
  readonly furtherFolders: readonly string[];
  /** Absent: whoever asks needs a binary. */
  hasContainers?(): Promise<boolean>;
  say(text: string): void;
}

const say = (text: string): void => console.error(text);

const THIS_MACHINE: Machine = { env: process.env, furtherFolders: FURTHER_FOLDERS, say };

const withContainers: Machine = {
  ...THIS_MACHINE,
  hasContainers: () => hasContainers({ signal: AbortSignal.timeout(PULL_TIMEOUT_MS), notice: say }),
};

/** For development: installs a server by the system's package manager where there is none, and no Docker to run one. */
export async function ensureServer(machine: Machine = THIS_MACHINE): Promise<void> {
  if (hasServer(machine) || (await machine.hasContainers?.())) return;
  const folders = [...foldersOfPath(machine.env), ...machine.furtherFolders];
  const failures: string[] = [];
  for (const { manager, install, packages, root } of INSTALLERS) {
    if (!findExecutable(manager, folders)) continue;
    const sudo = root && process.getuid?.() !== 0 && findExecutable('sudo', folders) ? ['sudo', '-n'] : [];
    for (const name of packages) {
      const command = [
        ...sudo,
        ...(manager === 'apt-get' ? ['sh', '-c', APT_SCRIPT, 'apt-get'] : [manager, ...install]),
        name,
      ];
      machine.say(`No Redis or Valkey server is here: installing ${name} by ${manager}.`);
      const failure = run(command, machine);
      if (hasServer(machine)) return;
      failures.push(`${manager} ${name}: ${failure ?? 'installed, but holds no server'}`);
    }
  }
  throw new Error(
    [
      'There is no Redis or Valkey server on this machine, and none could be installed.',
      ...(failures.length > 0 ? failures : ['No apt-get, dnf, apk or brew was found.']).map((line) => `  ${line}`),
      'Install one by hand, or name one by REDRILL_SERVER=/path/to/redis-server.',
    ].join('\n'),
  );
}

const hasServer = ({ env, furtherFolders }: Machine): boolean =>
  findServer({ engine: 'auto' }, env, furtherFolders) !== undefined;

/** The last line of what a command that failed has printed. */
function run([file = '', ...args]: readonly string[], { env }: Machine): string | undefined {
  try {
    execFileSync(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
    return undefined;
  } catch (error) {
    // What execFileSync throws holds the output, unless the file could not be run.
    const { message, stderr } = error as Error & { stderr?: string };
    return (stderr?.trim() || message).split('\n').at(-1);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    // The tests stop, signal and rename servers: they need a binary.
    await ensureServer(process.argv.includes('--binary') ? THIS_MACHINE : withContainers);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
