import { type Static, type TSchema, Type } from 'typebox';
import type { Argument } from './redis.js';

/**
 * Field types of a unit's input and result. Each says by a keyword of its own how a value is written and when it is
 * evaluated, so that the schema alone carries it to the compiler, the editor and the reference:
 *
 * `x-quantity`   written with a unit (`250ms`), a plain number in the handler and in results
 * `x-positive`   a quantity above 0
 * `x-evaluate`   `expression` (bare CEL), `deferred` (anew each time), `steps`, `arguments` (a command),
 *                `text-file` (the path of a file, replaced by its text), `source-text` (a scalar as it is written);
 *                others once
 * `x-parts`      `arguments` that come as parts, so that those which vary are evaluated for each operation
 * `x-scope`      the names that an evaluation adds to the scope
 * `x-gives`      of an input, names that are in scope only where one of its `fields` is there; else what to do `next`
 * `x-reference`  the id of a background step (`step`), of a live actor (`actor`) or of any earlier step (`recorded`)
 * `x-collects`   the step's result can be read after this one (`await`, `stop`)
 * `x-result-of`  a result has the shape of the step's that this field of the input names (`''`: the input itself)
 * `x-defines`    a mapping whose keys become variables (`vars`)
 * `x-scope-from` the sibling field that names what a list of steps has in scope (`as`)
 * `x-concurrent` lists of steps that run at once, so that none sees the others' results
 * `x-script`     the text of a Lua script (`text`), or what it is called with (`arguments`)
 * `x-inherits`   names a queue, whose declaration under `queues` fills what the step leaves out
 */

/** Names that one evaluation adds to the scope of its step. */
export type Locals = Readonly<Record<string, unknown>>;

/** A bare CEL expression, bound to the scope of its step. */
export interface BoundExpression {
  readonly source: string;
  /** Raises an ExpressionError. */
  evaluate(locals?: Locals): unknown;
  /** The value of every part, outermost first, for a failed assertion. */
  explain(locals?: Locals): readonly ExplainedPart[];
}

export interface ExplainedPart {
  readonly source: string;
  /** Undefined when the part could not be evaluated; then `error` says why. */
  readonly value: unknown;
  readonly error?: string;
}

/** A value that is evaluated anew for each message or operation. */
export interface DeferredValue<T> {
  /** True when no expression is in it, so that one evaluation serves all. */
  readonly constant: boolean;
  /** As the file has it. */
  readonly written?: unknown;
  evaluate(locals: Locals): T;
}

declare const stepListBrand: unique symbol;
/** A compiled list of steps; only `context.runSteps` knows what is in it. */
export interface StepList {
  readonly [stepListBrand]: true;
}

interface Options {
  readonly description?: string;
  readonly default?: unknown;
  readonly [keyword: string]: unknown;
}

/** Written `250ms`, `2s`, `1m30s`; milliseconds in the handler. */
export const Duration = (options: Options = {}) =>
  Type.Unsafe<number>({ type: 'string', 'x-quantity': 'duration', ...options });
/** A time in which something is to happen at all. */
export const PositiveDuration = (options: Options = {}) => Duration({ 'x-positive': true, ...options });
/** Written `500/s`, `10/m`; a number per second in the handler. */
export const Rate = (options: Options = {}) =>
  Type.Unsafe<number>({ type: 'string', 'x-quantity': 'rate', ...options });
/** A rate at which something is to happen at all. */
export const PositiveRate = (options: Options = {}) => Rate({ 'x-positive': true, ...options });
/** Written `64B`, `1KiB`; bytes in the handler. */
export const Size = (options: Options = {}) =>
  Type.Unsafe<number>({ type: 'string', 'x-quantity': 'size', ...options });
/** Written `5%`; 0 to 1 in the handler. */
export const Share = (options: Options = {}) =>
  Type.Unsafe<number>({ type: 'string', 'x-quantity': 'share', ...options });

/** A bare CEL expression over the step's scope and the names in `scope`. */
export const Expression = (scope: readonly string[] = [], options: Options = {}) =>
  Type.Unsafe<BoundExpression>({
    type: ['string', 'boolean'], // `if: false` is an expression, though YAML takes it for a boolean
    minLength: 1,
    'x-evaluate': 'expression',
    'x-scope': scope,
    ...options,
  });

/** A value evaluated anew each time, with the names in `scope` added. */
export const Deferred = <T extends TSchema>(schema: T, scope: readonly string[] = ['index']) =>
  Type.Unsafe<DeferredValue<Static<T>>>({ ...schema, 'x-deferred': true, 'x-scope': scope });

