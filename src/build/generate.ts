/** Writes what is made from the units: the catalog and validators of the bundle, the schemas, the reference. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { checkers, matchers, steps, targets } from '../builtins.js';
import type { JsonSchema, MatcherMetadata, StepMetadata } from '../contracts/schema.js';
import { createFolder } from '../folders.js';
import { reportSchema } from '../reporters/json.schema.js';
import type { CatalogData } from '../scenario/catalog.js';
import { configSchema } from '../scenario/configuration.js';
import { forEditors } from '../scenario/editors.js';
import { keywords } from '../scenario/keywords.js';
import { documentSchema, fragmentSchema, invariantSchema, modifiersSchema } from '../scenario/language.js';
import { matcherMetadata, stepMetadata } from '../scenario/metadata.js';
import { composeScenarioSchema } from '../scenario/published.js';
import { schemasToValidate } from '../scenario/validation.js';
import { pageTexts } from './page.js';
import { referencePages } from './reference.js';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Every generated file with its text; those below `schema/` and `docs/` are committed. */
export async function generateFiles(): Promise<Map<string, string>> {
  const loadedSteps = await Promise.all(
    steps.map(async (unit) => [unit.name, stepMetadata(await unit.load())] as const),
  );
  const loadedMatchers = await Promise.all(
    matchers.map(async (unit) => [unit.name, matcherMetadata(await unit.load())] as const),
  );
  const loadedCheckers = await Promise.all(checkers.map(async (unit) => [unit.name, await unit.load()] as const));
  const plain = <T>(value: T): JsonSchema => JSON.parse(JSON.stringify(value)) as JsonSchema; // TypeBox schemas are JSON Schema
  const loadedTargets = await Promise.all(
    targets.map(async (unit) => [unit.name, plain((await unit.load()).config)] as const),
  );
  for (const [name, unit] of [...loadedSteps, ...loadedMatchers, ...loadedCheckers]) {
    if (unit.name !== name) throw new Error(`builtins.ts calls ${unit.name} "${name}"`);
  }
  const catalog: CatalogData = {
    document: plain(documentSchema),
    fragment: plain(fragmentSchema),
    modifiers: plain(modifiersSchema),
    invariant: plain(invariantSchema),
    config: withTargets(plain(configSchema), Object.fromEntries(loadedTargets)),
    steps: Object.fromEntries(loadedSteps),
    matchers: Object.fromEntries(loadedMatchers),
  };
  const stepList: StepMetadata[] = loadedSteps.map(([, unit]) => unit);
  const matcherList: MatcherMetadata[] = loadedMatchers.map(([, unit]) => unit);
  const checkerList = loadedCheckers.map(([, unit]) => unit);
  const files = new Map<string, string>();
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  files.set('schema/scenario.schema.json', json(composeScenarioSchema(catalog, stepList, matcherList)));
  files.set(
    'schema/config.schema.json',
    json({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Redrill configuration',
      ...forEditors(catalog.config),
    }),
  );
  files.set(
    'schema/report.schema.json',
    json({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...plain(reportSchema) }),
  );
  for (const [name, text] of referencePages(catalog, checkerList)) files.set(`docs/reference/${name}`, text);
  files.set('src/generated/catalog.ts', catalogCode(catalog));
  files.set('src/generated/validators.cjs', validatorCode(catalog));
  files.set('src/generated/html.ts', await pageTexts());
  files.set(
    'src/generated/validators.d.cts',
    'declare const validators: Record<string, unknown>;\nexport = validators;\n',
  );
  return files;
}

/** The language knows no kind of target: what one takes, in place of a URL, comes from its unit. */
function withTargets(config: JsonSchema, units: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const { targets, ...others } = config.properties ?? {};
  const entry = targets?.additionalProperties as JsonSchema; // one for all targets
  const properties = { ...entry.properties, ...units };
  const composed = {
    ...targets,
    additionalProperties: { ...entry, properties, exactlyOneOf: ['url', ...Object.keys(units)] },
  };
  return { ...config, properties: { ...others, targets: composed } };
}

/** As text, which is parsed when it is asked for: all of it together takes 2 ms, and most runs use few actions. */
function catalogCode({ steps, ...others }: CatalogData): string {
  const texts = Object.entries(steps).map(([name, metadata]) => [name, JSON.stringify(metadata)]);
  return [
    `export const catalogText = ${JSON.stringify(JSON.stringify(others))};`,
    `export const stepTexts: Readonly<Record<string, string>> = ${JSON.stringify(Object.fromEntries(texts), null, 2)};\n`,
  ].join('\n');
}

/** Code of all validators, so that no run compiles a schema; without messages, for `diagnose` has its own. */
function validatorCode(catalog: CatalogData): string {
  const ajv = new Ajv2020({ allErrors: true, strict: false, messages: false, code: { source: true, lines: true } });
  for (const keyword of keywords) ajv.addKeyword(keyword);
  const names: Record<string, string> = {};
  for (const [name, schema] of schemasToValidate(catalog)) {
    const id = `v${Object.keys(names).length}`;
    ajv.addSchema(schema, id);
    names[id] = name;
  }
  const code = standalone.default(ajv, Object.fromEntries(Object.keys(names).map((id) => [id, id])));
  const table = Object.entries(names).map(([id, name]) => `${JSON.stringify(name)}: exports.${id}`);
  return `${whenAsked(code)}\nmodule.exports = { ${table.join(', ')} };\n`;
}

/** Makes the schemas that the validators look into when one first does: most are of actions that a run does not use. */
function whenAsked(code: string): string {
  const calling = code.replace(/\b(schema\d+)(?=[.[])/g, '$1()');
  const [whole] = /(?<!^const )\bschema\d+\b(?!\().*/m.exec(calling) ?? [];
  if (whole !== undefined) throw new Error(`ajv takes a schema as a whole, which only functions make here: ${whole}`);
  return calling.replace(/^const (schema\d+) = (.*);$/gm, 'let made_$1; const $1 = () => (made_$1 ??= $2);');
}

const COMMITTED = /^(?:schema|docs)\//;

/** Writes the files that have changed; gives the committed ones among them, which `check` leaves alone. */
export async function generate({ check = false } = {}): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const [name, text] of await generateFiles()) {
    const file = path.join(ROOT, name);
    const current = await readFile(file, 'utf8').catch(() => undefined);
    if (current === text) continue;
    if (COMMITTED.test(name)) stale.push(name);
    if (check && COMMITTED.test(name)) continue;
    createFolder(path.dirname(file));
    await writeFile(file, text);
  }
  return stale;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const stale = await generate({ check });
  if (check && stale.length > 0) {
    console.error(`out of date: ${stale.join(', ')}\nrun \`npm run generate\` and commit what it writes`);
    process.exitCode = 1;
  }
}
