import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { builtinCatalog } from '../../src/cli/registry.js';
import { type Diagnostic, LanguageServer } from './language-server.js';

const TIMEOUT_MS = 60_000;
const inProject = (name: string): string => path.resolve(import.meta.dirname, '../..', name);
const { data } = builtinCatalog();
const steps = Object.values(data.steps);

describe('the language server for YAML', { timeout: TIMEOUT_MS }, () => {
  let server: LanguageServer;
  beforeAll(async () => {
    server = await LanguageServer.start(inProject('schema/scenario.schema.json'));
  }, TIMEOUT_MS);
  afterAll(() => server[Symbol.asyncDispose]());

  test.concurrent.each(readdirSync(inProject('scenarios')).filter((name) => name.endsWith('.yaml')))(
    'finds nothing in scenarios/%s, whose first line names the schema',
    async (name) => {
      const file = inProject(`scenarios/${name}`);
      const text = readFileSync(file, 'utf8');
      const broken = text.replace(/^steps:$/m, 'setps:');
      const open = async (content: string, suffix: string) =>
        (await server.open(content, pathToFileURL(`${file}${suffix}`).href)).diagnostics.map(({ message }) => message);
      const [found, foundInBroken] = await Promise.all([open(text, ''), open(broken, '.broken.yaml')]);
      expect(found).toEqual([]);
      expect(foundInBroken).toContain('Property setps is not allowed.');
    },
  );

  /** What stands between « and » is what must be marked. */
  test.concurrent.each<[text: string, message: string]>([
    ['name: a\n«tag»: [b]\nsteps: [{ command: PING }]', 'Property tag is not allowed.'],
    ['«s»teps: [{ command: PING }]', 'Missing property "name".'],
    ['name: a\n«stps»: [{ command: PING }]', 'Property stps is not allowed.'],
    ['name: a\nsteps: «[]»', 'Array has too few items. Expected 1 or more.'],
    ['name: a\nsteps:\n  - { «comand»: PING, expect: PONG }', 'Property comand is not allowed.'],
    ['name: a\nsteps:\n  - { command: PING, «expct»: PONG }', 'Property expct is not allowed.'],
    ['name: a\nsteps:\n  - cache.get: { «kye»: a }', 'Property kye is not allowed.'],
    ['name: a\nsteps:\n  - «cache.set»: { key: a }', 'Missing property "value".'],
    ['name: a\nsteps:\n  - cache.get: «a»', 'Not a value of type object, or an expression'],
    ['name: a\nsteps:\n  - wait: «5»', 'Incorrect type. Expected "string".'],
    ['name: a\nsteps:\n  - wait: «soon»', 'Not a duration (250ms, 2s or 1m30s), or an expression'],
    ['name: a\nsteps:\n  - { command: PING, within: { «four»: 2s } }', 'Property four is not allowed.'],
    ['name: a\nsteps:\n  - { command: PING, within: «5» }', 'Incorrect type. Expected one of object, string.'],
    ['name: a\nsteps:\n  - queue.push: { queue: q, «cuont»: 3 }', 'Property cuont is not allowed.'],
    ['name: a\nsteps:\n  - queue.push: { queue: q, count: «many» }', 'Not a value of type integer, or an expression'],
    [
      'name: a\nsteps:\n  - queue.push: { queue: q, backend: «lst», count: 3 }',
      'Value is not accepted. Valid values: "list", "stream", "delayed".',
    ],
    [
      'name: a\nqueues: { q: { delivery: «at-lest-once» } }\nsteps: [{ command: PING }]',
      'Value is not accepted. Valid values: "at-least-once", "at-most-once".',
    ],
    [
      'name: a\nsteps:\n  - queue.work: { queue: q, handler: { faults: [{ crash: { «evry»: 60 } }] } }',
      'Property evry is not allowed.',
    ],
    ['name: a\nsteps:\n  - parallel: [[{ «comand»: PING }]]', 'Property comand is not allowed.'],
    [
      'name: a\nsteps: [{ wait: 1s }]\nalways: [{ «queue.push»: { queue: q, count: 1 }, expect: 1 }]',
      'Property queue.push is not allowed.',
    ],
  ])('marks one mistake once: %j', async (marked, message) => {
    const [before = '', place = '', after = ''] = marked.split(/[«»]/);
    const text = before + place + after;
    const { diagnostics } = await server.open(text);
    expect(diagnostics.map((found) => [textAt(text, found), found.message])).toEqual([[place, message]]);
  });

  test('marks one mistake in the configuration once', async () => {
    const schema = pathToFileURL(inProject('schema/config.schema.json')).href;
    const open = async (content: string) =>
      (await server.open(`# yaml-language-server: $schema=${schema}\n${content}`)).diagnostics.map(
        ({ range, message }) => `${range.start.line}:${range.start.character} ${message}`,
      );
    expect(await open('targets: { local: { url: "redis://localhost" } }')).toEqual([]);
    expect(await open('targets: { local: { ulr: "redis://localhost" } }')).toEqual([
      '1:20 Property ulr is not allowed.',
    ]);
    expect(await open('tragets: {}')).toEqual(['1:0 Property tragets is not allowed.']);
  });

  test('completes the actions and modifiers of a step', async () => {
    const labels = (await server.complete('name: a\nsteps:\n  - |')).map(({ label }) => label);
    expect(labels).toEqual([...Object.keys(data.steps), ...Object.keys(data.modifiers.properties ?? {})]);
  });

  test('completes the actions that look in `always`', async () => {
    const labels = (await server.complete('name: a\nalways:\n  - |')).map(({ label }) => label);
    const looking = steps.filter(({ effect }) => effect === 'looks').map(({ name }) => name);
    expect(labels).toEqual([...looking, ...Object.keys(data.invariant.properties ?? {})]);
  });

  test.concurrent.each([
    ['name: a\nsteps:\n  - cache.set:\n      |', ['key', 'value', 'ttl', 'onlyIf']],
    ['name: a\nsteps:\n  - queue.push:\n      backend: |', ['list', 'stream', 'delayed']],
    ['name: a\nkeys: |', ['isolated', 'spread', 'literal']],
    ['name: a\nsteps:\n  - command: PING\n    within: |', ['2s']],
    ['|', ['scenario', 'name', 'matrix', 'steps', 'teardown']],
  ])('completes %j', async (marked, expected) => {
    const labels = (await server.complete(marked)).map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(expected));
  });

  test('writes an action as its first example, which is valid', async () => {
    const items = await server.complete('name: a\nsteps:\n  - |');
    const writing = steps.map(async (step) => {
      const inserted = items.find(({ label }) => label === step.name)?.insertText ?? '';
      const text = `name: a\nsteps:\n  - ${withoutStops(inserted)}\n`;
      const { diagnostics } = await server.open(text);
      expect([text, diagnostics]).toEqual([text, []]);
      expect(parse(text)).toEqual({ name: 'a', steps: [{ [step.name]: step.examples[0] }] });
    });
    await Promise.all(writing);
  });

  test('writes a scenario into an empty file', async () => {
    const scenario = (await server.complete('|')).find(({ label }) => label === 'scenario');
    const text = withoutStops(scenario?.insertText ?? '');
    expect(text).toBe('name: What must hold\nsteps:\n  - command: PING\n    expect: PONG');
    expect((await server.open(text)).diagnostics).toEqual([]);
  });

  test('explains an action, a field and a modifier', async () => {
    const hover = async (marked: string) => (await server.hover(marked)).replace(/\n*Source: .*/, '');
    expect(await hover('name: a\nsteps:\n  - cache.g|et: { key: a }')).toMatchInlineSnapshot(`
      "#### Redrill scenario

      **cache.get**: Reads a key: whether it was there, its value and the time that it has left.

      Result: \`{ hit, value, ttl }\`

      Example:

      \`\`\`yaml
      key: user:1
      \`\`\`"
    `);
    expect(await hover('name: a\nsteps:\n  - queue.push: { queue: q, co|unt: 3 }')).toMatchInlineSnapshot(`
      "#### Redrill scenario

      How many messages, of all producers together; made up unless \`message\` is given."
    `);
    expect(await hover('name: a\nsteps:\n  - { command: PING, wi|thin: 2s }')).toMatchInlineSnapshot(`
      "#### Redrill scenario

      Polls: runs the action again until \`expect\` holds, or fails with the last mismatch.

      Example:

      \`\`\`yaml
      2s
      \`\`\`

      Example:

      \`\`\`yaml
      for: 2s
      every: 100ms
      \`\`\`"
    `);
  });
});

/** A snippet with its proposals taken. */
const withoutStops = (snippet: string): string =>
  snippet.replace(/\$\{\d+:((?:[^\\}]|\\.)*)\}/g, '$1').replace(/\\([\\$}])/g, '$1');

function textAt(text: string, { range: { start, end } }: Diagnostic): string {
  const lines = text.split('\n');
  return start.line === end.line ? (lines[start.line]?.slice(start.character, end.character) ?? '') : 'several lines';
}
