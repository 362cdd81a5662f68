import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONFIGURATION, type Files, type RunningServer, type ServerProgram } from '../servers/start.js';

type Command = readonly string[];

const quote = (command: Command): string => command.map((part) => `'${part.replaceAll("'", `'\\''`)}'`).join(' ');

/** Ends what a life of the server has logged. */
const END = '\x1e';

/**
 * Holds the server, whose configuration is both in its folder and on standard input, as its child,
 * and takes it away when standard input closes: on our word, or however our process ends.
 * Nothing can be left behind: whoever starts the server and makes the folder is also who removes them.
 * A server that has ended is started again, in the same folder, for each further line of standard input.
 *
 * - It ignores signals that end a session or a pipe, since its work comes after them.
 * - Files come by the environment, which only this user can read; arguments are open to everyone.
 * - Only SIGKILL: a stopped server obeys it too, and SIGTERM waits for a cycle of up to 100 ms.
 * - The last line ends its process group: the reader, a BGSAVE under way, and itself.
 */
const supervisorScript = (folder: string, names: readonly string[], run: Command): string => `
trap '' HUP INT TERM PIPE
umask 077
exec 3<&0 2>&1
mkdir ${quote([folder])} && cd ${quote([folder])} || exit
${names.map((name, index) => `printf '%s\\n' "$REDRILL_FILE_${index}" >${quote([name])} || exit`).join('\n')}
unset ${names.map((_, index) => `REDRILL_FILE_${index}`).join(' ')}
exec 2>/dev/null
while
  ${quote(run)} <${CONFIGURATION} >log 2>&1 3<&- &
  server=$!
  { read -r _ <&3; kill -KILL $server; } >/dev/null &
  reader=$!
  wait $server
  kill -KILL $reader
  wait $reader
  tail -n 12 log
  printf '\\036'
  read -r _ <&3
do :; done
rm -rf ${quote([folder])}
kill -KILL 0
`;

const STOP_TIMEOUT_MS = 2_000;

export const binaryProgram = (path: string): ServerProgram => ({
  name: path,
  host: '127.0.0.1',
  bind: '127.0.0.1',
  advice:
    'name another server by REDRILL_SERVER=/path/to/redis-server, or use a running one by --url redis://host:6379',
  run: (_, files, options) => supervise([path, CONFIGURATION, ...options], files),
});

/** Starts a server, in a fresh folder and a process group of its own, that cannot outlive this process. */
function supervise(run: Command, files: Files): RunningServer {
  const name = `redrill-${randomBytes(6).toString('hex')}`;
  const folder = join(tmpdir(), name);
  const variables = Object.values(files).map((text, index) => [`REDRILL_FILE_${index}`, text]);
  // `detached` makes a session of its own, so that Ctrl-C leaves the server to our teardown.
  const supervisor = spawn('/bin/sh', ['-c', supervisorScript(folder, Object.keys(files), run)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, ...Object.fromEntries(variables) },
  });
  const life = new Life();
  supervisor.stdin.on('error', () => {}); // somebody killed it: its end says so
  supervisor.stdout.setEncoding('utf8').on('data', (text: string) => life.log(text));
  const closed = new Promise<void>((resolve) => {
    supervisor.on('error', (error) => {
      life.log(error.message);
      resolve();
    });
    supervisor.on('close', () => resolve());
  });
  void closed.then(() => life.close());

  async function stop(): Promise<void> {
    supervisor.stdin.destroy();
    const stopped = await Promise.race([closed.then(() => true), sleep(STOP_TIMEOUT_MS, false, { ref: false })]);
    // Somebody stopped or killed the supervisor itself.
    if (!stopped && supervisor.pid !== undefined) process.kill(-supervisor.pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }

  return {
    name,
    launched: true,
    get ended() {
      return life.ended;
    },
    signal: (name, pid) => void process.kill(pid, name),
    again() {
      life.begin();
      supervisor.stdin.write('again\n');
    },
    stop,
  };
}

/** From a server's start to its end. */
class Life {
  ended!: Promise<string>;
  #end!: (log: string) => void;
  #log = '';
  #closed = false;

  constructor() {
    this.begin();
  }

  begin(): void {
    this.#log = '';
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    if (this.#closed) this.end();
  }

  log(text: string): void {
    this.#log += text;
    if (this.#log.endsWith(END)) this.end();
  }

  end(): void {
    this.#end(this.#log.replace(END, ''));
  }

  /** There is nobody left who could start it again. */
  close(): void {
    this.#closed = true;
    this.end();
  }
}
