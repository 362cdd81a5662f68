import { createRedactor } from '../redis/redact.js';
import { EXIT, printDiagnostics } from './print.js';
import { builtinCatalog } from './registry.js';
import { loadScenarios, selectCases } from './scenarios.js';

interface ListOptions {
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly grep?: string;
  readonly json?: boolean;
}

export async function list(paths: readonly string[], options: ListOptions): Promise<number> {
  const { cases, diagnostics, project } = await loadScenarios(builtinCatalog(), paths, {});
  if (diagnostics.length > 0) {
    printDiagnostics(diagnostics);
    return EXIT.invalid;
  }
  const selected = selectCases(cases, options);
  // A name, a tag or the matrix may tell a variable of the environment.
  const redactor = createRedactor(Object.values(project.env));
  if (options.json) {
    const rows = selected.map(({ reference, tags, matrix, location }) => ({
      ...reference,
      line: location.line,
      tags,
      matrix,
    }));
    process.stdout.write(`${JSON.stringify(redactor.value(rows), null, 2)}\n`);
    return EXIT.passed;
  }
  let file = '';
  for (const { reference, tags, location } of selected) {
    if (reference.file !== file) process.stdout.write(`${file === '' ? '' : '\n'}${reference.file}\n`);
    file = reference.file;
    const marks = tags.length > 0 ? `  (${tags.join(', ')})` : '';
    process.stdout.write(redactor.text(`  ${String(location.line).padStart(4)}  ${reference.name}${marks}\n`));
  }
  return EXIT.passed;
}
