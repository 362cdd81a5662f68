import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

type Command = readonly string[];

/** The commands that start one server, which reads its configuration from standard input. */
export interface Launch {
  /** Runs first, when the server needs something made for it. */
  readonly prepare?: Command;
  readonly run: Command;
  /** Removes what `prepare` made. */
  readonly cleanup?: Command;
}

const quote = (command: Command): string => command.map((part) => `'${part.replaceAll("'", `'\\''`)}'`).join(' ');

/**
 * Holds the server as its child and takes it away when standard input closes: on our word, or however our process ends.
 * Nothing can be left behind: whoever starts the server and makes the folder is also who removes them.
 *
 * - It ignores signals that end a session or a pipe, since its work comes after them.
 * - The configuration comes by the environment, which only this user can read; arguments are open to everyone.
 * - Only SIGKILL: nothing is kept, a stopped server obeys it too, and SIGTERM waits for a cycle of up to 100 ms.
 * - The last line ends its process group: the reader, a BGSAVE under way, and itself.
 */
const supervisorScript = (folder: string, { prepare = [':'], run, cleanup = [':'] }: Launch): string => `
trap '' HUP INT TERM PIPE
umask 077
exec 3<&0 2>&1
mkdir ${quote([folder])} && cd ${quote([folder])} || exit
if ${quote(prepare)} >log 2>&1; then
  exec 2>/dev/null
  ${quote(run)} >log 2>&1 3<&- <<END &
$REDRILL_SERVER_CONFIG
END
  server=$!
  { read -r _ <&3; kill -KILL $server; } &
  wait $server
  ${quote(cleanup)} >/dev/null
fi
tail -n 12 log
rm -rf ${quote([folder])}
kill -KILL 0
`;

const STOP_TIMEOUT_MS = 2_000;
/** Docker takes its time to remove a container. */
const CLEANUP_TIMEOUT_MS = 15_000;

export interface SupervisedServer {
  /** Resolves with the last lines of the log when the server has ended and its folder is gone. */
  readonly ended: Promise<string>;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a server, in a fresh folder and a process group of its own, that cannot outlive this process. */
export function supervise(launch: Launch, configuration: string): SupervisedServer {
  const folder = join(tmpdir(), `redrill-${randomBytes(6).toString('hex')}`);
  // `detached` makes a session of its own, so that Ctrl-C leaves the server to our teardown.
  const supervisor = spawn('/bin/sh', ['-c', supervisorScript(folder, launch)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, REDRILL_SERVER_CONFIG: configuration },
  });
  let output = '';
  supervisor.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = new Promise<string>((resolve) => {
    supervisor.on('error', (error) => resolve(error.message));
    supervisor.on('close', () => resolve(output));
  });

  async function stop(): Promise<void> {
    supervisor.stdin.destroy();
    const timeoutMs = launch.cleanup ? CLEANUP_TIMEOUT_MS : STOP_TIMEOUT_MS;
    const stopped = await Promise.race([ended, sleep(timeoutMs, null, { ref: false })]);
    // Somebody stopped or killed the supervisor itself.
    if (stopped === null && supervisor.pid !== undefined) process.kill(-supervisor.pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
  return { ended, stop };
}
