import type { ArgumentPart, BoundExpression } from '../../../src/contracts/fields.js';
import type { LoadInput, Parts } from '../../../src/steps/load/input.js';

/** An expression of a command, as the compiler would bind it. */
export const part = (
  source: string,
  evaluate: (locals: Readonly<Record<string, unknown>>) => unknown = () => null,
): BoundExpression => ({
  source,
  evaluate: (locals = {}) => evaluate(locals),
  explain: () => [],
});

/** A command: each argument a text, an expression, or parts side by side. */
export const command = (...args: readonly (ArgumentPart | readonly ArgumentPart[])[]): Parts =>
  args.map((argument) => (Array.isArray(argument) ? argument : [argument as ArgumentPart])); // no list is a part

/** With the defaults of the schema. */
export const loadInput = (input: Partial<LoadInput> & Pick<LoadInput, 'mix'>): LoadInput => ({
  clients: 4,
  pipeline: 1,
  arrival: 'constant',
  warmup: 0,
  ...input,
});
