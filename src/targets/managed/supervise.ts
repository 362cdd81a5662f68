import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Holds the server as its child and takes it away when standard input closes: on our word, or however our process ends.
 * Nothing can be left behind: whoever starts the server and makes the folder is also who removes them.
 *
 * - It ignores signals that end a session or a pipe, since its work comes after them.
 * - The configuration comes by the environment, which only this user can read; arguments are open to everyone.
 * - Only SIGKILL: nothing is kept, a stopped server obeys it too, and SIGTERM waits for a cycle of up to 100 ms.
 * - The last line ends its process group: the reader, a BGSAVE under way, and itself.
 */
const SCRIPT = `
trap '' HUP INT TERM PIPE
umask 077
exec 3<&0 2>&1
mkdir "$1" && cd "$1" || exit
exec 2>/dev/null
"$2" - >log 2>&1 3<&- <<END &
$REDRILL_SERVER_CONFIG
END
server=$!
{ read -r _ <&3; kill -KILL $server; } &
wait $server
tail -n 12 log
rm -rf "$1"
kill -KILL 0
`;

const STOP_TIMEOUT_MS = 2_000;

export interface SupervisedServer {
  /** Resolves with the last lines of the log when the server has ended and its folder is gone. */
  readonly ended: Promise<string>;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a server, in a fresh folder and a process group of its own, that cannot outlive this process. */
export function supervise(binary: string, configuration: string): SupervisedServer {
  const folder = join(tmpdir(), `redrill-${randomBytes(6).toString('hex')}`);
  // `detached` makes a session of its own, so that Ctrl-C leaves the server to our teardown.
  const supervisor = spawn('/bin/sh', ['-c', SCRIPT, 'redrill', folder, binary], {
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
    const stopped = await Promise.race([ended, sleep(STOP_TIMEOUT_MS, null, { ref: false })]);
    // Somebody stopped or killed the supervisor itself.
    if (stopped === null && supervisor.pid !== undefined) process.kill(-supervisor.pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
  return { ended, stop };
}
