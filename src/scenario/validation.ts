import type { JsonSchema, Validator } from '../contracts/schema.js';
import { withoutBigints } from '../format/value.js';
import type { CatalogData, Validators } from './catalog.js';
import { asWritten, inputSchema, withQueues } from './compose.js';

/** Every schema that needs a validator, by the name of the validator. */
export function* schemasToValidate(catalog: Omit<CatalogData, 'matchers'>): Iterable<readonly [string, JsonSchema]> {
  yield ['document', standaloneSchema(asWritten(withQueues(catalog.document, Object.values(catalog.steps))))];
  yield ['fragment', standaloneSchema(asWritten(catalog.fragment))];
  yield ['modifiers', standaloneSchema(asWritten(catalog.modifiers))];
  yield ['invariant', standaloneSchema(asWritten(catalog.invariant))];
  yield ['config', standaloneSchema(catalog.config)];
  for (const step of Object.values(catalog.steps)) yield [`step:${step.name}`, standaloneSchema(inputSchema(step))];
}

/** Steps inside an input are validated one by one, each by its own action's schema. */
export function standaloneSchema(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value) => (key === '$ref' ? undefined : value)) as JsonSchema;
}

/** Generated validators say true or false and leave the errors on the function. */
interface GeneratedValidator {
  (value: unknown): boolean;
  readonly errors?: ReturnType<Validator>;
}

export function adaptValidators(generated: Readonly<Record<string, unknown>>): Validators {
  return Object.fromEntries(
    Object.entries(generated).map(([name, validate]) => {
      const check = validate as GeneratedValidator; // what the generator writes
      // What is valid as it is need not be copied.
      const valid = (value: unknown) => check(value) || check(withoutBigints(value));
      return [name, (value: unknown) => (valid(value) ? undefined : (check.errors ?? []))];
    }),
  );
}
