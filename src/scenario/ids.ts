import type { Catalog } from './catalog.js';
import { schemaWith } from './shape.js';

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every step in lists of steps, also those inside other steps. */
function stepsIn(value: unknown, found: Record<string, unknown>[] = []): readonly Record<string, unknown>[] {
  if (Array.isArray(value)) for (const item of value) stepsIn(item, found);
  else if (isMapping(value)) {
    found.push(value);
    for (const item of Object.values(value)) if (typeof item === 'object') stepsIn(item, found);
  }
  return found;
}

/** The ids of all steps in these lists. */
export function collectIds(...lists: readonly unknown[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const step of stepsIn(lists)) if (typeof step.id === 'string') ids.add(step.id);
  return ids;
}

const definesNames = schemaWith('x-defines');

/** The variables that steps in these lists define while the case runs. */
export function definedNames(list: unknown, catalog: Catalog): ReadonlySet<string> {
  const names = new Set<string>();
  for (const step of stepsIn(list)) {
    for (const [action, input] of Object.entries(step)) {
      if (!isMapping(input)) continue;
      const schema = catalog.step(action)?.input;
      if (!schema || !definesNames(schema)) continue;
      if (schema['x-defines'] === 'vars') for (const name of Object.keys(input)) names.add(name);
      for (const [field, property] of Object.entries(schema.properties ?? {})) {
        const name = input[field];
        if (property['x-defines'] === 'vars' && typeof name === 'string') names.add(name);
      }
    }
  }
  return names;
}
