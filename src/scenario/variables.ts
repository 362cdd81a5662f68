import type { CompileContext, Variables } from './context.js';
import { ANYTHING } from './shape.js';
import { compileValue } from './value.js';

/** The values of `vars`, in order, so that one may use those before it; the command line's values win. */
export function compileVariables(
  data: { readonly vars?: Readonly<Record<string, unknown>> },
  { known, dynamic }: Variables,
  given: Readonly<Record<string, unknown>>,
  contextFor: (variables: Variables) => CompileContext,
): Readonly<Record<string, unknown>> {
  const vars: Record<string, unknown> = { ...given };
  const declared = data.vars ?? {};
  for (const name of Object.keys(declared)) {
    if (Object.hasOwn(given, name)) continue;
    const context = contextFor({ known: { ...known, vars }, dynamic });
    const problems = context.diagnostics.length;
    const options = { context, compileSteps: () => [], include: () => undefined, afterwards: [] };
    const compiled = compileValue(ANYTHING, declared, name, ['vars', name], options);
    if (!compiled.constant && context.diagnostics.length === problems) {
      context.report(
        `vars.${name} can't be known before the case runs`,
        ['vars', name],
        'use vars, matrix and env alone here, or `set:` in a step',
      );
    }
    vars[name] = compiled.draft;
  }
  return vars;
}
