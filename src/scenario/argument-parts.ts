import type { Scope } from '../contracts/case.js';
import type { ArgumentPart, BoundExpression } from '../contracts/fields.js';
import type { Path } from '../contracts/result.js';
import { compileTemplate, splitTemplate } from '../expression/template.js';
import { argumentsOf, noteCommand, type WrittenArgument, writtenArguments } from './arguments.js';
import type { CompileContext } from './context.js';

type Bind = (scope: Scope) => readonly (readonly ArgumentPart[])[];

/** What is another each time that it is asked. */
const ALWAYS_NEW = 'random';

/**
 * Compiles a command that is sent again and again. Expressions that name what `context` has beyond the step's scope
 * (`names`), or draw at random, stay to be evaluated for each operation; others are evaluated once.
 */
export function compileArgumentParts(
  parent: object,
  key: string | number,
  path: Path,
  context: CompileContext,
  { names, isCommand }: { readonly names: readonly string[]; readonly isCommand: boolean },
): Bind {
  const written = writtenArguments(parent, key, path, context);
  const binds = written.map((argument) => compileArgument(argument, context, new Set([...names, ALWAYS_NEW])));
  if (isCommand) {
    // What it does to the server is asked of the command before it runs: of the words that are certain.
    context.compilation.commands.push(written.map(({ text }) => text));
    noteCommand(
      written.map(({ text }) => (String(text).includes('${{') ? undefined : text)),
      path,
      context,
    );
  }
  return (scope) => binds.flatMap((bind) => bind(scope));
}

function compileArgument(
  { text, isTemplate, path, offset }: WrittenArgument,
  context: CompileContext,
  varying: ReadonlySet<unknown>,
): Bind {
  const source = String(text);
  const template = isTemplate
    ? context.attempt(path, offset, () => compileTemplate(source, { names: context.scopeNames }))
    : undefined;
  if (!template) return () => [[text]];
  for (const { expression, offset: inner } of template.expressions) {
    context.checkReferences(expression.references, path, offset + inner);
  }
  const varies = template.expressions.some(({ expression }) =>
    expression.references.some((one) => varying.has(one.path[0])),
  );
  if (!varies) {
    return (scope) => {
      const value = context.located(path, offset, () => template.evaluate(scope));
      return argumentsOf(value, () => context.document.frame(path)).map((argument) => [argument]);
    };
  }
  return (scope) => {
    const expressions = template.expressions.map(({ expression, offset: inner }, index): BoundExpression => {
      const inside: Record<string, unknown> = { ...scope };
      const located = <T>(run: () => T): T => context.located(path, offset + inner, run);
      return {
        source: sourcesOf(source)[index]!,
        // One object for all operations: a copy of the scope for each took longer than the evaluation.
        evaluate: (locals) => located(() => expression.evaluate(Object.assign(inside, locals))),
        explain: (locals) => expression.explain({ ...scope, ...locals }),
      };
    });
    let next = 0;
    const parts = splitTemplate(source) ?? [];
    // Blanks around a single expression are no part of its value.
    const kept = template.whole ? parts.filter((part) => typeof part !== 'string') : parts;
    return [kept.map((part) => (typeof part === 'string' ? part : expressions[next++]!))];
  };
}

const sourcesOf = (text: string): string[] =>
  (splitTemplate(text) ?? []).flatMap((part) => (typeof part === 'string' ? [] : [part.source]));
