import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = path.resolve(import.meta.dirname, '../src');

/**
 * What each room may import beside itself. The list is closed: a folder or file that is not here fails.
 * Layers: contracts → format, errors → expression, history → redis, programs → wire → scenario, engine, units → builtins → cli, index.
 */
const CONTRACTS = ['contracts'];
const BASICS = [...CONTRACTS, 'format', 'errors.ts', 'folders.ts'];
const MIDDLE = [...BASICS, 'expression', 'history'];
const SERVER = [...MIDDLE, 'redis', 'programs', 'wire'];
const UNITS = ['steps', 'matchers', 'checkers', 'targets', 'reporters'];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  format: CONTRACTS,
  'errors.ts': CONTRACTS,
  'folders.ts': [],
  expression: BASICS,
  history: BASICS,
  redis: MIDDLE,
  programs: BASICS,
  wire: [...MIDDLE, 'redis'],
  scenario: SERVER,
  engine: SERVER,
  steps: SERVER,
  matchers: SERVER,
  checkers: MIDDLE,
  targets: SERVER,
  // The script and the style of the HTML report are texts that are made of its own files.
  reporters: [...SERVER, 'generated'],
  'builtins.ts': [...SERVER, ...UNITS],
  'index.ts': [...SERVER, ...UNITS, 'builtins.ts'],
  generated: [],
  cli: [...SERVER, ...UNITS, 'scenario', 'engine', 'builtins.ts', 'generated'],
  // Development alone: makes what is generated and bundled, and is in no bundle itself.
  build: [...SERVER, ...UNITS, 'scenario', 'engine', 'builtins.ts'],
};

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? filesIn(full) : /\.tsx?$/.test(entry.name) ? [full] : [];
  });
}

const roomOf = (file: string): string => path.relative(SOURCE, file).split(path.sep)[0]!;

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(
    /(?:^|[^\w.])(?:import|export)\s[^'"]*?from\s*['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]\s*\)|^import\s+['"](\.[^'"]+)['"]/gm,
  );
  return [...found].map(([, from, dynamic, bare]) =>
    path.resolve(path.dirname(file), (from ?? dynamic ?? bare)!.replace(/\.js$/, '.ts')),
  );
}

describe('layers', () => {
  it('knows every room of the house', () => {
    expect(readdirSync(SOURCE).filter((name) => !Object.hasOwn(MAY_IMPORT, name))).toEqual([]);
  });

  it('finds imports at all', () => {
    const main = importsOf(path.join(SOURCE, 'cli/main.ts')).map((file) => path.relative(SOURCE, file));
    expect(main).toEqual(expect.arrayContaining([path.join('cli', 'print.ts'), path.join('cli', 'run.ts')]));
  });

  for (const room of Object.keys(MAY_IMPORT)) {
    it(`${room} imports from earlier layers alone`, () => {
      const files = filesIn(SOURCE).filter((file) => roomOf(file) === room);
      const wrong = files.flatMap((file) =>
        importsOf(file)
          .filter((target) => roomOf(target) !== room && !MAY_IMPORT[room]!.includes(roomOf(target)))
          .map((target) => `${path.relative(SOURCE, file)} imports ${path.relative(SOURCE, target)}`),
      );
      expect(wrong).toEqual([]);
    });
  }

  it('lets the engine know no unit by name', () => {
    const named = filesIn(path.join(SOURCE, 'engine')).filter((file) =>
      /'(?:cache|queue|dlq|pubsub|stream|process)\.\w+'/.test(readFileSync(file, 'utf8')),
    );
    expect(named).toEqual([]);
  });
});