/** A list of steps, run by `context.runSteps`; `scope` names what the action adds for them. */
export const StepListField = (scope: readonly string[] = [], options: Options = {}) =>
  Type.Unsafe<StepList>({
    type: 'array',
    minItems: 1,
    items: { $ref: '#/$defs/step' },
    'x-evaluate': 'steps',
    'x-scope': scope,
    ...options,
  });

/** Values by the names that they have under `vars`. */
export const NamedValues = (options: Options = {}) =>
  Type.Record(Type.String(), Type.Unknown(), { propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }, ...options });

/** The path of a file of steps, relative to the file that names it; read when the scenario is compiled. */
export const IncludedFile = (options: Options = {}) =>
  Type.Unsafe<StepList>({ type: 'string', minLength: 1, 'x-evaluate': 'include', ...options });

/** The path of a text file, relative to the scenario's; the handler receives its text, read when the scenario is compiled. */
export const TextFile = (options: Options = {}) => Type.String({ minLength: 1, 'x-evaluate': 'text-file', ...options });

/** A scalar as the text that it stands for in the file: `007` stays `007`, and `1.10` stays `1.10`. */
export const SourceText = (options: Options = {}) =>
  Type.Unsafe<string | number | boolean>({
    type: ['string', 'number', 'boolean'],
    'x-evaluate': 'source-text',
    ...options,
  });

/** A command: one string, split as redis-cli does, or a list of arguments, each the scalar's source text. */
export const CommandArguments = (options: Options = {}) =>
  Type.Unsafe<readonly Argument[]>({
    type: ['string', 'array'],
    minLength: 1,
    minItems: 1,
    items: { type: ['string', 'number', 'boolean'] },
    'x-evaluate': 'arguments',
    ...options,
  });

/** A part of an argument: as it is, or evaluated for each operation. */
export type ArgumentPart = Argument | BoundExpression;

/** A command that is sent again and again: each of its arguments as parts side by side, evaluated with `scope` added. */
export const CommandParts = (scope: readonly string[], options: Options = {}) =>
  Type.Unsafe<readonly (readonly ArgumentPart[])[]>({
    type: ['string', 'array'],
    minLength: 1,
    minItems: 1,
    items: { type: ['string', 'number', 'boolean'] },
    'x-evaluate': 'arguments',
    'x-parts': true,
    'x-scope': scope,
    ...options,
  });

/** The id of a step of this case. */
export const StepId = (options: Options = {}) => Type.String({ minLength: 1, 'x-reference': 'step', ...options });
/** The id of a step that leaves a live actor. */
export const ActorId = (options: Options = {}) => Type.String({ minLength: 1, 'x-reference': 'actor', ...options });

/** The id of an earlier step, whether it has ended or goes on: what it did is in the history. */
export const RecordedStepId = (options: Options = {}) =>
  Type.String({ minLength: 1, 'x-reference': 'recorded', ...options });

export const Key = (options: Options = {}) => Type.String({ minLength: 1, description: 'Key.', ...options });
export const Channel = (options: Options = {}) => Type.String({ minLength: 1, description: 'Channel.', ...options });
/** A queue's name; the step inherits what the scenario declares for it under `queues`. */
export const QueueName = (options: Options = {}) =>
  Type.String({ minLength: 1, description: 'Queue.', 'x-inherits': 'queues', ...options });
export const Count = (options: Options = {}) => Type.Integer({ minimum: 1, ...options });

/** Several fixed words; the first is usually the default. */
export const OneOf = <const T extends readonly string[]>(words: T, options: Options = {}) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...words], ...options });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** Result fields: plain numbers whose unit is declared, so that `{ $lt: 20ms }` compares as a quantity. */
export const Milliseconds = (options: Options = {}) => Type.Number({ 'x-quantity': 'duration', ...options });
export const PerSecond = (options: Options = {}) => Type.Number({ 'x-quantity': 'rate', ...options });
export const Bytes = (options: Options = {}) => Type.Number({ 'x-quantity': 'size', ...options });
export const Ratio = (options: Options = {}) => Type.Number({ 'x-quantity': 'share', ...options });
export const Total = (description: string) => Type.Integer({ description });

/** Latency of what a step did, in milliseconds; null when nothing was measured. */
export const Latency = (description = 'Latency.') =>
  Type.Union(
    [
      Type.Object({
        p50: Milliseconds(),
        p90: Milliseconds(),
        p99: Milliseconds(),
        p999: Milliseconds(),
        max: Milliseconds(),
        mean: Milliseconds(),
      }),
      Type.Null(),
    ],
    { description },
  );

export { Type };
