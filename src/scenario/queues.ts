import type { StepMetadata } from '../contracts/schema.js';
import type { CompileContext } from './context.js';
import { type CompiledValue, compileValue } from './value.js';

/**
 * What a scenario declares under `queues`, compiled for each action that names a queue, as far as the action has such
 * an input. A dead-letter queue has the backend of its source unless it is declared itself.
 */
export class QueueDeclarations {
  readonly #queues: Readonly<Record<string, unknown>>;
  readonly #compiled = new Map<string, ReadonlyMap<string, CompiledValue>>();

  /** Reports what is wrong with the declarations. */
  constructor(private readonly context: CompileContext) {
    const root = context.document.data;
    this.#queues = isMapping(root) && isMapping(root.queues) ? root.queues : {};
    const queues = Object.keys(this.#queues);
    // What there is to know of all actions is parsed for this: 1 ms.
    if (queues.length === 0) return;
    const actions = Object.values(context.catalog.data.steps).filter((traits) => queueField(traits) !== undefined);
    for (const queue of queues) for (const traits of actions) this.defaultsFor(queue, traits);
  }

  defaultsFor(queue: string, traits: StepMetadata): ReadonlyMap<string, CompiledValue> {
    const mark = `${traits.name} ${queue}`;
    let found = this.#compiled.get(mark);
    if (!found) {
      found = this.#compile(queue, traits);
      this.#compiled.set(mark, found);
    }
    return found;
  }

  #compile(queue: string, traits: StepMetadata): ReadonlyMap<string, CompiledValue> {
    const found = new Map<string, CompiledValue>();
    const options = { context: this.context, compileSteps: () => [], include: () => undefined, afterwards: [] };
    const take = (name: string, fields: readonly string[]) => {
      const declared = Object.hasOwn(this.#queues, name) ? this.#queues[name] : undefined;
      if (!isMapping(declared)) return;
      for (const field of fields) {
        const schema = traits.input.properties?.[field];
        if (!schema || found.has(field) || !Object.hasOwn(declared, field)) continue;
        found.set(field, compileValue(schema, declared, field, ['queues', name, field], options));
      }
    };
    take(queue, Object.keys(traits.input.properties ?? {}));
    for (const [source, declared] of Object.entries(this.#queues)) {
      if (isMapping(declared) && declared.deadLetter === queue) take(source, ['backend']);
    }
    return found;
  }
}

const queueFields = new WeakMap<StepMetadata, string | null>();

/** The field of an action's input that names a queue. */
export function queueField(traits: StepMetadata): string | undefined {
  let field = queueFields.get(traits);
  if (field === undefined) {
    const fields = Object.entries(traits.input.properties ?? {});
    field = fields.find(([, property]) => property['x-inherits'] === 'queues')?.[0] ?? null;
    queueFields.set(traits, field);
  }
  return field ?? undefined;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
