import type { Static, TSchema } from 'typebox';
import type { CheckReport, CheckRequest, History } from './checker.js';
import type { Locals, StepList } from './fields.js';
import type { HistoryRecorder } from './history.js';
import type { Connection, Connections, Namespace } from './redis.js';
import type { Capability, ServerNode, Target } from './target.js';
import type { MeasuredLoad } from './timeline.js';

/** Time as a case sees it. */
export interface Clock {
  /** Monotonic milliseconds, with a fraction. */
  now(): number;
  /** Milliseconds since the epoch. */
  wallTime(): number;
  /** Raises the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Random numbers from the case's seed: the same seed gives the same numbers to the same step. */
export interface Random {
  /** From 0, below 1. */
  next(): number;
  /** Whole, from `minimum` to `maximum`, both included. */
  integer(minimum: number, maximum: number): number;
  /** Independent numbers that depend on the seed and these parts alone, not on the order of calls. */
  derive(...parts: readonly (string | number)[]): Random;
  /** A version 4 UUID. */
  uuid(): string;
}

/** What a step leaves running. */
export interface Actor {
  /** The result as it is now. */
  snapshot(): unknown;
  /** Ends it and waits until it has ended; called once. */
  stop(): Promise<void>;
}

/** What runs a list of steps gave. */
export interface StepsOutcome {
  /** The result of the last step. */
  readonly last: unknown;
}

/** All that a handler has. Nothing else of the program is within its reach. */
export interface StepContext {
  /** Aborted when the step's time is up or the case ends; its reason is the error to raise. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  /** The shared connection for commands that don't block. Map names by `namespace` first. */
  readonly redis: Connection;
  /** The connection of raw commands: the step's `connection`, or the case's own. */
  rawConnection(): Promise<Connection>;
  readonly connections: Connections;
  readonly namespace: Namespace;
  readonly target: Target;
  readonly history: HistoryRecorder;
  /** The step's id, or a name made from its place. */
  readonly stepName: string;
  /** Names the case, for names of producers and consumers. */
  readonly caseId: string;
  /** The folder of the file that the step stands in, as an absolute path. */
  readonly folder: string;
  /** Environment variables that the configuration allows. */
  readonly env: Readonly<Record<string, string>>;
  /** What expressions see as `target`. */
  readonly targetScope: Readonly<Record<string, unknown>>;

  /** The nodes that this can be done to. Raises a TargetError where the target can't: name it in `capabilities`. */
  capability(name: Capability): readonly ServerNode[];
  /** Keeps what steps of one area share in a case (the producers still at work on a queue). Made on first use. */
  caseState<T>(name: string, create: () => T): T;
  /** Tells what was counted so far: shown by `inspect`, and by the report when the time is up. */
  reportProgress(snapshot: () => unknown): void;
  /** Leaves an actor running under the step's id; the handler's result is then its first snapshot. */
  keepRunning(actor: Actor): void;

