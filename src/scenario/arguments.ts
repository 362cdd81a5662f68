import type { Scope } from '../contracts/case.js';
import type { Argument } from '../contracts/redis.js';
import type { Frame, Path } from '../contracts/result.js';
import { ExpressionError, ScenarioError } from '../errors.js';
import { compileTemplate, renderValue } from '../expression/template.js';
import { splitCommand } from '../redis/split.js';
import type { CompileContext } from './context.js';
import { quoted } from './mangled.js';

type Part = { readonly text: Argument } | { readonly evaluate: (scope: Scope) => readonly Argument[] };

/**
 * Compiles a command's arguments: a string is split before its expressions are filled in; an item of a list is the
 * scalar's source text, so that `007` stays `007`; an expression that gives a list spreads.
 */
export function compileArguments(
  parent: object,
  key: string | number,
  path: Path,
  context: CompileContext,
): { constant: boolean; bind: (scope: Scope) => readonly Argument[] } {
  const value = (parent as Record<string | number, unknown>)[key]; // a mapping or a list
  const parts = Array.isArray(value) ? fromList(value, path, context) : fromText(String(value), path, context);
  // A list or text without anything in it is the schema's to report.
  if (parts.length === 0 && typeof value === 'string' && value !== '') context.report('the command is empty', path);
  const comment = context.document.cutBy(parent, key);
  if (comment !== undefined) {
    const whole = quoted(`${value} ${comment}`);
    context.report('a comment cuts this command', path, `quote it: ${whole}, or put the comment on a line of its own`);
  }
  if (parts.every((part) => 'text' in part)) {
    const texts = parts.map((part) => part.text);
    context.compilation.commands.push(texts);
    return { constant: true, bind: () => texts };
  }
  return {
    constant: false,
    bind: (scope) => parts.flatMap((part) => ('text' in part ? [part.text] : part.evaluate(scope))),
  };
}

function fromList(list: readonly unknown[], path: Path, context: CompileContext): Part[] {
  return list.flatMap((item, index): Part[] => {
    const at = [...path, index];
    if (typeof item === 'string') return partsOf(item, at, 0, context);
    return [{ text: context.document.scalarText(list, index) ?? renderValue(item) }];
  });
}

function fromText(text: string, path: Path, context: CompileContext): Part[] {
  try {
    return splitCommand(text).flatMap(({ text: argument, start }): Part[] => {
      return typeof argument === 'string' ? partsOf(argument, path, start, context) : [{ text: argument }];
    });
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    context.report(error.message, path, error.details.next);
    return [{ text: '' }];
  }
}

function partsOf(text: string, path: Path, offset: number, context: CompileContext): Part[] {
  const template = context.attempt(path, offset, () => compileTemplate(text, { names: context.scopeNames }));
  if (!template) return [{ text }];
  const problems = context.diagnostics.length;
  for (const { expression, offset: inner } of template.expressions)
    context.checkReferences(expression.references, path, offset + inner);
  const evaluate = (scope: Scope): readonly Argument[] => {
    const value = context.located(path, offset, () => template.evaluate(scope));
    return argumentsOf(value, () => context.document.frame(path));
  };
  const isKnown = template.expressions.every(({ expression: { references } }) => context.isKnown(references));
  if (!isKnown || context.diagnostics.length > problems) return [{ evaluate }];
  try {
    return evaluate(context.variables.known).map((argument) => ({ text: argument }));
  } catch (error) {
    if (!(error instanceof ScenarioError || error instanceof ExpressionError)) throw error;
    context.add(error.message, error.details.frame ?? context.document.frame(path), error.details.next);
    return [{ evaluate }];
  }
}

function argumentsOf(value: unknown, frame: () => Frame): Argument[] {
  if (Array.isArray(value)) return value.flatMap((item) => argumentsOf(item, frame));
  if (value !== null && value !== undefined) return [renderValue(value)];
  throw new ScenarioError('an argument of a command is null', {
    frame: frame(),
    next: 'give a value, or leave the argument out',
  });
}
