import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { junit } from '../../src/reporters/junit.js';
import { RUNS, report, savedEvents } from './replay.js';

/** What readers of JUnit agree on: the attributes of each element, and its children in their order. */
const ELEMENTS: Readonly<Record<string, { required: string[]; optional?: string[]; children?: string[] }>> = {
  testsuites: { required: ['name', 'tests', 'failures', 'errors', 'time'], children: ['testsuite'] },
  testsuite: {
    required: ['name', 'tests', 'failures', 'errors', 'skipped', 'time', 'timestamp'],
    children: ['properties', 'testcase', 'system-out', 'system-err'],
  },
  properties: { required: [], children: ['property'] },
  property: { required: ['name', 'value'] },
  testcase: {
    required: ['classname', 'name', 'time'],
    optional: ['file', 'line'],
    children: ['skipped', 'error', 'failure', 'flakyFailure', 'flakyError', 'system-out', 'system-err'],
  },
  flakyFailure: { required: ['message', 'type'], children: ['stackTrace'] },
  flakyError: { required: ['message', 'type'], children: ['stackTrace'] },
  stackTrace: { required: [] },
  failure: { required: ['message', 'type'] },
  error: { required: ['message', 'type'] },
  skipped: { required: ['message'] },
};

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

const descendants = (element: Element): Element[] => [element, ...element.children.flatMap(descendants)];
const named = (element: Element, name: string) => descendants(element).filter((item) => item.name === name);

describe.each(RUNS)('the report of %s', (run) => {
  const xml = report(junit, savedEvents(run));
  const root = parse(xml);

  test('has the elements and attributes that readers know, in order', () => {
    for (const { name, attributes, children } of descendants(root)) {
      const rule = ELEMENTS[name];
      expect(rule, name).toBeDefined();
      const { required, optional = [], children: allowed = [] } = rule!;
      expect(Object.keys(attributes)).toEqual(expect.arrayContaining(required));
      expect([...required, ...optional]).toEqual(expect.arrayContaining(Object.keys(attributes)));
      const places = children.map((child) => allowed.indexOf(child.name));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places).not.toContain(-1);
    }
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

  test('names every testcase once, gives each at most one outcome, and times in seconds', () => {
    const testcases = named(root, 'testcase');
    const names = testcases.map(({ attributes }) => `${attributes.classname} ${attributes.name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { children } of testcases) {
      expect(children.filter(({ name }) => !name.startsWith('flaky')).length).toBeLessThanOrEqual(1);
    }
    for (const { attributes } of descendants(root)) {
      if (attributes.time !== undefined) expect(attributes.time).toMatch(/^\d+\.\d{3}$/);
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
