import { _, type Code, type CodeKeywordDefinition, type KeywordCxt, type Name, str } from 'ajv';

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

/** `excludes: { key: { other: next } }`: a mapping that has the key has none of the others; `next` says what to do. */
const excludes: CodeKeywordDefinition = {
  keyword: 'excludes',
  type: 'object',
  schemaType: 'object',
  code(context) {
    for (const [key, others] of Object.entries(context.schema as Excludes)) {
      for (const other of Object.keys(others))
        fail(context, _`${has(context, key)} && ${has(context, other)}`, { key, other });
    }
  },
  error: {
    message: str`must not have both keys`,
    params: ({ params }) => _`{ key: ${params.key}, other: ${params.other} }`,
  },
};

/** `needs: { key: { of: [names], is?, next } }`: a mapping that has the key has one of the others too, of that value. */
const needs: CodeKeywordDefinition = {
  keyword: 'needs',
  type: 'object',
  schemaType: 'object',
  code(context) {
    for (const [key, { of, is }] of Object.entries(context.schema as Needs)) {
      const met = of.map((name) => (is === undefined ? has(context, name) : mayBe(context, name, is)));
      fail(context, _`${has(context, key)} && !(${met.reduce((one, other) => _`${one} || ${other}`)})`, { key });
    }
  },
  error: { message: str`must have another key too`, params: ({ params }) => _`{ key: ${params.key} }` },
};

export type Excludes = Readonly<Record<string, Readonly<Record<string, string>>>>;
export type Needs = Readonly<
  Record<string, { readonly of: readonly string[]; readonly is?: string; readonly next: string }>
>;

const has = ({ data }: KeywordCxt, name: string): Code => _`${data}[${name}] !== undefined`;

/** An expression may give it. */
const mayBe = ({ data }: KeywordCxt, name: string, value: string): Code =>
  _`(${data}[${name}] === ${value} || String(${data}[${name}]).includes("\${{"))`;

function fail(context: KeywordCxt, condition: Code, params: Readonly<Record<string, string>>): void {
  context.gen.if(condition, () => {
    context.setParams(params);
    context.error();
  });
}

/** The keywords of our own that validate. */
export const keywords: readonly CodeKeywordDefinition[] = [atLeastOneOf, exactlyOneOf, excludes, needs];
