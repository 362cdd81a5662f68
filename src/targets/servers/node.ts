import type { ServerNode, ServerRole } from '../../contracts/target.js';
import { TargetError } from '../../errors.js';
import type { Admin } from './admin.js';
import type { StartedServer } from './start.js';

const ROLES: Readonly<Record<string, ServerRole>> = { master: 'primary', slave: 'replica', sentinel: 'sentinel' };

/** One server of ours, and what can be done to it. */
export class ManagedNode implements ServerNode {
  /** Known once the servers are arranged. */
  handOver: ((node: ManagedNode) => Promise<ManagedNode | undefined>) | undefined;

  constructor(
    readonly name: string,
    private readonly server: StartedServer,
  ) {}

  get host(): string {
    return this.server.host;
  }

  get port(): number {
    return this.server.port;
  }

  get address(): string {
    return `${this.host}:${this.port}`;
  }

  get running(): boolean {
    return this.server.running;
  }

  connect(): Promise<Admin> {
    return this.server.connect();
  }

  /** Calls one command on a connection for it alone. Raises a TargetError. */
  async ask(...command: readonly (string | number)[]): Promise<string> {
    try {
      using admin = await this.connect();
      const reply = await admin.call(...command);
      return Array.isArray(reply) ? reply.join('\n') : String(reply);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new TargetError(`${this.name} at ${this.address} did not do ${command[0]}: ${why}`, { cause });
    }
  }

  async role(): Promise<ServerRole> {
    const [role = ''] = (await this.ask('ROLE')).split('\n');
    return ROLES[role] ?? 'primary';
  }

  async configure(directives: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(directives)) await this.ask('CONFIG', 'SET', name, value);
  }

  async pause(): Promise<void> {
    this.#mustRun();
    await this.server.signal('SIGSTOP');
  }

  async resume(): Promise<void> {
    this.#mustRun();
    await this.server.signal('SIGCONT');
  }

  async kill(): Promise<void> {
    await this.server.kill();
  }

  async restart(): Promise<void> {
    await this.server.kill();
    await this.server.again();
  }

  async failover(): Promise<string> {
    const role = await this.role();
    if (role !== 'primary')
      throw new TargetError(`${this.name} is a ${role}`, { next: 'name the node that is primary now' });
    const successor = await this.handOver?.(this);
    if (successor) return successor.name;
    throw new TargetError(`${this.name} has no replica that runs`, {
      next: 'give the target `replicas`, or restart one',
    });
  }

  #mustRun(): void {
    if (!this.running) throw new TargetError(`${this.name} at ${this.address} is not running`, { next: 'restart it' });
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** Opens a connection to each, for as long as `use` takes. */
export async function withAdmins<T>(
  nodes: readonly ManagedNode[],
  use: (admins: readonly Admin[]) => Promise<T>,
): Promise<T> {
  const open: Admin[] = [];
  try {
    for (const node of nodes) open.push(await node.connect());
    return await use(open);
  } finally {
    for (const admin of open) admin[Symbol.dispose]();
  }
}
