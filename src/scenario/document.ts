import type { Diagnostic } from '../contracts/diagnostic.js';
import type { Catalog } from './catalog.js';
import { asWritten, withQueues } from './compose.js';
import { diagnose } from './diagnose.js';
import type { SourceDocument } from './source.js';

/** A document as far as its schema makes certain. */
export interface ScenarioData {
  readonly name: string;
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly matrix?: Readonly<Record<string, unknown>>;
  readonly setup?: unknown;
  readonly steps: unknown;
  readonly catch?: unknown;
  readonly teardown?: unknown;
  readonly always?: unknown;
}

/** Undefined where nothing more can be told of it; what is wrong is in `diagnostics`. */
export function checkedDocument(
  document: SourceDocument,
  catalog: Catalog,
  diagnostics: Diagnostic[],
): ScenarioData | undefined {
  const { data } = document;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    diagnostics.push({
      message: 'a scenario is a mapping',
      frame: document.frame([]),
      next: 'write `name:` and `steps:`, or see `redrill init`',
    });
    return undefined;
  }
  const problems = catalog.validator('document')(data);
  if (!problems) return data as ScenarioData; // just validated
  const schema = asWritten(withQueues(catalog.data.document, Object.values(catalog.data.steps)));
  diagnostics.push(...diagnose(problems, schema, data, { document, path: [] }));
  // What is wrong in the steps is worth telling at once, as far as there are a name and steps at all.
  const { name, steps } = data as Partial<ScenarioData>;
  return typeof name === 'string' &&
    Array.isArray(steps) &&
    problems.every((problem) => problem.keyword === 'additionalProperties')
    ? (data as ScenarioData)
    : undefined;
}
