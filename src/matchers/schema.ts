import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { defineMatcher } from '../contracts/matcher.js';
import { loadPatterns, matches } from '../expression/patterns.js';
import { formatPath } from '../format/path.js';
import { formatValue, isMap, withoutBigints } from '../format/value.js';

export const schema = defineMatcher({
  name: '$schema',
  summary: "Valid by a JSON Schema (2020-12); patterns are in RE2's syntax, formats are not checked.",
  operand: { type: 'object', minProperties: 1, description: 'a JSON Schema with at least one keyword' },
  examples: [{ type: 'object', required: ['id'], properties: { id: { type: 'integer', minimum: 1 } } }],
  prepare,
  check(operand) {
    try {
      compile(operand);
      return undefined;
    } catch (error) {
      return `invalid JSON Schema: ${error instanceof Error ? error.message : String(error)}`;
    }
  },
  mismatch(operand, actual) {
    if (actual === undefined) return 'a value that is valid by the schema';
    const validate = compile(operand);
    if (validate(withoutBigints(actual))) return undefined;
    // The last error sums up those of the branches before it.
    const error = validate.errors?.at(-1);
    return error ? describe(error) : 'a value that is valid by the schema';
  },
});

const CACHED_SCHEMAS = 50;
/** By the schema's text: each evaluation of an expectation makes a new object of the same schema. */
const compiled = new Map<string, ValidateFunction>();
let ajv: Ajv2020 | undefined;

/** ajv takes 50 ms to load, so only a run that uses it loads it. */
async function prepare(): Promise<void> {
  if (ajv) return;
  const [{ Ajv2020 }] = await Promise.all([import('ajv/dist/2020.js'), loadPatterns()]);
  const regExp = Object.assign(linearPattern, { code: 'linearPattern' });
  ajv = new Ajv2020({
    strictSchema: true,
    strictTypes: false,
    strictTuples: false,
    validateFormats: false,
    addUsedSchema: false,
    logger: false,
    code: { regExp },
  });
}

/** What ajv takes for a RegExp. Raises an Error for an invalid pattern. */
function linearPattern(pattern: string): { test(text: string): boolean; toString(): string } {
  matches('', pattern);
  // ajv takes two patterns for one when their texts are equal.
  return { test: (text) => matches(text, pattern), toString: () => pattern };
}

function compile(operand: unknown): ValidateFunction {
  if (!ajv) throw new Error('prepare() has not been awaited');
  if (!isMap(operand)) throw new Error(`a schema is a mapping, not ${formatValue(operand)}`);
  const plain = withoutBigints(operand) as Readonly<Record<string, unknown>>; // a mapping stays one
  const text = JSON.stringify(plain);
  let validate = compiled.get(text);
  if (!validate) {
    validate = ajv.compile(plain);
    // ajv keeps each schema by the object's identity for ever.
    ajv.removeSchema(plain);
    if (compiled.size >= CACHED_SCHEMAS) compiled.clear();
    compiled.set(text, validate);
  }
  return validate;
}

/** Params of an error that its message leaves out. */
const DETAILS = ['additionalProperty', 'unevaluatedProperty', 'propertyName', 'allowedValues', 'allowedValue'] as const;

function describe({ instancePath, message, params }: ErrorObject): string {
  const parts = instancePath.split('/').slice(1).map(pointerPart);
  const where = parts.length === 0 ? 'it' : formatPath(parts);
  const detail = DETAILS.find((name) => params[name] !== undefined);
  const suffix = detail ? `: ${formatValue(params[detail])}` : '';
  return `a value that is valid by the schema, but ${where} ${message ?? 'is not'}${suffix}`;
}

function pointerPart(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~');
}
