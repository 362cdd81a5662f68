import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/engine/random.js';
import { LIMITS, loadYaml, parseYaml } from '../../src/scenario/load.js';
import { readPlainYaml } from '../../src/scenario/plain-yaml.js';
import { type SourceDocument, SourceFile } from '../../src/scenario/source.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SHIPPED = readdirSync(path.join(ROOT, 'scenarios')).filter((name) => name.endsWith('.yaml'));
const textOf = (file: string): string => readFileSync(path.join(ROOT, 'scenarios', file), 'utf8');

interface Entry {
  readonly path: string;
  readonly at: unknown;
}

/** Every value of a document, with all that is asked of places. */
function entriesOf(document: SourceDocument): readonly Entry[] {
  const found: Entry[] = [];
  const walk = (value: unknown, at: readonly (string | number)[]): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      const inside = [...at, key];
      found.push({
        path: inside.join('/'),
        at: {
          key: document.location(inside, 'key'),
          value: document.location(inside),
          text: document.scalarText(value, key),
          cutBy: document.cutBy(value, key),
        },
      });
      walk(item, inside);
    }
  };
  walk(document.data, []);
  return found;
}

/** What the library makes of a text that was read as plain. */
function expectSame(text: string): void {
  const loaded = loadYaml('a.yaml', text);
  const exact = parseYaml(new SourceFile('a.yaml', text));
  const all = ({ documents, diagnostics }: typeof loaded) => ({
    diagnostics,
    data: documents.map(({ data }) => data),
    keys: documents.map((document) => entriesOf(document)),
  });
  expect(all(loaded), text).toEqual(all(exact));
}

const isPlain = (text: string): boolean => readPlainYaml(text, LIMITS) !== undefined;

