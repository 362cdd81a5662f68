/**
 * Measures validating 1,000 files, whole process, beside parsing them with `yaml` alone:
 * `npx tsx test/bench/validate.ts [rounds]`, after `npm run bundle`. The files are the scenarios that ship, 38 lines each
 * on average, over and over under names of their own. Prints ratios; a speed never decides whether a test passes.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pair } from './paired.js';
import { report } from './report.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const BIN = path.join(ROOT, 'dist/bin.cjs');
const SHIPPED = path.join(ROOT, 'scenarios');
const FILES = 1_000;
const rounds = Number(process.argv[2] ?? 9);

const PARSE = `
import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from '${import.meta.resolve('yaml')}';
for (const file of readdirSync('files')) {
  if (!file.endsWith('.yaml')) continue;
  for (const document of parseAllDocuments(readFileSync('files/' + file, 'utf8'))) document.toJS();
}
`;

const folder = mkdtempSync(path.join(tmpdir(), 'redrill-bench-'));
try {
  const files = path.join(folder, 'files');
  mkdirSync(files);
  const shipped = readdirSync(SHIPPED).filter((name) => name.endsWith('.yaml'));
  // What the scenarios name stands beside them.
  for (const name of readdirSync(SHIPPED))
    if (!shipped.includes(name)) cpSync(path.join(SHIPPED, name), path.join(files, name), { recursive: true });
  const texts = shipped.map((name) => readFileSync(path.join(SHIPPED, name), 'utf8'));
  for (let file = 0; file < FILES; file++) {
    const text = texts[file % texts.length]!.replace(/^name: .*/m, `name: file ${file}`);
    writeFileSync(path.join(files, `${file}.yaml`), text);
  }
  writeFileSync(path.join(folder, 'parse.mjs'), PARSE);

  const cache = path.join(folder, 'cache');
  const env = { REDRILL_CACHE: cache };
  const validate = ['node', BIN, 'validate', 'files'];
  const forget = () => {
    for (const name of readdirSync(path.join(cache, 'redrill')))
      if (name.endsWith('.checked')) rmSync(path.join(cache, 'redrill', name));
  };
  const [parsed, again, first] = pair(
    [{ run: ['node', 'parse.mjs'] }, { run: validate, env }, { run: validate, env, before: forget }],
    folder,
    rounds,
  );
  report('validate', {
    [`${FILES} files / parsing them with yaml`]: { ratio: (first! / parsed!).toFixed(2), wanted: 'at most 1.4' },
    'the same again, unchanged': { ratio: (again! / parsed!).toFixed(2), wanted: 'at most 0.3' },
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
