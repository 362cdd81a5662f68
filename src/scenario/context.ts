import type { CompiledStep, Need } from '../contracts/case.js';
import type { Diagnostic } from '../contracts/diagnostic.js';
import type { Argument } from '../contracts/redis.js';
import type { Frame, Path } from '../contracts/result.js';
import type { JsonSchema } from '../contracts/schema.js';
import { ExpressionError } from '../errors.js';
import type { Reference } from '../expression/expression.js';
import type { Catalog } from './catalog.js';
import type { DemandList } from './demands.js';
import type { QueueDeclarations } from './queues.js';
import type { SourceDocument } from './source.js';
import { problemOf } from './unknown-names.js';

/** Names that every expression has. */
export const SCOPE_NAMES = ['vars', 'matrix', 'env', 'steps', 'case', 'target', 'random'] as const;

/** What is known of the variables before a case runs. */
export interface Variables {
  /** Values that are already certain, by root: `vars`, `matrix`, `env`. */
  readonly known: Readonly<Record<'vars' | 'matrix' | 'env', Readonly<Record<string, unknown>>>>;
  /** Names under `vars` that steps set while the case runs. */
  readonly dynamic: ReadonlySet<string>;
}

/** An id of a step, and whether its result can be read yet. */
export interface KnownStep {
  readonly action: string;
  readonly result: JsonSchema;
  readonly state: 'ready' | 'background' | 'live';
}

/** Reads files that a scenario names (`include`, a script's `file`), inside the folders that it may read. */
export interface FileAccess {
  /** Raises a ScenarioError. `from` is the file that names it. */
  read(path: string, from: string): { readonly file: string; readonly text: string };
}

export type CompileSteps = (list: unknown, path: Path, context: CompileContext) => readonly CompiledStep[];

/** What all of a case share while it is compiled. */
export interface CaseCompilation {
  readonly catalog: Catalog;
  readonly diagnostics: Diagnostic[];
  readonly files: FileAccess;
  /** Every command of the case that is certain before it runs. */
  readonly commands: (readonly Argument[])[];
  /** What the case does that must be allowed. */
  readonly needs: Need[];
  /** What it cannot do without. */
  readonly demands: DemandList;
  /** Expressions that were certain, and stand as their values now. */
  folded: number;
  /** The ids that invariants wait for, each with those that a step behind it sees; filled in when it is compiled. */
  readonly waitedFor: Map<string, ReadonlyMap<string, KnownStep> | undefined>;
  /** What the scenario declares for its queues. */
  queues?: QueueDeclarations;
}

/** Where in a case's files the compiler stands. */
interface Place {
  readonly document: SourceDocument;
  readonly variables: Variables;
  /** Names that loops and actions add to the scope. */
  readonly names: readonly string[];
  /** Names that an action gives nothing for, since its input lacks a field; with what to do about it. */
  readonly ungiven?: ReadonlyMap<string, string>;
  /** Ids in scope; shared by the lists of one file, so that later lists see earlier ids. */
  readonly ids: Map<string, KnownStep>;
  /** Ids that stand in the file so far, also where they are out of scope. */
  readonly takenIds: Set<string>;
  /** Every id of the file, also those that come later. */
  readonly allIds: ReadonlySet<string>;
  /** How many files are included in one another here. */
  readonly includeDepth: number;
  /** An invariant: it is looked at while steps run. */
  readonly sampled?: true;
}

/** Where the compiler stands: the document, the names in scope, the steps that came before. */
export class CompileContext {
  readonly catalog: Catalog;
  readonly diagnostics: Diagnostic[];
  readonly files: FileAccess;
  readonly document: SourceDocument;
  readonly variables: Variables;
  readonly names: readonly string[];
  readonly ids: Map<string, KnownStep>;
  readonly takenIds: Set<string>;
  readonly allIds: ReadonlySet<string>;
  readonly includeDepth: number;
  readonly sampled: boolean;
  readonly ungiven: ReadonlyMap<string, string> | undefined;

  constructor(
    readonly compilation: CaseCompilation,
    private readonly place: Place,
  ) {
    ({ catalog: this.catalog, diagnostics: this.diagnostics, files: this.files } = compilation);
    ({
      document: this.document,
      variables: this.variables,
      names: this.names,
      includeDepth: this.includeDepth,
    } = place);
    ({ ids: this.ids, takenIds: this.takenIds, allIds: this.allIds } = place);
    this.sampled = place.sampled === true;
    this.ungiven = place.ungiven;
  }

  with(change: Partial<Place>): CompileContext {
    return new CompileContext(this.compilation, { ...this.place, ...change });
  }

  get scopeNames(): readonly string[] {
    return [...SCOPE_NAMES, ...this.names];
  }

  report(message: string, path: Path, next?: string, part: 'key' | 'value' = 'value'): void {
    this.add(message, this.document.frame(path, part), next);
  }

  add(message: string, frame: Frame, next?: string): void {
    this.diagnostics.push({ message, frame, ...(next !== undefined && { next }) });
  }

  /** From here on other steps know this one by its id. */
  addStep(id: string, step: KnownStep): void {
    this.takenIds.add(id);
    this.ids.set(id, step);
    const { waitedFor } = this.compilation;
    if (this.includeDepth === 0 && waitedFor.has(id)) waitedFor.set(id, new Map(this.ids));
  }

  /** Runs a compilation; an error of an expression becomes a diagnostic at its place within the scalar at `path`. */
  attempt<T>(path: Path, offset: number, compile: () => T): T | undefined {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const { frame = this.document.frameWithin(path, offset + error.offset, error.length), next } = error.details;
      this.add(error.message, frame, next);
      return undefined;
    }
  }

  /** Runs an evaluation; an error of an expression is told its place within the scalar at `path`. */
  located<T>(path: Path, offset: number, evaluate: () => T): T {
    try {
      return evaluate();
    } catch (error) {
      if (!(error instanceof ExpressionError) || error.details.frame) throw error;
      const frame = this.document.frameWithin(path, offset + error.offset, error.length);
      const details = { ...error.details, frame, cause: error };
      throw new ExpressionError(error.message, error.source, error.offset, error.length, details);
    }
  }

  /** Reports references to variables and steps that cannot be there. */
  checkReferences(references: readonly Reference[], path: Path, offset: number): void {
    for (const reference of references) {
      if (reference.optional) continue; // `has(vars.x)` asks whether it is there
      const problem = problemOf(reference, this);
      if (!problem) continue;
      const length = reference.end - reference.start;
      this.add(problem.message, this.document.frameWithin(path, offset + reference.start, length), problem.next);
    }
  }

  /** True when all that the references name is certain before the case runs. */
  isKnown(references: readonly Reference[]): boolean {
    return references.every(({ path: [root, name] }) => {
      if (root === 'vars') return typeof name === 'string' && !this.variables.dynamic.has(name);
      return root === 'matrix' || root === 'env';
    });
  }
}
