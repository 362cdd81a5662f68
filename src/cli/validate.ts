import { plural } from '../format/text.js';
import { EXIT, printDiagnostics } from './print.js';
import { builtinCatalog } from './registry.js';
import { loadScenarios } from './scenarios.js';
import { parseVariables } from './variables.js';

export async function validate(
  paths: readonly string[],
  options: { readonly var: readonly string[] },
): Promise<number> {
  const { files, cases, diagnostics } = await loadScenarios(builtinCatalog(), paths, parseVariables(options.var));
  if (diagnostics.length > 0) {
    printDiagnostics(diagnostics);
    return EXIT.invalid;
  }
  process.stdout.write(`${plural(files.length, 'file')} with ${plural(cases.length, 'case')}: valid\n`);
  return EXIT.passed;
}
