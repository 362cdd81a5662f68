import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { junit } from '../../src/reporters/junit.js';
import { folderWith, runRedrill } from '../support/redrill.js';
import { RUNS, report, savedEvents } from './replay.js';

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  parseTagValue: false,
  htmlEntities: true,
  ignoreDeclaration: true,
});

/** The parser's own shape: one key names the element, `:@` holds its attributes. */
type Parsed = Record<string, Parsed[]> & { ':@'?: Record<string, string>; '#text'?: string };

function toElement(node: Parsed): Element {
  const name = Object.keys(node).find((key) => key !== ':@') ?? '';
  const content = node[name] ?? [];
  return {
    name,
    attributes: node[':@'] ?? {},
    children: content.filter((child) => !('#text' in child)).map(toElement),
    text: content.map((child) => child['#text'] ?? '').join(''),
  };
}

function parse(xml: string): Element {
  expect(XMLValidator.validate(xml)).toBe(true);
  const roots: Parsed[] = parser.parse(xml);
  expect(roots).toHaveLength(1);
  return toElement(roots[0]!);
}

const schema = readFileSync(fileURLToPath(new URL('junit.xsd', import.meta.url)), 'utf8');

/** By libxml2. */
async function problemsIn(xml: string): Promise<readonly string[]> {
  const { errors } = await validateXML({ xml, schema, maxMemoryPages: 4_096 });
  return errors.map(({ message }) => message);
}

const descendants = (element: Element): Element[] => [element, ...element.children.flatMap(descendants)];
const named = (element: Element, name: string) => descendants(element).filter((item) => item.name === name);

describe.each(RUNS)('the report of %s', (run) => {
  const xml = report(junit, savedEvents(run));
  const root = parse(xml);

  test('is valid', async () => {
    expect(await problemsIn(xml)).toEqual([]);
  });

  test('counts what it holds', () => {
    for (const element of [root, ...root.children]) {
      const count = (name: string) => String(named(element, name).length);
      expect(element.attributes).toMatchObject({
        tests: count('testcase'),
        failures: count('failure'),
        errors: count('error'),
      });
      if (element.name === 'testsuite') expect(element.attributes.skipped).toBe(count('skipped'));
    }
  });

  test('is green for a pass alone', () => {
    const red = named(root, 'failure').length + named(root, 'error').length > 0;
    const last = savedEvents(run).at(-1);
    expect(red).toBe(!(last?.type === 'run.finished' && last.exitCode === 0));
  });

  test('holds no character that XML forbids', () => {
    expect(xml).not.toMatch(/[^\P{Cc}\n]|\p{Cs}|\]\]>/u);
  });
});

test('an unknown case is a failure of that type', () => {
  const failures = named(parse(report(junit, savedEvents('unknown'))), 'failure');
  expect(failures.map(({ attributes }) => attributes.type)).toEqual(['unknown', 'unknown']);
});

test('a message of several lines is read back as such', () => {
  const [failure] = named(parse(report(junit, savedEvents('binary'))), 'failure');
  expect(failure?.attributes.message).toBe(
    'GET \\u001b[2Jblob\\t\\u007f\\u0085: WRONGTYPE Operation against a key holding \\u0000\\u0007 the wrong kind of value\nsecond line \\u202egnol\\u202c',
  );
});

test('cases of the same name get numbers', () => {
  const testcases = named(parse(report(junit, savedEvents('binary'))), 'testcase');
  const [first, second] = testcases.map(({ attributes }) => attributes.name);
  expect(second).toBe(`${first} (2)`);
});

/** `a/b.yaml` and `a.b.yaml` are one class, 1 and "1" read alike, and no character of this text is one that XML can hold. */
test('keeps every case of a run with 5,000, equal names and binary values', { timeout: 180_000 }, async () => {
  const numbers = Array.from({ length: 125 }, (_, index) => `${index}, "${index}"`).join(', ');
  const scenario = `name: "Equal \\a"
matrix: { number: [${numbers}], bytes: [plain, "\\0\\e[2J\\u202E]]>\\uFFFE"] }
steps:
  - command: [SET, key, "\${{ matrix.bytes }}"]
  - command: [GET, key]
    expect: plain
`;
  const names = Array.from({ length: 5 }, (_, index) => [`part/${index}.yaml`, `part.${index}.yaml`]).flat();
  const cwd = folderWith(Object.fromEntries(names.map((name) => [`scenarios/${name}`, scenario])));
  const { exitCode } = await runRedrill(['run', '--report', 'junit=junit.xml'], { cwd });
  const xml = readFileSync(`${cwd}/junit.xml`, 'utf8');
  expect([exitCode, await problemsIn(xml)]).toEqual([1, []]);
  const root = parse(xml);
  expect(root.attributes).toMatchObject({ tests: '5000', failures: '2500', errors: '0' });
  const testcases = named(root, 'testcase');
  expect(testcases).toHaveLength(5_000);
  for (const { attributes, children } of testcases) {
    expect(children.map(({ name }) => name)).toEqual(attributes.name?.includes('bytes=plain') ? [] : ['failure']);
  }
});
