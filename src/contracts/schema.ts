import type { StepTraits } from './step.js';

/** A JSON Schema, as data. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly default?: unknown;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly [keyword: string]: unknown;
}

/** What is wrong with a value, as a generated or compiled validator says it. */
export interface SchemaProblem {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** Undefined when the value is valid. */
export type Validator = (value: unknown) => readonly SchemaProblem[] | undefined;

/** A step as everything but its handler sees it. */
export interface StepMetadata extends StepTraits {
  readonly input: JsonSchema;
  readonly result: JsonSchema;
  readonly examples: readonly unknown[];
}

/** A matcher as everything but the engine sees it. */
export interface MatcherMetadata {
  readonly name: string;
  readonly summary: string;
  readonly operand: JsonSchema;
  readonly examples: readonly unknown[];
  readonly nested?: 'one' | 'many';
  readonly quantity?: boolean;
}
