import { _, type CodeKeywordDefinition, type KeywordCxt, str } from 'ajv';

/** `exactlyOneOf: [names]`: a mapping has one of these keys and no second. Written as code, so that validators can be generated. */
export const exactlyOneOf: CodeKeywordDefinition = {
  keyword: 'exactlyOneOf',
  type: 'object',
  schemaType: 'array',
  code(context: KeywordCxt) {
    const { gen, data, schema } = context;
    const given = gen.let('given', _`0`);
    for (const name of schema as readonly string[]) {
      gen.if(_`${data}[${name}] !== undefined`, () => gen.assign(given, _`${given} + 1`));
    }
    context.fail(_`${given} !== 1`);
  },
  error: {
    message: str`must have exactly one of several keys`,
    params: ({ schema }) => _`{ names: ${JSON.stringify(schema)} }`,
  },
};
