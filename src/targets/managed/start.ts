import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TargetError } from '../../errors.js';
import { type Launch, type SupervisedServer, supervise } from './supervise.js';

const START_TIMEOUT_MS = 10_000;
/** From spawn to PONG takes 20 ms. */
const POLL_MS = 2;
const PORT_ATTEMPTS = 5;
/** In the words of the server, or of Docker. */
const PORT_TAKEN = /address already in use|port is already allocated/i;

/** A server that can be started. */
export interface ServerProgram {
  /** In messages. */
  readonly name: string;
  /** Where it listens to be reached on that port of the loopback. */
  listen(port: number): readonly string[];
  launch(port: number): Launch;
}

export const binaryProgram = (path: string): ServerProgram => ({
  name: path,
  listen: (port) => ['bind 127.0.0.1', `port ${port}`],
  launch: () => ({ run: [path, '-'] }),
});

export interface StartedServer {
  readonly port: number;
  readonly password: string;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  readonly findPort?: () => Promise<number>;
}

/** Starts a server on a free port of the loopback and waits until it answers. Raises a TargetError. */
export async function startServer(program: ServerProgram, options: StartOptions): Promise<StartedServer> {
  const { signal, timeoutMs = START_TIMEOUT_MS, findPort = findFreePort } = options;
  // Keeps other users of this machine out.
  const password = randomBytes(18).toString('base64url');
  let knowsDebugCommand = true;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const port = await findPort();
    const server = supervise(program.launch(port), configuration(program.listen(port), password, knowsDebugCommand));
    const state = await waitUntilReady(server, port, password, timeoutMs, signal);
    if (state === 'ready') return { port, password, stop: server.stop };
    await server.stop();
    signal.throwIfAborted();
    const log = await server.ended;
    // Between our look and its bind somebody else can take the port.
    if (PORT_TAKEN.test(log) && attempt < PORT_ATTEMPTS) continue;
    // Before Redis 7.0 there was no such directive, and DEBUG was open to all.
    if (log.includes('enable-debug-command') && knowsDebugCommand) knowsDebugCommand = false;
    else {
      const happened = state === 'ended' ? 'ended before it answered' : `did not answer within ${timeoutMs / 1000}s`;
      throw startError(`${program.name} ${happened} on 127.0.0.1:${port}`, log.replaceAll(password, '***'));
    }
  }
}

function configuration(listen: readonly string[], password: string, knowsDebugCommand: boolean): string {
  return [
    ...listen,
    `requirepass ${password}`,
    'daemonize no',
    'save ""',
    'appendonly no',
    // Expiry and eviction alone: with KEA, SET at pipeline 16 falls from 1.6 to 0.9 million a second.
    'notify-keyspace-events KExe',
    ...(knowsDebugCommand ? ['enable-debug-command yes'] : []),
  ].join('\n');
}

async function waitUntilReady(
  server: SupervisedServer,
  port: number,
  password: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<'ready' | 'ended' | 'silent'> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline && !signal.aborted) {
    if (await answers(port, password)) return 'ready';
    if ((await Promise.race([server.ended, sleep(POLL_MS, null)])) !== null) return 'ended';
  }
  return 'silent';
}

/** Whether the server that knows this password, not another one, is there. */
function answers(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    let reply = '';
    const finish = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (text: string) => {
      reply += text;
      if (!'+OK\r\n+PONG\r\n'.startsWith(reply)) finish(false);
      else if (reply.endsWith('PONG\r\n')) finish(true);
    });
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
    socket.on('timeout', () => finish(false));
  });
}

export async function findFreePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  // A TCP listener's address is never a string.
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

function startError(happened: string, log: string): TargetError {
  const lines = (log.trim() || '(nothing)').split('\n');
  return new TargetError([`${happened}; it logged:`, ...lines.map((line) => `  ${line}`)].join('\n'), {
    next: 'name another server by REDRILL_SERVER=/path/to/redis-server, or use a running one by --url redis://host:6379',
  });
}
