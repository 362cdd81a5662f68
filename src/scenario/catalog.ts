import type { Checker } from '../contracts/checker.js';
import type { Matcher } from '../contracts/matcher.js';
import type { JsonSchema, MatcherMetadata, StepMetadata, Validator } from '../contracts/schema.js';
import type { StepDefinition } from '../contracts/step.js';

/** A unit that is loaded when a run uses it. */
export interface LazyUnit<T> {
  readonly name: string;
  readonly load: () => Promise<T>;
}

/** Everything about the units that is known without loading them; made by the build, or from a plugin's definitions. */
export interface CatalogData {
  readonly document: JsonSchema;
  readonly fragment: JsonSchema;
  readonly modifiers: JsonSchema;
  readonly invariant: JsonSchema;
  readonly config: JsonSchema;
  readonly steps: Readonly<Record<string, StepMetadata>>;
  readonly matchers: Readonly<Record<string, MatcherMetadata>>;
}

/** Validators by name: `document`, `fragment`, `modifiers`, `invariant`, `config`, and `step:<action>` for an input as written. */
export type Validators = Readonly<Record<string, Validator>>;

/** The units that a program knows: what they are called, how their inputs must look, and how to load them. */
export class Catalog {
  constructor(
    readonly data: CatalogData,
    private readonly validators: Validators,
    private readonly stepLoaders: ReadonlyMap<string, LazyUnit<StepDefinition>>,
    private readonly matcherLoaders: ReadonlyMap<string, LazyUnit<Matcher>>,
    private readonly checkerLoaders: ReadonlyMap<string, LazyUnit<Checker>>,
  ) {}

  get actions(): readonly string[] {
    return Object.keys(this.data.steps);
  }

  step(name: string): StepMetadata | undefined {
    return Object.hasOwn(this.data.steps, name) ? this.data.steps[name] : undefined;
  }

  get matchers(): Readonly<Record<string, MatcherMetadata>> {
    return this.data.matchers;
  }

  validator(name: string): Validator {
    const validator = this.validators[name];
    if (!validator) throw new Error(`no validator was generated for ${name}`);
    return validator;
  }

  loadStep(name: string): Promise<StepDefinition> {
    const unit = this.stepLoaders.get(name);
    if (!unit) throw new Error(`no unit is registered for ${name}`);
    return unit.load();
  }

  /** Matchers that were loaded so far; a file's own are loaded before it is compiled, so that operands are checked. */
  readonly loadedMatchers = new Map<string, Matcher>();

  async loadMatchers(names: Iterable<string>): Promise<ReadonlyMap<string, Matcher>> {
    for (const name of names) {
      if (this.loadedMatchers.has(name)) continue;
      const matcher = await this.matcherLoaders.get(name)?.load();
      await matcher?.prepare?.();
      if (matcher) this.loadedMatchers.set(name, matcher);
    }
    return this.loadedMatchers;
  }

  async loadCheckers(names: Iterable<string>): Promise<ReadonlyMap<string, Checker>> {
    const loaded = new Map<string, Checker>();
    for (const name of new Set(names)) {
      const checker = await this.checkerLoaders.get(name)?.load();
      if (checker) loaded.set(name, checker);
    }
    return loaded;
  }
}
