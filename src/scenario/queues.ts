import type { StepMetadata } from '../contracts/schema.js';
import { type CompiledValue, type CompileValueOptions, compileValue } from './value.js';

/**
 * What a scenario declares under `queues` for a queue, as far as this action has such an input.
 * A dead-letter queue has the backend of its source unless it is declared itself.
 */
export function queueDefaults(
  queue: string,
  traits: StepMetadata,
  options: CompileValueOptions,
): Map<string, CompiledValue> {
  const { document } = options.context;
  const root = document.data;
  const queues = isMapping(root) && isMapping(root.queues) ? root.queues : {};
  const found = new Map<string, CompiledValue>();
  const take = (name: string, fields: readonly string[]) => {
    const declared = Object.hasOwn(queues, name) ? queues[name] : undefined;
    if (!isMapping(declared)) return;
    for (const field of fields) {
      const schema = traits.input.properties?.[field];
      if (!schema || found.has(field) || !Object.hasOwn(declared, field)) continue;
      found.set(field, compileValue(schema, declared, field, ['queues', name, field], options));
    }
  };
  const all = Object.keys(traits.input.properties ?? {});
  take(queue, all);
  for (const [source, declared] of Object.entries(queues)) {
    if (isMapping(declared) && declared.deadLetter === queue) take(source, ['backend']);
  }
  return found;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
