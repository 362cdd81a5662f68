import type { Scope } from '../contracts/case.js';
import type { Argument } from '../contracts/redis.js';
import type { Frame, Path } from '../contracts/result.js';
import { ExpressionError, ScenarioError } from '../errors.js';
import { compileTemplate, renderValue } from '../expression/template.js';
import { refuseUnusable } from '../redis/commands.js';
import { splitCommand } from '../redis/split.js';
import type { CompileContext } from './context.js';
import { quoted } from './mangled.js';

type Part = { readonly text: Argument } | { readonly evaluate: (scope: Scope) => readonly Argument[] };

/** An argument as it stands in the file. */
export interface WrittenArgument {
  readonly text: Argument;
  /** The text may hold expressions. */
  readonly isTemplate: boolean;
  readonly path: Path;
  /** Of the text in the value at the path. */
  readonly offset: number;
}

/**
 * Compiles a command's arguments: a string is split before its expressions are filled in; an item of a list is the
 * scalar's source text, so that `007` stays `007`; an expression that gives a list spreads. `isCommand`: they have its
 * name, too.
 */
export function compileArguments(
  parent: object,
  key: string | number,
  path: Path,
  context: CompileContext,
  isCommand: boolean,
): { constant: boolean; bind: (scope: Scope) => readonly Argument[] } {
  const parts = writtenArguments(parent, key, path, context).flatMap(
    ({ text, isTemplate, path: at, offset }): Part[] =>
      isTemplate ? partsOf(String(text), at, offset, context) : [{ text }],
  );
  if (isCommand)
    noteCommand(
      parts.map((part) => ('text' in part ? part.text : undefined)),
      path,
      context,
    );
  if (parts.every((part) => 'text' in part)) {
    const texts = parts.map((part) => part.text);
    if (isCommand) context.compilation.commands.push(texts);
    return { constant: true, bind: () => texts };
  }
  return {
    constant: false,
    bind: (scope) => parts.flatMap((part) => ('text' in part ? [part.text] : part.evaluate(scope))),
  };
}

/** What the words of a command demand of the server, and that no connection could be used after it; an uncertain word is undefined. */
export function noteCommand(words: readonly (Argument | undefined)[], path: Path, context: CompileContext): void {
  context.compilation.demands.command(words);
  const unusable = refuseUnusable(words.slice(0, 2).map((word) => word ?? ''));
  if (unusable) context.report(unusable.message, path, unusable.details.next);
}

/** Splits the command `parent[key]`, and reports what YAML has mangled in it. */
export function writtenArguments(
  parent: object,
  key: string | number,
  path: Path,
  context: CompileContext,
): WrittenArgument[] {
  const value = (parent as Record<string | number, unknown>)[key]; // a mapping or a list
  const written = Array.isArray(value) ? fromList(value, path, context) : fromText(String(value), path, context);
  // A list or text without anything in it is the schema's to report.
  if (written.length === 0 && typeof value === 'string' && value !== '') context.report('the command is empty', path);
  const comment = context.document.cutBy(parent, key);
  if (comment !== undefined) {
    const whole = quoted(`${value} ${comment}`);
    context.report('a comment cuts this command', path, `quote it: ${whole}, or put the comment on a line of its own`);
  }
  return written;
}

function fromList(list: readonly unknown[], path: Path, context: CompileContext): WrittenArgument[] {
  return list.map((item, index) => {
    const isTemplate = typeof item === 'string';
    const text = isTemplate ? item : (context.document.scalarText(list, index) ?? renderValue(item));
    return { text, isTemplate, path: [...path, index], offset: 0 };
  });
}

function fromText(text: string, path: Path, context: CompileContext): WrittenArgument[] {
  try {
    return splitCommand(text).map(({ text: argument, start }) => {
      return { text: argument, isTemplate: typeof argument === 'string', path, offset: start };
    });
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    context.report(error.message, path, error.details.next);
    return [{ text: '', isTemplate: false, path, offset: 0 }];
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

/** A value as arguments; a list is as many. Raises a ScenarioError for null. */
export function argumentsOf(value: unknown, frame: () => Frame): Argument[] {
  if (Array.isArray(value)) return value.flatMap((item) => argumentsOf(item, frame));
  if (value !== null && value !== undefined) return [renderValue(value)];
  throw new ScenarioError('an argument of a command is null', {
    frame: frame(),
    next: 'give a value, or leave the argument out',
  });
}
