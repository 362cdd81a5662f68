import { _, type CodeKeywordDefinition, type KeywordCxt, type Name, str } from 'ajv';

/** How many of several keys a mapping has, as code. */
function countGiven({ gen, data, schema }: KeywordCxt): Name {
  const given = gen.let('given', _`0`);
  for (const name of schema as readonly string[]) {
    gen.if(_`${data}[${name}] !== undefined`, () => gen.assign(given, _`${given} + 1`));
  }
  return given;
}

/** `atLeastOneOf: [names]`: a mapping has one of these keys or more. */
const atLeastOneOf: CodeKeywordDefinition = {
  keyword: 'atLeastOneOf',
  type: 'object',
  schemaType: 'array',
  code: (context) => context.fail(_`${countGiven(context)} === 0`),
  error: { message: str`must have one of several keys` },
};

/** `exactlyOneOf: [names]`: a mapping has one of these keys and no second. Written as code, so that validators can be generated. */
const exactlyOneOf: CodeKeywordDefinition = {
  keyword: 'exactlyOneOf',
  type: 'object',
  schemaType: 'array',
  code(context: KeywordCxt) {
    context.fail(_`${countGiven(context)} !== 1`);
  },
  error: {
    message: str`must have exactly one of several keys`,
    params: ({ schema }) => _`{ names: ${JSON.stringify(schema)} }`,
  },
};

/** The keywords of our own that validate. */
export const keywords: readonly CodeKeywordDefinition[] = [atLeastOneOf, exactlyOneOf];
