import type { Matcher } from '../contracts/matcher.js';
import type { JsonSchema, MatcherMetadata, StepMetadata } from '../contracts/schema.js';
import type { StepDefinition } from '../contracts/step.js';

/** What the catalog keeps of a step: everything but its functions. Objects get no keys that their schema does not name. */
export function stepMetadata(step: StepDefinition): StepMetadata {
  const { name, summary, effect, flow, judges, live, wholeServer, capabilities, commands, needs, examples } = step;
  return {
    name,
    summary,
    effect,
    ...(flow && { flow }),
    ...(judges && { judges }),
    ...(live && { live }),
    ...(wholeServer && { wholeServer }),
    ...(capabilities && { capabilities }),
    ...(commands && { commands }),
    ...(needs && { needs }),
    examples,
    input: closed(plainSchema(step.input)),
    result: plainSchema(step.result),
  };
}

export function matcherMetadata(matcher: Matcher): MatcherMetadata {
  const { name, summary, operand, examples, nested, quantity } = matcher;
  return {
    name,
    summary,
    examples,
    operand: plainSchema(operand),
    ...(nested && { nested }),
    ...(quantity && { quantity }),
  };
}

/** TypeBox keeps notes of its own beside the schema; JSON leaves them behind. */
const plainSchema = (schema: unknown): JsonSchema => JSON.parse(JSON.stringify(schema)) as JsonSchema;

/** A mapping with named properties takes no others, unless it says so. */
function closed(schema: JsonSchema): JsonSchema {
  const inner: Record<string, unknown> = { ...schema };
  if (schema.anyOf) inner.anyOf = schema.anyOf.map(closed);
  if (schema.items) inner.items = closed(schema.items);
  if (!schema.properties) return inner;
  inner.properties = Object.fromEntries(
    Object.entries(schema.properties).map(([name, property]) => [name, closed(property)]),
  );
  return { additionalProperties: false, ...inner };
}