  /** Runs steps in order in a scope of their own. Raises StepsFailed when one did not pass and the rest must not run. */
  runSteps(list: StepList, locals?: Locals, options?: RunStepsOptions): Promise<StepsOutcome>;
  /** The result of a background step, once it has ended. */
  collect(id: string): Promise<unknown>;
  /** The live actor of a step. */
  actor(id: string): Actor;
  /** Stops a live actor; its result is judged by its own `expect` too. */
  stopActor(id: string): Promise<unknown>;
  /**
   * Judges what happened in the case so far, in one reading of its history; a report for each request. A checker that
   * raises gives `unknown`.
   */
  check(requests: readonly CheckRequest[]): Promise<readonly CheckReport[]>;
  /** What happened in the case so far. */
  recorded(): History;
  /** Tells of a fault that begins now, for the case's timeline; what it returns tells that it is healed. */
  noteFault(label: string): () => void;
  /** Tells what was measured of operations that no history holds, for the case's timeline. */
  noteLoad(load: MeasuredLoad): void;
  /** Variables for the steps after this one. */
  setVariables(values: Readonly<Record<string, unknown>>): void;
}

export interface RunStepsOptions {
  /** Distinguishes runs of the same list in keys of steps: `branch1`, `#7`. */
  readonly label?: string;
  /** Ids inside stay inside, and these are all the variables (an included file). */
  readonly isolated?: { readonly vars: Readonly<Record<string, unknown>> };
  /** Stops the steps early. */
  readonly signal?: AbortSignal;
}

/**
 * looks: may be run again and again (`within`, `throughout`) · changes: may not.
 */
export type Effect = 'looks' | 'changes';

/** What a scenario may do only where whoever runs it allows it: `run` programs. */
export type Permission = 'run';

/** Commands that a step sends only where its input has a field, or has this value in it: `PSUBSCRIBE` for `patterns`. */
export interface CommandsOfInput {
  readonly field: string;
  readonly equals?: string;
  readonly commands: readonly string[];
}

/** What the rest of the program must know of a step without loading its handler. */
export interface StepTraits {
  /** `area.verb`, or one word for the language's own. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly effect: Effect;
  /** Runs steps: it has no time limit of its own. */
  readonly flow?: true;
  /** Judges by itself: always (`assert`), or where one of these fields asks for it. */
  readonly judges?: true | readonly string[];
  /** Leaves a live actor: always, or when this field has this value and that one is absent. */
  readonly live?: true | { readonly field: string; readonly equals: string; readonly without?: string };
  /** Acts on the whole server, so the case gets one of its own. */
  readonly wholeServer?: true;
  /** What it does to nodes: the case is skipped where the target can't, and has a server of its own where it can. */
  readonly capabilities?: readonly Capability[];
  /**
   * Commands that it cannot do without: the case is skipped where they are refused. Absent: not known. What its input
   * has as commands or scripts need not be named.
   */
  readonly commands?: readonly (string | CommandsOfInput)[];
  /** Is refused unless the command line or the configuration allows it. */
  readonly needs?: Permission;
}

export interface StepDefinition<Input extends TSchema = TSchema, Result extends TSchema = TSchema> extends StepTraits {
  readonly input: Input;
  readonly result: Result;
  /** Valid inputs; shown by editors and the reference. */
  readonly examples: readonly unknown[];
  /** Time that the input itself asks for, in milliseconds, on top of the step's time limit. */
  declaredMs?(input: Static<Input>): number;
  /**
   * The first error reply that the result holds as a value (of a pipeline). The engine asks where nothing judges the
   * result: without `expect` it makes the step failed, and `expectError` is matched against it.
   */
  findError?(result: Static<Result>): { readonly code: string; readonly message: string } | undefined;
  /**
   * Judges the result by what the input asks for, beside `expect`; undefined where it asks for nothing. `hasExpect`: the
   * step has an `expect`, so that what nobody asked for by name is left to it.
   */
  judge?(result: Static<Result>, input: Static<Input>, hasExpect: boolean): Judgement | undefined;
  /** What to look at where an `expect` of the result does not hold; undefined where it says all there is. */
  advise?(result: Static<Result>): string | undefined;
  /** How much is done, of what its progress counted so far; for reports that show it while the step runs. */
  work?(result: Static<Result>, input: Static<Input>): Work;
  run(input: Static<Input>, context: StepContext): Promise<Static<Result>>;
}

/** How much of a step's work is done. */
export interface Work {
  readonly done: number;
  /** Absent where nobody knows. */
  readonly total?: number | undefined;
  /** Where a time is its end. */
  readonly forMs?: number | undefined;
  /** `messages` */
  readonly unit: string;
}

/** What an action says of its own result. `unknown`: it proves nothing, so that not even a fulfilled `expect` is a pass. */
export type Judgement =
  | { readonly verdict: 'passed' }
  | {
      readonly verdict: 'failed' | 'unknown';
      readonly message: string;
      readonly next?: string;
      /** Fields of the result that say nothing, whatever an `expect` says of them. */
      readonly voids?: readonly string[];
    };

/** Types a step unit by its own schemas. */
export const defineStep = <Input extends TSchema, Result extends TSchema>(
  step: StepDefinition<Input, Result>,
): StepDefinition<Input, Result> => step;
