import type { TSchema } from 'typebox';

export interface ServerFacts {
  readonly engine: 'redis' | 'valkey';
  /** `8.1.1` */
  readonly version: string;
  readonly topology: 'standalone' | 'cluster';
}

/** How a server is reached, beside its URL. */
export interface ServerAccess {
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
}

/** A server that a run may use, and what can be done to it. */
export interface Target extends AsyncDisposable {
  /** The unit's name. */
  readonly kind: string;
  /** With credentials, for connecting only; never printed. */
  readonly url: string;
  readonly access?: ServerAccess;
  /** The address without credentials. */
  readonly address: string;
  /** True when this run started the server, so that it may do anything to it. */
  readonly ours: boolean;
  /** Strings that no output may show. */
  readonly secrets: readonly string[];
  /** Another server of the same kind for one case alone; absent where the target can't. */
  own?(): Promise<Target>;
}

export interface TargetOpenOptions {
  readonly signal: AbortSignal;
  /** Says what takes long, on the terminal. */
  notice(text: string): void;
}

/** A kind of target. Raises a TargetError that names the address and what to check. */
export interface TargetDefinition<Config = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly config: TSchema;
  open(config: Config, options: TargetOpenOptions): Promise<Target>;
}

export const defineTarget = <Config>(target: TargetDefinition<Config>): TargetDefinition<Config> => target;
