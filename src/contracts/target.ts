import type { TSchema } from 'typebox';
import type { Connection } from './redis.js';
import type { Frame, Path } from './result.js';

export interface ServerFacts {
  readonly engine: 'redis' | 'valkey';
  /** `8.1.1` */
  readonly version: string;
  readonly topology: 'standalone' | 'cluster';
}

/** A text, or what finds each of many that are made one after another. */
export type Secret = string | RegExp;

/** How a server is reached, beside its URL. */
export interface ServerAccess {
  /** Makes one for each connection, in place of the URL's. Raises a TargetError. */
  readonly password?: () => Promise<string>;
  /** For `rediss://`: PEM texts, never paths. */
  readonly tls?: {
    readonly ca?: string;
    /** The client's own certificate and key. */
    readonly cert?: string;
    readonly key?: string;
    /** For SNI and for the name in the certificate, where the address is another (a tunnel, an IP address). */
    readonly serverName?: string;
    /** False: any certificate will do. */
    readonly verify?: boolean;
  };
  /** The URL names no server, but these know where the primary of that name is. */
  readonly sentinel?: {
    readonly primary: string;
    readonly nodes: readonly { readonly host: string; readonly port: number }[];
    readonly username?: string;
    readonly password?: string;
  };
  /** Where commands that only read go; default: the primary. */
  readonly readFrom?: 'primary' | 'replica';
  /** Where nodes are reached whose own addresses lead nowhere from here: `{ "10.0.0.1:6379": "127.0.0.1:7001" }`. */
  readonly nodeAddresses?: Readonly<Record<string, string>>;
}

/** What can be done to a target's nodes; a case whose steps need another is skipped. */
export const CAPABILITIES = ['configure', 'pause', 'kill', 'restart', 'failover'] as const;
export type Capability = (typeof CAPABILITIES)[number];

export type ServerRole = 'primary' | 'replica' | 'sentinel';

/** One server process of a target. Everything raises a TargetError. */
export interface ServerNode {
  /** What it was at first: `primary`, `replica-1`, `sentinel-3`, `shard-2-primary`, `shard-2-replica-1`. */
  readonly name: string;
  readonly address: string;
  readonly running: boolean;
  /** What it is now, as it says itself. */
  role(): Promise<ServerRole>;
  /** CONFIG SET. */
  configure(directives: Readonly<Record<string, string>>): Promise<void>;
  /** Stops its process: connections stay open, and nothing is answered until it goes on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends its process at once, and whatever it did not keep. */
  kill(): Promise<void>;
  /** Starts it again at its address, with what it kept; one that runs is killed first. Resolves when it serves. */
  restart(): Promise<void>;
  /** Hands its role of primary to a replica of its, without loss; resolves with that node's name when it has it. */
  failover(): Promise<string>;
}

/** A server that a run may use, and what can be done to it. */
export interface Target extends AsyncDisposable {
  /** The unit's name. */
  readonly kind: string;
  /** With credentials, for connecting only; never printed. Without the password that `access` makes. */
  readonly url: string;
  readonly access?: ServerAccess;
  /** The address without credentials. */
  readonly address: string;
  /** True when this run started the server, so that it may do anything to it. */
  readonly ours: boolean;
  /** What no output may show. */
  readonly secrets: readonly Secret[];
  /** That by which it was tried, for whoever goes on with it; it ends with the target. */
  readonly connection?: Connection;
  /** Absent: none. */
  readonly capabilities?: readonly Capability[];
  /** Its servers; absent where nothing can be done to them. */
  readonly nodes?: readonly ServerNode[];
  /** Raises a TargetError that names those there are. */
  node?(name: string): ServerNode;
  /** What it refuses everybody, whoever logs in. What a user may not do is asked of the server. */
  readonly refuses?: RefusedCommands;
  /** Another server of the same kind for one case alone; absent where the target can't. */
  own?(): Promise<Target>;
}

export interface RefusedCommands {
  /** Who refuses them, in words: `ElastiCache Serverless`. */
  readonly by: string;
  /** In upper case: `KEYS`, `CLIENT KILL`; `CONFIG` with all of its subcommands. */
  readonly commands: readonly string[];
}

export interface TargetOpenOptions {
  readonly signal: AbortSignal;
  /** Says what takes long, on the terminal. */
  notice(text: string): void;
}

/** What can be told of a target before it is opened, by its name and its config alone, and without loading more. */
export interface TargetKind<Config = unknown> {
  readonly name: string;
  /** Fields of the config that may have expressions. */
  readonly texts?: readonly string[];
  /** Reads what stands behind `name:` on the command line. Raises a ScenarioError. */
  shorthand?(text: string): Config;
  /** Raises a ScenarioError for what does not go together, in its place if `locate` knows it. */
  check(config: Config, locate?: (path: Path) => Frame | undefined): void;
  /** Absent where a server is started for the run. */
  address?(config: Config): string;
}

/** How a server is reached that nobody has connected to yet. */
export type FoundTarget = Pick<Target, 'url' | 'access' | 'secrets'>;

/** A kind of target. Raises a TargetError that names the address and what to check. */
export interface TargetDefinition<Config = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly config: TSchema;
  /** Where it is, without connecting: for whoever looks at it as it is. Absent where opening starts it. */
  find?(config: Config, options: TargetOpenOptions): Promise<FoundTarget>;
  open(config: Config, options: TargetOpenOptions): Promise<Target>;
}

export const defineTarget = <Config>(target: TargetDefinition<Config>): TargetDefinition<Config> => target;
