import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { keywords } from '../../src/scenario/keywords.js';

/** What editors check by `schema/scenario.schema.json`, held against what `validate` says. */

const inProject = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const text = readFileSync(inProject('schema/scenario.schema.json'), 'utf8');
const schema: unknown = JSON.parse(text);

const ajv = new Ajv2020({ strict: false, allErrors: true });
for (const keyword of keywords) ajv.addKeyword(keyword);
const validate = ajv.compile(schema as object); // the schema of a file is a mapping

const documentsOf = (text: string): unknown[] =>
  parseAllDocuments(text, { merge: true }).map((document): unknown => document.toJS());

test('is small enough for an editor to fetch and read', () => {
  expect(text.length).toBeLessThan(300_000);
});

describe('accepts every scenario', () => {
  for (const folder of ['scenarios', 'test/cases']) {
    for (const file of readdirSync(inProject(folder), { recursive: true, encoding: 'utf8' })) {
      if (!/(?:^|\/)[^_][^/]*\.ya?ml$/.test(file)) continue;
      test(`${folder}/${file}`, () => {
        for (const document of documentsOf(readFileSync(inProject(`${folder}/${file}`), 'utf8'))) {
          validate(document);
          expect(validate.errors ?? []).toEqual([]);
        }
      });
    }
  }
});

/** Mistakes that a schema can tell; those of meaning (an unknown id, an expression's syntax) it lets through. */
describe('rejects', () => {
  test.each(
    Object.entries({
      'an unknown key': 'name: a\ntag: [b]\nsteps: [{ command: PING, expect: PONG }]',
      'no name': 'steps: [{ command: PING, expect: PONG }]',
      'no steps': 'name: a',
      'an empty list of steps': 'name: a\nsteps: []',
      'a timeout without a unit': 'name: a\ntimeout: 60\nsteps: [{ command: PING, expect: PONG }]',
      'an unknown word': 'name: a\nkeys: isolate\nsteps: [{ command: PING, expect: PONG }]',
      'a bad name of a variable': 'name: a\nvars: { max-size: 1 }\nsteps: [{ command: PING, expect: PONG }]',
      'an axis without values': 'name: a\nmatrix: { n: [] }\nsteps: [{ command: PING, expect: PONG }]',
      'an unknown action': 'name: a\nsteps: [{ comand: PING, expect: PONG }]',
      'an unknown modifier': 'name: a\nsteps: [{ command: PING, expct: PONG }]',
      'no action': 'name: a\nsteps: [{ expect: PONG }]',
      'two actions': 'name: a\nsteps: [{ command: PING, wait: 5s, expect: PONG }]',
      'a misspelt key of an input': 'name: a\nsteps: [{ cache.get: { kye: a } }]',
      'a missing key of an input': 'name: a\nsteps: [{ cache.set: { key: a } }]',
      'an input of the wrong kind': 'name: a\nsteps: [{ cache.get: a }]',
      'a duration without a unit': 'name: a\nsteps: [{ wait: 5 }]',
      'a count that is none': 'name: a\nsteps: [{ repeat: { times: 0, steps: [{ command: PING }] } }]',
      'a loop without an end': 'name: a\nsteps: [{ repeat: { steps: [{ command: PING }] } }]',
      'two keys of which one is allowed': 'name: a\nsteps: [{ script: { lua: return 1, file: a.lua } }]',
      'an empty command': 'name: a\nsteps: [{ command: [] }]',
      'null as an argument': 'name: a\nsteps: [{ command: [SET, a, null] }]',
      'no assertion': 'name: a\nsteps: [{ assert: [] }]',
      'an empty expectError': 'name: a\nsteps: [{ command: FOO, expectError: {} }]',
      'a bad id': 'name: a\nsteps: [{ command: PING, id: a-b }]',
      'a mistake in a step inside': 'name: a\nsteps: [{ parallel: [[{ comand: PING }]] }]',
      'a mistake in teardown': 'name: a\nsteps: [{ command: PING, expect: PONG }]\nteardown: [{ comand: PING }]',
      'no invariant': 'name: a\nsteps: [{ wait: 1s }]\nalways: []',
      'an invariant that changes the server':
        'name: a\nsteps: [{ wait: 1s }]\nalways: [{ queue.push: { queue: q, count: 1 }, expect: 1 }]',
      'a modifier of steps on an invariant':
        'name: a\nsteps: [{ wait: 1s }]\nalways: [{ command: PING, within: 1s, expect: PONG }]',
      'a modifier of invariants on a step': 'name: a\nsteps: [{ command: PING, every: 1s, expect: PONG }]',
    }),
  )('%s', (_, text) => {
    expect(documentsOf(text).map((document) => validate(document))).toEqual([false]);
  });
});
