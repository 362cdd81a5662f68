import { plural } from '../format/text.js';
import { openFiles } from '../scenario/files.js';
import { CheckedFiles, recordReads } from './checked.js';
import { EXIT, printDiagnostics } from './print.js';
import { builtinCatalog } from './registry.js';
import { openScenarios } from './scenarios.js';
import { parseVariables } from './variables.js';

export async function validate(
  paths: readonly string[],
  options: { readonly var: readonly string[] },
): Promise<number> {
  const vars = parseVariables(options.var);
  const { files, project, read, compile, ...open } = await openScenarios(builtinCatalog(), paths, vars);
  const folder = process.cwd();
  const checked = new CheckedFiles(folder, project, vars);
  const diagnostics = [...open.diagnostics];
  let cases = 0;
  for (const file of files) {
    const text = read(file);
    const known = checked.casesOf(file, text);
    const access = recordReads(openFiles(folder));
    const compiled = known === undefined ? await compile(file, text, access) : undefined;
    cases += known ?? compiled?.cases.length ?? 0;
    diagnostics.push(...(compiled?.diagnostics ?? []));
    if (compiled?.diagnostics.length === 0) checked.add(file, text, compiled.cases.length, access.reads);
  }
  checked.save();
  if (diagnostics.length > 0) {
    printDiagnostics(diagnostics);
    return EXIT.invalid;
  }
  process.stdout.write(`${plural(files.length, 'file')} with ${plural(cases, 'case')}: valid\n`);
  return EXIT.passed;
}
