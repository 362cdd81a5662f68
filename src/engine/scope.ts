import type { Scope } from '../contracts/case.js';
import type { Locals } from '../contracts/fields.js';
import type { Random } from '../contracts/step.js';

/** What all expressions of a case have. */
export interface CaseScope {
  readonly matrix: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  readonly case: { readonly id: string; readonly seed: number; readonly namespace: string };
  readonly target: Readonly<Record<string, unknown>>;
}

/**
 * The names that a step's expressions see. Steps of one file share `vars` and `steps`; a loop adds names of its own;
 * an included file begins anew.
 */
export class StepScope {
  private constructor(
    readonly base: CaseScope,
    private readonly vars: Record<string, unknown>,
    private readonly steps: Record<string, unknown>,
    private readonly locals?: Locals,
  ) {}

  static ofCase(base: CaseScope, vars: Readonly<Record<string, unknown>>): StepScope {
    return new StepScope(base, { ...vars }, {});
  }

  with(locals: Locals | undefined): StepScope {
    return locals ? new StepScope(this.base, this.vars, this.steps, { ...this.locals, ...locals }) : this;
  }

  isolated(vars: Readonly<Record<string, unknown>>): StepScope {
    return new StepScope(this.base, { ...vars }, {});
  }

  setResult(id: string, result: unknown): void {
    this.steps[id] = result;
  }

  setVariables(values: Readonly<Record<string, unknown>>): void {
    Object.assign(this.vars, values);
  }

  names(random: Random): Scope {
    const { matrix, env, case: own, target } = this.base;
    const names = { matrix, env, case: own, target, vars: this.vars, steps: this.steps, random };
    return this.locals ? { ...names, ...this.locals } : names;
  }
}
