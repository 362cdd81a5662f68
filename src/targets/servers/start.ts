import { setTimeout as sleep } from 'node:timers/promises';
import { TargetError } from '../../errors.js';
import { now } from '../../format/now.js';
import { type Admin, type AdminAccess, openAdmin } from './admin.js';
import { findFreePort } from './ports.js';

const START_TIMEOUT_MS = 10_000;
/** From spawn to PONG takes 20 ms, and in a container 300 ms and more. */
const FIRST_POLL_MS = 2;
const PORT_ATTEMPTS = 5;
/** In the words of the server, or of Docker. */
const PORT_TAKEN = /address already in use|port is already allocated/i;

const CONFIGURATION_REFUSED = /FATAL CONFIG FILE ERROR/;

/** The name of the configuration in a server's folder. */
export const CONFIGURATION = 'server.conf';

/** Texts by the names of files. */
export type Files = Readonly<Record<string, string>>;

/** A server that can be started. */
export interface ServerProgram {
  /** In messages. */
  readonly name: string;
  /** Where we reach it. Servers that belong together call each other 127.0.0.1, wherever they are. */
  readonly host: string;
  /** Where it listens. */
  readonly bind: string;
  /** What to do when it does not start. */
  readonly advice: string;
  /** Starts it with these files, `server.conf` among them, in a folder of its own. */
  run(port: number, files: Files, options: readonly string[]): RunningServer;
}

/** A server that was started, whether or not it answers yet. */
export interface RunningServer {
  /** The name of its folder, which no other server has. */
  readonly name: string;
  /** False while nobody can answer yet. */
  readonly launched: boolean;
  /** Resolves with the last lines of the log when the server that was started last has ended. */
  readonly ended: Promise<string>;
  /** `pid`: its process, as it says itself. */
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL', pid: number): void | Promise<void>;
  /** Starts the server again, once it has ended. */
  again(): void;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

/** What a server is to be. */
export interface ServerPlan {
  /** Of its configuration, beside where it listens. */
  readonly directives: readonly string[];
  /** Directives that a server may not know: it is started without them then. */
  readonly optional?: readonly string[];
  /** On its command line. */
  readonly options?: readonly string[];
  /** That it finds in its folder. */
  readonly files?: Files;
  readonly admin: Omit<AdminAccess, 'host' | 'port'>;
  /** Texts that no message may show. */
  readonly secrets: readonly string[];
  readonly tls?: boolean;
  /** Its port needs a second one for the cluster's bus. */
  readonly bus?: boolean;
}

export interface StartOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  readonly findPort?: (plan: ServerPlan) => Promise<number>;
}

/** A server that answers, until somebody ends it. */
export interface StartedServer {
  /** Of its folder, and of its container. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly running: boolean;
  /** To its process, as the server itself knows it: not to a wrapper around it. */
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): Promise<void>;
  connect(): Promise<Admin>;
  /** Kills it, and resolves when it has ended. */
  kill(): Promise<void>;
  /** Starts it again on its port, in its folder. Raises a TargetError. */
  again(): Promise<void>;
  /** Ends it for good, and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a server on a free port of the loopback and waits until it answers. Raises a TargetError. */
export async function startServer(
  program: ServerProgram,
  plan: ServerPlan,
  options: StartOptions,
): Promise<StartedServer> {
  const { signal, timeoutMs = START_TIMEOUT_MS, findPort = findFreePort } = options;
  let optional = plan.optional ?? [];
  let port = await findPort(plan);
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const files = { ...plan.files, [CONFIGURATION]: configuration(program, port, plan, optional) };
    const server = new Server(program, port, plan, program.run(port, files, plan.options ?? []), timeoutMs);
    const state = await server.waitUntilReady(signal);
    if (state === 'ready') return server;
    await server.stop();
    signal.throwIfAborted();
    const log = await server.log;
    // Between our look and its bind somebody else can take the port.
    if (PORT_TAKEN.test(log) && attempt < PORT_ATTEMPTS) port = await findPort(plan);
    // Before Redis 7.0 there was no enable-debug-command, and DEBUG was open to all.
    else if (optional.some((directive) => log.includes(directive.split(' ')[0]!))) optional = [];
    else throw server.error(state, log);
  }
}

function configuration(
  { bind }: ServerProgram,
  port: number,
  { directives, tls = false }: ServerPlan,
  optional: readonly string[],
): string {
  const listen = tls ? ['port 0', `tls-port ${port}`] : [`port ${port}`];
  return [`bind ${bind}`, ...listen, 'daemonize no', ...optional, ...directives].join('\n');
}

type State = 'ready' | 'ended' | 'silent';

class Server implements StartedServer {
  #pid = 0;
  #running = false;

  constructor(
    private readonly program: ServerProgram,
    readonly port: number,
    private readonly plan: ServerPlan,
    private readonly started: RunningServer,
    private readonly timeoutMs: number,
  ) {}

  get name(): string {
    return this.started.name;
  }

  get host(): string {
    return this.program.host;
  }

  get running(): boolean {
    return this.#running;
  }

  get log(): Promise<string> {
    return this.started.ended;
  }

  connect(): Promise<Admin> {
    return openAdmin({ ...this.plan.admin, host: this.host, port: this.port });
  }

  async signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): Promise<void> {
    if (this.#running) await this.started.signal(name, this.#pid);
  }

  async kill(): Promise<void> {
    await this.signal('SIGKILL');
    await this.started.ended;
  }

  async again(): Promise<void> {
    this.started.again();
    const state = await this.waitUntilReady();
    if (state !== 'ready') throw this.error(state, state === 'ended' ? await this.log : '');
  }

  stop(): Promise<void> {
    return this.started.stop();
  }

  async waitUntilReady(signal?: AbortSignal): Promise<State> {
    const deadline = now() + this.timeoutMs;
    for (let pauseMs = FIRST_POLL_MS; now() < deadline && !signal?.aborted; pauseMs *= 1.1) {
      if (this.started.launched && (await this.#answers())) return 'ready';
      if ((await Promise.race([this.started.ended, sleep(pauseMs, null)])) !== null) return 'ended';
    }
    return 'silent';
  }

  /** Whether this server, not another one that may have taken its port, serves. */
  async #answers(): Promise<boolean> {
    try {
      using admin = await this.connect();
      // While it loads its data it refuses this.
      if ((await admin.call('PING')) !== 'PONG') return false;
      const info = String(await admin.call('INFO', 'server'));
      // Servers that belong together have one password. A wrapper may hand on standard input: then there is no file.
      const file = /^config_file:(.*\S)/m.exec(info)?.[1];
      if (file !== undefined && !file.includes(this.started.name)) return false;
      this.#pid = Number(/^process_id:(\d+)/m.exec(info)?.[1]);
      this.#running = true;
      void this.started.ended.then(() => {
        this.#running = false;
      });
      return true;
    } catch {
      return false;
    }
  }

  error(state: 'ended' | 'silent', log: string): TargetError {
    const happened = state === 'ended' ? 'ended before it answered' : `did not answer within ${this.timeoutMs / 1000}s`;
    const shown = this.plan.secrets.reduce((text, secret) => text.replaceAll(secret, '***'), log.trim());
    const lines = (shown || '(nothing)').split('\n').map((line) => `  ${line}`);
    return new TargetError(
      [`${this.program.name} ${happened} on ${this.host}:${this.port}; it logged:`, ...lines].join('\n'),
      {
        next: CONFIGURATION_REFUSED.test(log)
          ? 'correct `config` or `acl` of the target: the server refuses its configuration'
          : this.program.advice,
      },
    );
  }
}