describe('plain YAML', () => {
  test.each(SHIPPED)('%s is plain, and read as the library reads it', (file) => {
    expect(isPlain(textOf(file))).toBe(true);
    expectSame(textOf(file));
  });

  test.each([
    'a: 1\n',
    'a: 1',
    '# c\n\na: b # c\n# c\nc: d  \n',
    'a:\n- 1\n- b: c\n  d: e\nf: g\n',
    'a:\n  - - 1\n    - 2\n  -\n    b: 1\n',
    'a: # c\n   b: c\n',
    '- a: 1\n- [a, "b", { c: d }]\n- {}\n- []\n',
    'a: {"b":1,"c": [ 1 , 2 ],\n   d: e:f,\n\n   g: h i }\n',
    "\"a b\": \"c: d # e\"\n'it''s': 'it''s'\n",
    `${String.raw`a: "\"\\ \n \u00e9 \/ \\n"`}\n`,
    'a: |\n  b\n   c: "d"\n\n  # e\nf: >-\n  g\n  h\n\n  i\n\nj: |-\n  k\n',
    'a: 0\nb: -1\nc: 1.50\nd: -0.5\ne: 9007199254740993\nf: 5s\ng: 1.2.3\nh: 1e\ni: 12a\n',
    'a: ~\nb: null\nc: True\nd: FALSE\ne: nULL\nf: yes\n',
    'a: ${{ b }}\nc: x ${{ d }} # e\n',
    'a: b#c\nd: e:f\ng: -h\ni: a, b] }\n',
    '---\na: 1\n---\n# c\nb: 2\n',
    'a: é 😀 ü\nß: 1\n',
    '1a: b\na.b: c\n$eq: d\n',
  ])('%j is plain, and read as the library reads it', (text) => {
    expect(isPlain(text)).toBe(true);
    expectSame(text);
  });

  test.each([
    ...['', '# c\n', 'a\n', '[a]\n', '---\n', '--- a\n', 'a: 1\n...\n', 'a: 1\n---\n', '%YAML 1.2\n---\na: 1\n'],
    ...['a:\n', 'a:\nb: 1\n', '-\n', 'a: [b, ]\n', 'a: {b}\n', 'a: {b: }\n', 'a: [b: c]\n', '? a\n: b\n'],
    ...[
      'a: &b c\n',
      'a: *b\n',
      'a: !c d\n',
      '<<: { a: 1 }\n',
      '__proto__: 1\n',
      '1: a\n',
      '"1": a\n',
      'null: a\n',
      '{a: b}: c\n',
    ],
    ...['a: 1\na: 2\n', '{ a: 1, a: 2 }\n', 'a: { b: 1, b: 2 }\n', 'a: b: c\n', 'a: b:\n', 'a : b\n', 'a: - b\n'],
    ...[
      'a: b\n  c\n',
      'a: "b\n  c"\n',
      'a: [b\n  c]\n',
      'a: [b,\nc]\n',
      'a: [b, # c\n  d]\n',
      'a: "b" c\n',
      'a: "b"#c\n',
    ],
    ...['a: @b\n', 'a: `b\n', 'a: %b\n', 'a: ,\n', 'a: "\\x41"\n', 'a: "\\q"\n', "a: 'b\n", 'a: [b\n', 'a: {b: c\n'],
    ...['a: |2\n   b\n', 'a: |+\n  b\n', 'a: |\n\n  b\n', 'a: |\n  b', 'a: >\n  b\n   c\n', 'a: |\n  b\n c: d\n'],
    ...['a: +1\n', 'a: 007\n', 'a: 0x1f\n', 'a: .5\n', 'a: 1.\n', 'a: 1e3\n', 'a: .inf\n', 'a: .nan\n', 'a: -0\n'],
    ...['a: ${{ b # c }}\n', '${{ a }}: b\n', 'a: [${{ b }}]\n', 'a: { ${{ b }}: c }\n'],
    ...['\ta: 1\n', 'a: 1\r\nb: 2\r\n', '\ufeffa: 1\n', ' a: 1\nb: 2\n', 'a: 1\n b: 2\n', '- a\nb: 1\n', 'a: 1\n- b\n'],
  ])('%j is left to the library', (text) => {
    expect(isPlain(text)).toBe(false);
  });

  test('what is too large or too deep is left to the library, which says so', () => {
    const deep = `a: ${'['.repeat(70)}${']'.repeat(70)}\n`;
    const many = `a: [${'1, '.repeat(LIMITS.nodes)}1]\n`;
    const documents = `${'a: 1\n---\n'.repeat(LIMITS.documents)}a: 1\n`;
    expect([deep, many, documents].map(isPlain)).toEqual([false, false, false]);
    expect(
      [deep, many, documents].map((text) => loadYaml('a.yaml', text).diagnostics.map((one) => one.message)),
    ).toEqual([
      ['values are nested more than 64 deep'],
      ['the document has more than 50000 values, aliases expanded'],
      ['the file has more than 1000 documents'],
    ]);
  });

  test('whatever is changed in a scenario, it is read as the library reads it, or left to it', () => {
    const random = createRandom(42);
    const below = (count: number): number => random.integer(0, count - 1);
    const pieces = [
      ' ',
      '  ',
      '\n',
      '\n\n',
      ': ',
      ':',
      '- ',
      '-',
      '#',
      ' # c',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '|\n',
    ];
    const words = [
      '>-\n',
      '\\',
      '0',
      '-1',
      '.5',
      '1e3',
      '~',
      '$',
      '${{',
      '}}',
      '&a',
      '*a',
      '!t',
      '?',
      '---\n',
      '\t',
      'é',
    ];
    const all = [...pieces, ...words, '\r\n', '\n    ', '\n  ', 'x: |\n  y\n', 'a: b', '- a\n', '<<: '];
    const texts = SHIPPED.map(textOf);
    let plain = 0;
    for (let round = 0; round < 1_500; round++) {
      const lines = texts[below(texts.length)]!.split('\n');
      let text = lines.slice(0, 1 + below(lines.length)).join('\n') + (below(4) > 0 ? '\n' : '');
      for (let change = below(3); change >= 0; change--) {
        const at = below(text.length + 1);
        const removed = below(3) === 0 ? 1 + below(4) : 0;
        text =
          text.slice(0, at) + (removed > 0 && below(2) === 0 ? '' : all[below(all.length)]) + text.slice(at + removed);
      }
      if (!isPlain(text)) continue;
      plain += 1;
      expectSame(text);
    }
    expect(plain).toBeGreaterThan(150);
  });
});
