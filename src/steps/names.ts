import { Type } from '../contracts/fields.js';

/** One name, or a list of names. */
export const OneOrMore = (description: string) =>
  Type.Unsafe<string | readonly string[]>({
    type: ['string', 'array'],
    minLength: 1,
    items: { type: 'string', minLength: 1 },
    description,
  });

export const asList = (names: string | readonly string[]): readonly string[] =>
  typeof names === 'string' ? [names] : names;
