import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument, visit } from 'yaml';

type Database = ReturnType<typeof loadAwsServiceSpecSync>;
type Resource = ReturnType<typeof resourceOf> & object;
type Properties = Resource['properties'];
type PropertyType = Properties[string]['type'];
type Fields = Readonly<Record<string, unknown>>;

let loaded: Database | undefined;

/** What AWS publishes on the resources of CloudFormation. */
function specification(): Database {
  loaded ??= loadAwsServiceSpecSync();
  return loaded;
}

const resourceOf = (type: string) => specification().lookup('resource', 'cloudFormationType', 'equals', type)[0];

/** What is wrong with a template, as `path: what`: types, names, values, references. */
export function lintTemplate(text: string): readonly string[] {
  const document = parseDocument(text);
  const broken = document.errors.map(({ message }) => message);
  if (broken.length > 0) return broken;
  const aliases: string[] = [];
  visit(document, { Alias: (_, { source }) => void aliases.push(`*${source}: CloudFormation knows no aliases`) });
  return [...aliases, ...new Template(toFields(toPlain(document.contents))).check()];
}

/** `!Sub x` is `{ Fn::Sub: x }`. */
function toPlain(node: unknown): unknown {
  const value = isMap(node)
    ? Object.fromEntries(node.items.map(({ key, value }) => [String(key), toPlain(value)]))
    : isSeq(node)
      ? node.items.map(toPlain)
      : isScalar(node)
        ? node.value
        : null;
  const tag = isAlias(node) ? undefined : (node as Node | null)?.tag; // an item of a collection that was parsed
  if (!tag?.startsWith('!')) return value;
  const name = tag.slice(1);
  return { [name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`]: value };
}

const toFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}; // as was just seen

const FUNCTIONS = ['Base64', 'Cidr', 'Equals', 'GetAZs', 'GetAtt', 'If', 'Join', 'Not', 'Select', 'Split', 'Sub'];
const PSEUDO = ['AccountId', 'NoValue', 'Partition', 'Region', 'StackId', 'StackName', 'URLSuffix'].map(
  (name) => `AWS::${name}`,
);
const SECTIONS = ['AWSTemplateFormatVersion', 'Description', 'Parameters', 'Conditions', 'Resources', 'Outputs'];
const RESOURCE_KEYS = ['Type', 'Properties', 'Condition', 'DependsOn', 'DeletionPolicy', 'UpdateReplacePolicy'];

class Template {
  readonly #used = new Set<string>();
  readonly #parameters: Fields;
  readonly #conditions: Fields;
  readonly #resources: Fields;
  readonly #outputs: Fields;

  constructor(private readonly root: Fields) {
    const [parameters, conditions, resources, outputs] = SECTIONS.slice(2).map((name) => toFields(root[name]));
    this.#parameters = parameters!;
    this.#conditions = conditions!;
    this.#resources = resources!;
    this.#outputs = outputs!;
  }

  *check(): Iterable<string> {
    yield* known('', this.root, SECTIONS, 'section');
    for (const [name, resource] of Object.entries(this.#resources))
      yield* this.#checkResource(`Resources.${name}`, toFields(resource));
    for (const [name, output] of Object.entries(this.#outputs))
      if (toFields(output).Value === undefined) yield `Outputs.${name}: it has no Value`;
    yield* this.#references('Conditions', this.#conditions);
    yield* this.#references('Resources', this.#resources);
    yield* this.#references('Outputs', this.#outputs);
    for (const [name, parameter] of Object.entries(this.#parameters)) {
      const { Type, Default, AllowedValues } = toFields(parameter);
      if (Type === undefined) yield `Parameters.${name}: it has no Type`;
      if (Default !== undefined && Array.isArray(AllowedValues) && !AllowedValues.includes(Default))
        yield `Parameters.${name}: its Default ${Default} is not allowed`;
    }
    for (const name of Object.keys({ ...this.#parameters, ...this.#conditions }))
      if (!this.#used.has(name)) yield `${name}: nothing uses it`;
  }

  *#checkResource(path: string, resource: Fields): Iterable<string> {
    yield* known(path, resource, RESOURCE_KEYS, 'key');
    const { Type, Properties = {}, Condition, DependsOn = [] } = resource;
    if (Condition !== undefined) yield* this.#condition(path, Condition);
    for (const other of [DependsOn].flat())
      if (!Object.hasOwn(this.#resources, String(other))) yield `${path}: there is no resource ${other}`;
    const specified = resourceOf(String(Type));
    if (specified) yield* checkProperties(path, specified.properties, toFields(Properties));
    else yield `${path}: there is no type ${Type}`;
  }

  /** Of every Ref, GetAtt, Sub and If. */
  *#references(path: string, value: unknown): Iterable<string> {
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) yield* this.#references(`${path}.${index}`, item);
    for (const [key, inner] of Object.entries(toFields(value))) {
      if (key === 'Ref') yield* this.#name(path, String(inner));
      if (key.startsWith('Fn::')) yield* this.#call(path, key.slice('Fn::'.length), inner);
      yield* this.#references(key.startsWith('Fn::') ? path : `${path}.${key}`, inner);
    }
  }

  *#call(path: string, name: string, argument: unknown): Iterable<string> {
    if (!FUNCTIONS.includes(name)) yield `${path}: there is no function ${name}`;
    const [first, second] = [argument].flat();
    if (name === 'GetAtt') yield* this.#name(path, [argument].flat().join('.'));
    if (name === 'If') yield* this.#condition(path, first);
    if (name !== 'Sub') return;
    for (const [, found = ''] of String(first).matchAll(/\$\{([^!}][^}]*)\}/g))
      if (!Object.hasOwn(toFields(second), found)) yield* this.#name(path, found);
  }

  *#condition(path: string, name: unknown): Iterable<string> {
    this.#used.add(String(name));
    if (!Object.hasOwn(this.#conditions, String(name))) yield `${path}: there is no condition ${name}`;
  }

  /** A parameter, a resource, or an attribute of one. */
  *#name(path: string, name: string): Iterable<string> {
    this.#used.add(name);
    if (PSEUDO.includes(name) || Object.hasOwn(this.#parameters, name)) return;
    const [resource = '', ...rest] = name.split('.');
    const { Type: type } = toFields(this.#resources[resource]);
    const attribute = rest.join('.');
    if (type === undefined) yield `${path}: there is nothing named ${name}`;
    else if (attribute !== '' && !Object.hasOwn(resourceOf(String(type))?.attributes ?? {}, attribute))
      yield `${path}: ${type} has no attribute ${attribute}`;
  }
}

function* known(path: string, fields: Fields, names: readonly string[], what: string): Iterable<string> {
  for (const name of Object.keys(fields)) if (!names.includes(name)) yield `${path}: there is no ${what} ${name}`;
}

function* checkProperties(path: string, properties: Properties, given: Fields): Iterable<string> {
  yield* known(path, given, Object.keys(properties), 'property');
  for (const [name, { type, required }] of Object.entries(properties)) {
    if (given[name] !== undefined) yield* checkValue(`${path}.${name}`, type, given[name]);
    else if (required) yield `${path}: it has no ${name}`;
  }
}

function* checkValue(path: string, type: PropertyType, value: unknown): Iterable<string> {
  const [called] = Object.keys(toFields(value)).filter((key) => key === 'Ref' || key.startsWith('Fn::'));
  if (called === 'Fn::If') {
    const [, ...branches] = [toFields(value)[called]].flat();
    for (const branch of branches) yield* checkValue(path, type, branch);
  }
  if (called) return; // what it gives is known to AWS alone
  switch (type.type) {
    case 'array':
      if (!Array.isArray(value)) yield `${path}: ${JSON.stringify(value)} is no list`;
      else for (const [index, item] of value.entries()) yield* checkValue(`${path}.${index}`, type.element, item);
      break;
    case 'map':
      for (const [name, item] of Object.entries(toFields(value)))
        yield* checkValue(`${path}.${name}`, type.element, item);
      break;
    case 'ref':
      yield* checkProperties(
        path,
        specification().get('typeDefinition', type.reference.$ref).properties,
        toFields(value),
      );
      break;
    case 'union': {
      const findings = type.types.map((each) => [...checkValue(path, each, value)]);
      if (findings.every(({ length }) => length > 0)) yield* findings[0]!;
      break;
    }
    case 'tag':
      yield* known(path, toFields(value), ['Key', 'Value'], 'property');
      break;
    case 'string':
      if (typeof value !== 'string') yield `${path}: ${JSON.stringify(value)} is no text`;
      else if (type.allowedValues && !type.allowedValues.includes(value)) yield `${path}: "${value}" is not allowed`;
      break;
    case 'boolean':
      if (typeof value !== 'boolean') yield `${path}: ${JSON.stringify(value)} is neither true nor false`;
      break;
    case 'integer':
    case 'number':
      if (typeof value !== 'number') yield `${path}: ${JSON.stringify(value)} is no number`;
      break;
    default: // json, date-time: anything
  }
}
