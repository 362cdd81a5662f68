import type { CaseReference, RunEvent } from '../contracts/event.js';
import type { Connection } from '../contracts/redis.js';
import type { Clock, Random } from '../contracts/step.js';
import type { ServerFacts, Target } from '../contracts/target.js';
import type { TargetError } from '../errors.js';
import type { EndedCase } from '../history/save.js';
import type { Infos } from '../redis/forensics/server.js';
import type { ConnectionPool } from '../redis/pool.js';
import type { Refusal } from '../redis/refusals.js';
import type { LoadCheckers } from './check.js';
import type { Debugger } from './debug.js';
import type { ProgramChecks } from './programs.js';
import type { ProgressBoard } from './progress.js';
import type { LoadMatchers } from './session.js';

/** What a run gives each of its cases. */
export interface CaseEnvironment {
  /** By what events and histories name the case. */
  readonly reference: CaseReference;
  readonly target: Target;
  readonly facts: ServerFacts;
  /** Of the commands that cases demand. */
  readonly refusals: ReadonlyMap<string, Refusal>;
  /** The connection that cases of this target share. */
  readonly shared: Connection;
  readonly pool: ConnectionPool;
  /** INFO when the run began on this server; undefined where nobody asks about it when a case did not pass. */
  readonly infos: Promise<Infos> | undefined;
  /** Why the server takes no writes. */
  readonly unwritable: TargetError | undefined;
  /** The case has the server to itself, so that it may do anything to it. */
  readonly exclusive: boolean;
  readonly token: string;
  /** Counts from 1. */
  readonly attempt: number;
  readonly seed: number;
  readonly random: Random;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string>>;
  readonly programs: ProgramChecks;
  readonly timeoutMs: number | undefined;
  readonly keepKeys: boolean;
  readonly signal: AbortSignal;
  readonly loadMatchers: LoadMatchers;
  readonly loadCheckers: LoadCheckers;
  readonly emit: (event: RunEvent) => void;
  readonly progress?: ProgressBoard | undefined;
  readonly debug?: Debugger | undefined;
  /** Somebody wants what happened over time. */
  readonly timeline: boolean;
  /** Of this program. */
  readonly version: string;
  readonly saveHistory: ((ended: EndedCase) => Promise<void>) | undefined;
}
