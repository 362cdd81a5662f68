import type { CaseReference } from './event.js';
import type { BoundExpression } from './fields.js';
import type { Frame, Location, Path } from './result.js';
import type { Permission, StepDefinition, StepTraits } from './step.js';
import type { Capability, ServerFacts } from './target.js';

/** What the compiler hands to the engine. The engine sees no YAML and no schema. */

/** Names in scope of an expression: `vars`, `matrix`, `env`, `steps`, `case`, `target`, and a loop's own. */
export type Scope = Readonly<Record<string, unknown>>;

export type KeyMode = 'isolated' | 'spread' | 'literal';

export interface CompiledCase {
  readonly reference: CaseReference;
  readonly location: Location;
  readonly tags: readonly string[];
  readonly matrix: Readonly<Record<string, unknown>>;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly requires: Requirements;
  readonly keys: KeyMode;
  /** The literal keys that the case owns. */
  readonly owns: readonly string[];
  readonly server: 'shared' | 'own';
  /** A command of the case that acts on the whole server (`CONFIG SET`); only a server of our own allows it. */
  readonly actsOnServer: string | null;
  /** What the case does that must be allowed. */
  readonly needs: readonly Need[];
  /** What it cannot do without; it is skipped where that is not to be had. */
  readonly demands: readonly Demand[];
  /** Every command that it may send; null for one that shows only when it runs. */
  readonly sends: readonly (string | null)[];
  readonly timeoutMs: number;
  readonly setup: readonly CompiledStep[];
  readonly steps: readonly CompiledStep[];
  readonly catch: readonly CompiledStep[];
  readonly teardown: readonly CompiledStep[];
  readonly always: readonly CompiledInvariant[];
}

/** What must hold all the time while the steps run. */
export interface CompiledInvariant {
  /** The action and its `expect`, on a connection of its own; no other modifiers. */
  readonly step: CompiledStep;
  readonly everyMs: number;
  /** It is sampled once the steps behind this one go on; null: from the start. */
  readonly after: string | null;
  /** `ignore`: an error of the action is no sample. */
  readonly onError: 'fail' | 'ignore';
  /** Live actors and background steps that it looks at: it is sampled only while each has something to show. */
  readonly inspects: readonly string[];
}

export interface Requirements {
  /** Why the server does not meet them; undefined when it does. */
  unmet(server: ServerFacts): string | undefined;
  /** Commands that must end with exit code 0 in the scenario's folder. */
  readonly programs: readonly (readonly string[])[];
}

/** Something that the target must be able to do, or a command that its servers must take. */
export type Demand =
  | { readonly kind: 'capability'; readonly name: Capability; readonly by: string | null }
  | {
      readonly kind: 'command';
      /** `WAIT`, `CLIENT KILL` */
      readonly name: string;
      /** The action that sends it; null for `requires`, which names it on purpose. */
      readonly by: string | null;
    };

/** A place in the user's file that needs a permission. */
export interface Need {
  readonly permission: Permission;
  /** The action, or the setting. */
  readonly what: string;
  readonly frame: Frame;
}

export interface Poll {
  readonly forMs: number;
  readonly everyMs: number;
  /** What polls until something holds waits so long first, then by twos up to `everyMs`. */
  readonly firstMs: number;
}

export interface RetryPolicy {
  /** Runs in all. */
  readonly attempts: number;
  readonly delayMs: number;
  readonly backoff: 'none' | 'constant' | 'linear' | 'exponential';
  readonly maxDelayMs: number;
}

/** What a StepList is to the compiler and the engine. */
export interface CompiledStepList {
  readonly steps: readonly CompiledStep[];
  /** Default variables of an included file. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** A value of the file that may hold expressions. Resolving raises an ExpressionError or a ScenarioError. */
export interface Resolvable<T> {
  resolve(scope: Scope): T;
}

/** What a result must match, and where each part of it stands in the file. */
export interface Expectation extends Resolvable<unknown> {
  /** The operators in it, to be loaded before it is judged. */
  readonly operators: readonly string[];
  locate(path: Path): Frame;
  /** Of the numbers that the result has there: `ms`, `B` or `/s`; undefined where it has none. */
  unitAt(path: Path): string | undefined;
}

export interface CompiledStep {
  readonly traits: StepTraits;
  load(): Promise<StepDefinition>;
  /** Position in its list, from 0. */
  readonly index: number;
  readonly id: string | null;
  readonly title: Resolvable<string>;
  readonly location: Location;
  frame(): Frame;
  /** The handler's input: expressions evaluated, defaults filled in, quantities as numbers, validated. */
  readonly input: Resolvable<unknown>;
  readonly condition: Resolvable<BoundExpression> | null;
  readonly expect: Expectation | null;
  readonly expectError: Expectation | null;
  readonly within: Resolvable<Poll> | null;
  readonly throughout: Resolvable<Poll> | null;
  readonly timeoutMs: Resolvable<number> | null;
  readonly retry: Resolvable<RetryPolicy> | null;
  readonly background: boolean;
  readonly continueOnFailure: boolean;
  readonly connection: string | null;
  /** The step leaves a live actor. */
  isLive(input: unknown): boolean;
}
