import type { CompiledStepList } from '../contracts/case.js';
import type { Path } from '../contracts/result.js';
import { ScenarioError } from '../errors.js';
import { nearestName } from '../format/nearest.js';
import type { CompileContext, Variables } from './context.js';
import { diagnose } from './diagnose.js';
import { collectIds, definedNames } from './ids.js';
import { loadYaml } from './load.js';
import { compileSteps } from './steps.js';
import { compileVariables } from './variables.js';

const MAXIMUM_DEPTH = 8;

/** Reads and compiles a file of steps: `{ vars?, steps }`, or the list of steps alone. */
export function compileInclude(
  file: string,
  path: Path,
  context: CompileContext,
  input: object,
): CompiledStepList | undefined {
  if (file.includes('${{')) {
    context.report(
      'the included file must be known before the case runs',
      path,
      'write the path without an expression',
    );
    return undefined;
  }
  if (context.includeDepth >= MAXIMUM_DEPTH) {
    context.report(
      `files include one another more than ${MAXIMUM_DEPTH} deep`,
      path,
      'look for a file that includes itself',
    );
    return undefined;
  }
  let read: { file: string; text: string };
  try {
    read = context.files.read(file, context.document.source.file);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    context.report(error.message, path, error.details.next);
    return undefined;
  }
  const { documents, diagnostics } = loadYaml(read.file, read.text);
  context.diagnostics.push(...diagnostics);
  const [document] = documents;
  if (diagnostics.length > 0) return undefined;
  if (!document || document.data === null) {
    context.report(`the file ${file} holds no steps`, path, 'write a list of steps in it');
    return undefined;
  }
  const isList = Array.isArray(document.data);
  const problems = isList ? undefined : context.catalog.validator('fragment')(document.data);
  if (problems) {
    context.diagnostics.push(
      ...diagnose(problems, context.catalog.data.fragment, document.data, { document, path: [] }),
    );
    return undefined;
  }
  const data = (isList ? { steps: document.data } : document.data) as {
    vars?: Record<string, unknown>;
    steps: unknown;
  }; // just validated
  const given = (input as { with?: Record<string, unknown> }).with ?? {}; // the input of an include
  const words = new Set(read.text.split(/\W+/));
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(data.vars ?? {}, name) || words.has(name) || /\W/.test(name)) continue;
    const near = nearestName(name, Object.keys(data.vars ?? {}));
    const next = near ? { next: `did you mean "${near}"?` } : {};
    const frame = context.document.frame([...path.slice(0, -1), 'with', name], 'key');
    context.diagnostics.push({ message: `the file ${file} uses no variable "${name}"`, frame, ...next });
  }
  if (documents.length > 1) {
    const next = 'keep the others in files of their own';
    context.report(`the file ${file} holds more than one document`, path, next);
  }
  const within = {
    document,
    ids: new Map(),
    takenIds: new Set<string>(),
    allIds: collectIds(data.steps),
    names: [],
    includeDepth: context.includeDepth + 1,
  };
  const known = { ...context.variables.known, vars: {} };
  const contextFor = (variables: Variables): CompileContext => context.with({ ...within, variables });
  // What `with` gives is known when the step runs.
  const defaults = compileVariables(data, { known, dynamic: new Set(Object.keys(given)) }, {}, contextFor);
  const names = [...Object.keys(defaults), ...Object.keys(given), ...definedNames(data.steps, context.catalog)];
  const inside = contextFor({ known, dynamic: new Set(names) });
  return { steps: compileSteps(data.steps, isList ? [] : ['steps'], inside), defaults };
}
