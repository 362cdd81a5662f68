import type { Path } from '../contracts/result.js';
import type { JsonSchema } from '../contracts/schema.js';
import { nearestName } from '../format/nearest.js';
import type { CompileContext } from './context.js';
import { schemaWith } from './shape.js';

/** The id of a step that an input names. */
export interface StepReference {
  readonly id: string;
  readonly kind: string;
  readonly collects: boolean;
  readonly path: Path;
}

const namesSteps = schemaWith('x-reference');

export function collectReferences(schema: JsonSchema, draft: unknown, path: Path = []): StepReference[] {
  if (!namesSteps(schema)) return [];
  if (schema.anyOf) return schema.anyOf.flatMap((branch) => collectReferences(branch, draft, path)).filter(unique);
  const kind = schema['x-reference'];
  if (typeof kind === 'string') {
    return typeof draft === 'string' && !draft.includes('${{')
      ? [{ id: draft, kind, collects: schema['x-collects'] === true, path }]
      : [];
  }
  if (Array.isArray(draft))
    return schema.items ? draft.flatMap((item, index) => collectReferences(schema.items!, item, [...path, index])) : [];
  if (typeof draft !== 'object' || draft === null) return [];
  return Object.entries(schema.properties ?? {}).flatMap(
    ([name, property]) =>
      Object.hasOwn(draft, name)
        ? collectReferences(property, (draft as Record<string, unknown>)[name], [...path, name])
        : [], // just seen to have it
  );
}

const unique = (reference: StepReference, index: number, all: readonly StepReference[]): boolean =>
  all.findIndex((other) => other.id === reference.id) === index;

export function checkReferenced(references: readonly StepReference[], path: Path, context: CompileContext): void {
  for (const { id, kind, path: inside } of references) {
    const known = context.ids.get(id);
    if (!known) {
      const near = nearestName(id, [...context.ids.keys()]);
      const later = context.sampled && context.allIds.has(id);
      context.report(
        later ? `the step "${id}" may not have begun when this is sampled` : `no earlier step has the id "${id}"`,
        [...path, ...inside],
        later ? `add \`after: ${id}\`` : near ? `did you mean "${near}"?` : 'give the step an `id`',
      );
    } else if (kind === 'recorded') {
      // What a step did is in the history, whether it has ended or goes on.
    } else if (known.state === 'ready') {
      context.report(
        kind === 'actor'
          ? `the step "${id}" (${known.action}) leaves nothing running here`
          : `the step "${id}" (${known.action}) is not in the background here`,
        [...path, ...inside],
        `read its result as steps.${id}`,
      );
    } else if (kind === 'step' && known.state === 'live') {
      context.report(
        `the step "${id}" (${known.action}) is live until it is stopped`,
        [...path, ...inside],
        `use stop: ${id}`,
      );
    }
  }
}
