import type { TSchema } from 'typebox';

export interface ServerFacts {
  readonly engine: 'redis' | 'valkey';
  /** `8.1.1` */
  readonly version: string;
  readonly topology: 'standalone' | 'cluster';
}

/** A server that a run may use, and what can be done to it. */
export interface Target extends AsyncDisposable {
  /** The unit's name. */
  readonly kind: string;
  /** With credentials, for connecting only; never printed. */
  readonly url: string;
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
