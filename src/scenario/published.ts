import type { JsonSchema, MatcherMetadata, StepMetadata } from '../contracts/schema.js';
import { asWritten, inputSchema, withQueues } from './compose.js';
import { forEditors, snippetOf } from './editors.js';

/** What an empty file begins with. */
const SCENARIO: JsonSchema = {
  label: 'scenario',
  description: 'A scenario of one step.',
  body: 'name: ${1:What must hold}\nsteps:\n  - ${2:command}: ${3:PING}\n    expect: ${4:PONG}',
};

export interface Language {
  readonly document: JsonSchema;
  readonly modifiers: JsonSchema;
  readonly invariant: JsonSchema;
}

/**
 * The published schema of a scenario file: one flat step schema with every action and modifier as a property,
 * which editors complete well, and which gives one error for one typo.
 */
export function composeScenarioSchema(
  language: Language,
  steps: readonly StepMetadata[],
  matchers: readonly MatcherMetadata[],
): JsonSchema {
  const definitions = Object.fromEntries(steps.map((step) => [step.name, describeAction(step)]));
  const operators = matchers.map((matcher) => `\`${matcher.name}\` ${matcher.summary}`).join('\n');
  const looking = steps.filter((step) => step.effect === 'looks');
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://redrill.dev/schema/scenario.schema.json',
    title: 'Redrill scenario',
    ...forEditors(asWritten(withQueues(language.document, steps))),
    defaultSnippets: [SCENARIO],
    $defs: {
      step: describeStep('One action with its modifiers.', steps, language.modifiers, operators),
      invariant: describeStep(
        'One action that only looks, and what its result must match each time.',
        looking,
        language.invariant,
        operators,
      ),
      ...definitions,
    },
  };
}

function describeStep(
  description: string,
  steps: readonly StepMetadata[],
  modifiers: JsonSchema,
  operators: string,
): JsonSchema {
  const own = forEditors(asWritten(modifiers)).properties;
  const expect = own?.expect ?? {};
  return {
    type: 'object',
    description,
    properties: {
      ...Object.fromEntries(steps.map((step) => [step.name, { $ref: `#/$defs/${step.name}` }])),
      ...own,
      expect: { ...expect, markdownDescription: `${expect.description ?? ''}\n\nOperators:\n\n${operators}` },
    },
    additionalProperties: false,
    exactlyOneOf: steps.map((step) => step.name),
  };
}

/** What it takes is one level below: for a mapping with properties editors write these, and for others the snippet. */
function describeAction(step: StepMetadata): JsonSchema {
  const results = Object.keys(step.result.properties ?? {});
  const result = results.length > 0 ? `\n\nResult: \`{ ${results.join(', ')} }\`` : '';
  return {
    description: step.summary,
    markdownDescription: `**${step.name}**: ${step.summary}${result}`,
    defaultSnippets: [snippetOf(step)],
    allOf: [{ ...forEditors(inputSchema(step)), examples: step.examples }],
  };
}
