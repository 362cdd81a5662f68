import type { ExplainedPart } from '../contracts/fields.js';
import { ExpressionError } from '../errors.js';
import { Compiler, type Reference } from './compile.js';
import { Frame } from './frame.js';
import { loadPatterns } from './patterns.js';
import { guarded } from './problem.js';
import { parse, placeOf } from './syntax.js';

export type { Reference } from './compile.js';

/**
 * CEL, but all numbers are doubles (`5 / 2` is 2.5; integers beyond 2^53 stay exact), values are plain JSON, values of
 * different kinds are unequal rather than an error, and lists and maps may be mixed.
 */
export interface Expression {
  readonly source: string;
  /** Every longest chain of static keys that begins at a name of the scope; loop variables left out. */
  readonly references: readonly Reference[];
  /** Raises an ExpressionError. */
  evaluate(scope: Readonly<Record<string, unknown>>): unknown;
  /**
   * The value of every part that is no literal, once, outermost first; parts within loops have no one value. Each part
   * is evaluated by itself, so that `random` draws anew.
   */
  explain(scope: Readonly<Record<string, unknown>>): readonly ExplainedPart[];
}

/** Loads what the expressions in these texts need beyond this module; await it before compiling them. */
export async function prepareExpressions(texts: readonly string[]): Promise<void> {
  if (texts.some((text) => text.includes('matches'))) await loadPatterns();
}

/** Compiles an expression over the names in scope. Raises an ExpressionError for what is wrong whatever their values. */
export function compileExpression(source: string, { names }: { readonly names: readonly string[] }): Expression {
  const tree = parse(source);
  const compiler = new Compiler(names);
  const { run } = guarded(source, () => compiler.compile(tree));
  return {
    source,
    references: compiler.references,
    evaluate: (scope) => guarded(source, () => run(new Frame(scope))),
    explain: (scope) => explain(source, compiler.traced, new Frame(scope)),
  };
}

function explain(source: string, traced: Compiler['traced'], frame: Frame): readonly ExplainedPart[] {
  const places = traced.map(({ node, part }) => ({ ...placeOf(node), part }));
  places.sort((one, other) => one.start - other.start || other.end - one.end);
  const explained = new Map<string, ExplainedPart>();
  for (const { start, end, part } of places) {
    const text = source.slice(start, end);
    if (!explained.has(text)) explained.set(text, { source: text, ...outcome(source, part.run, frame) });
  }
  return [...explained.values()];
}

function outcome(source: string, run: (frame: Frame) => unknown, frame: Frame): Omit<ExplainedPart, 'source'> {
  try {
    return { value: guarded(source, () => run(frame)) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { value: undefined, error: error.message };
  }
}
