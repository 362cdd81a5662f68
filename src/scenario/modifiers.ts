import type { CompiledStep, Poll, RetryPolicy, Scope } from '../contracts/case.js';
import type { Diagnostic } from '../contracts/diagnostic.js';
import type { BoundExpression } from '../contracts/fields.js';
import type { Path } from '../contracts/result.js';
import type { JsonSchema, StepMetadata } from '../contracts/schema.js';
import { ScenarioError } from '../errors.js';
import { asWritten } from './compose.js';
import { diagnose } from './diagnose.js';
import { compileExpectation } from './expect.js';
import { ANYTHING } from './shape.js';
import { type CompiledValue, type CompileValueOptions, compileValue } from './value.js';

export const MODIFIERS: ReadonlySet<string> = new Set([
  'id',
  'name',
  'if',
  'expect',
  'expectError',
  'within',
  'throughout',
  'timeout',
  'retry',
  'background',
  'continueOnFailure',
  'connection',
]);

type Compiled = Pick<
  CompiledStep,
  | 'id'
  | 'condition'
  | 'expect'
  | 'expectError'
  | 'within'
  | 'throughout'
  | 'timeoutMs'
  | 'retry'
  | 'background'
  | 'continueOnFailure'
  | 'connection'
> & { readonly name: ((scope: Scope) => string) | null };

const DEFAULT_POLL_EVERY_MS = 50;
const DEFAULT_RETRY_MAX_DELAY_MS = 60_000;

/** Compiles everything of a step but its action. */
export function compileModifiers(
  step: object,
  path: Path,
  how: { readonly traits: StepMetadata; readonly result: JsonSchema; readonly options: CompileValueOptions },
): Compiled {
  const { context } = how.options;
  const given = step as Readonly<Record<string, unknown>>; // a step is a mapping
  const own = Object.fromEntries(Object.entries(given).filter(([key]) => MODIFIERS.has(key)));
  const schema = context.catalog.data.modifiers;
  const diagnosed = (values: Readonly<Record<string, unknown>>): readonly Diagnostic[] => {
    const problems = context.catalog.validator('modifiers')(values);
    return problems ? diagnose(problems, asWritten(schema), values, { document: context.document, path }) : [];
  };
  const problems = diagnosed(own);
  context.diagnostics.push(...problems);
  checkCombination(given, path, how);

  const compile = (name: string): CompiledValue | null => {
    if (given[name] === undefined || problems.length > 0) return null;
    const compiled = compileValue(schema.properties?.[name] ?? ANYTHING, step, name, [...path, name], how.options);
    if (compiled.draft !== given[name]) context.diagnostics.push(...diagnosed({ [name]: compiled.draft }));
    return compiled;
  };
  const field = <T>(name: string): ((scope: Scope) => T) | null => {
    const compiled = compile(name);
    return (
      compiled &&
      ((scope) => {
        const written = compiled.written(scope);
        const [wrong] = compiled.constant ? [] : diagnosed({ [name]: written });
        if (wrong) throw new ScenarioError(wrong.message, wrong);
        return compiled.finish(written, scope) as T; // shaped by the modifier's schema
      })
    );
  };
  /** The order of the steps depends on it, so that it must be certain. */
  const known = <T>(name: string): T | null => {
    const compiled = compile(name);
    if (!compiled) return null;
    if (compiled.constant) return compiled.finish(compiled.draft, {}) as T; // shaped by the modifier's schema
    context.report(`\`${name}\` must be known before the case runs`, [...path, name], 'use vars, matrix and env alone');
    return null;
  };
  const resolvable = <T, R>(name: string, shape: (value: T) => R): { resolve(scope: Scope): R } | null => {
    const resolve = field<T>(name);
    return resolve && { resolve: (scope) => shape(resolve(scope)) };
  };
  const expectation = (name: 'expect' | 'expectError', result: JsonSchema) => {
    if (!Object.hasOwn(given, name) || problems.length > 0) return null;
    const compiled = compileValue(ANYTHING, step, name, [...path, name], how.options);
    return compileExpectation(compiled, result, [...path, name], context);
  };
  return {
    id: typeof given.id === 'string' ? given.id : null,
    name: field<string>('name'),
    condition: resolvable<BoundExpression, BoundExpression>('if', (value) => value),
    expect: expectation('expect', how.result),
    expectError: expectation('expectError', { type: 'object', properties: { code: {}, message: {} } }),
    within: resolvable('within', asPoll),
    throughout: resolvable('throughout', asPoll),
    timeoutMs: resolvable<number, number>('timeout', (value) => value),
    retry: resolvable('retry', asRetry),
    background: known<boolean>('background') ?? false,
    continueOnFailure: known<boolean>('continueOnFailure') ?? false,
    connection: known<string>('connection'),
  };
}

function asPoll(value: number | { readonly for: number; readonly every: number }): Poll {
  if (typeof value === 'number') return { forMs: value, everyMs: DEFAULT_POLL_EVERY_MS, firstMs: 1 };
  const everyMs = Math.max(1, value.every);
  return { forMs: value.for, everyMs, firstMs: everyMs };
}

interface RetryInput {
  readonly attempts: number;
  readonly delay: number;
  readonly backoff: RetryPolicy['backoff'];
  readonly maxDelay?: number;
}

const asRetry = ({ attempts, delay, backoff, maxDelay }: RetryInput): RetryPolicy => ({
  attempts,
  delayMs: delay,
  backoff,
  maxDelayMs: maxDelay ?? DEFAULT_RETRY_MAX_DELAY_MS,
});

/** By what its input asks for; a `guarantee` is a named `expect`. */
function judgesItself({ name, judges }: StepMetadata, given: Readonly<Record<string, unknown>>): boolean {
  const input = given[name];
  if (judges === undefined || judges === true) return judges === true;
  return typeof input === 'object' && input !== null && judges.some((field) => Object.hasOwn(input, field));
}

function checkCombination(
  given: Readonly<Record<string, unknown>>,
  path: Path,
  { traits, options }: { readonly traits: StepMetadata; readonly options: CompileValueOptions },
): void {
  const { context } = options;
  const has = (name: string): boolean => Object.hasOwn(given, name);
  for (const poll of ['within', 'throughout'] as const) {
    if (!has(poll)) continue;
    if (traits.effect === 'changes') {
      context.report(
        `\`${poll}\` would run ${traits.name} again and again, and it changes the server`,
        [...path, poll],
        'poll with a step that only looks, such as queue.inspect or command',
        'key',
      );
    } else if (!has('expect')) {
      const allowed = judgesItself(traits, given) || (poll === 'within' && has('expectError'));
      if (!allowed)
        context.report(
          `\`${poll}\` without \`expect\` has nothing ${poll === 'within' ? 'to wait for' : 'that must hold'}`,
          [...path, poll],
          'add an `expect`',
          'key',
        );
    }
  }
  if (has('within') && has('throughout')) {
    context.report(
      'a step has `within` or `throughout`, not both',
      [...path, 'throughout'],
      'make two steps of it',
      'key',
    );
  }
  if (has('expect') && has('expectError')) {
    context.report('a step has `expect` or `expectError`, not both', [...path, 'expectError'], undefined, 'key');
  }
  const empty = given.expect === null && context.document.scalarText(given, 'expect') === '';
  if (empty) context.report('`expect` is empty', [...path, 'expect'], 'write `expect: null` to expect null', 'key');
}
