import type { Resolvable, Scope } from '../contracts/case.js';
import type { Path } from '../contracts/result.js';
import type { StepMetadata } from '../contracts/schema.js';
import { ExpressionError, ScenarioError } from '../errors.js';
import { isMap } from '../format/value.js';
import { inputSchema } from './compose.js';
import { diagnose } from './diagnose.js';
import { queueField } from './queues.js';
import { type CompiledValue, type CompileValueOptions, compileValue, mapping } from './value.js';

/** An action's input: validated now as far as it is certain, and again once it is resolved. */
export interface CompiledInput extends Resolvable<unknown> {
  readonly draft: unknown;
  /** What is certain of a field: its value, or null where that shows when the case runs; undefined where it is absent. */
  field(name: string): unknown;
  /** As far as it can be evaluated, for the step's title. Never raises. */
  shown(scope: Scope): unknown;
}

export function compileInput(
  traits: StepMetadata,
  step: object,
  path: Path,
  options: CompileValueOptions,
): CompiledInput {
  const { context } = options;
  const { document, catalog } = context;
  const validate = catalog.validator(`step:${traits.name}`);
  const raw = (step as Record<string, unknown>)[traits.name]; // a step is a mapping that has its action
  // Before anything is compiled: a value of the wrong kind would be compiled by the wrong schema.
  // Made only for a mistake: it walks the whole of the input's schema.
  const schema = () => ({ ...inputSchema(traits), examples: traits.examples });
  const problems = validate(raw);
  if (problems) context.diagnostics.push(...diagnose(problems, schema(), raw, { document, path }));
  const { folded } = context.compilation;
  const ungiven = ungivenNames(traits, raw, context.names);
  const inside = ungiven ? { ...options, context: context.with({ ungiven }) } : options;
  const compiled = compileValue(traits.input, step, traits.name, path, inside);
  const changed = context.compilation.folded > folded;
  const certain = problems || !changed ? undefined : validate(compiled.draft);
  if (certain) context.diagnostics.push(...diagnose(certain, schema(), compiled.draft, { document, path }));

  const resolve = (scope: Scope): unknown => {
    const whole = inherit(traits, compiled, scope, options);
    const written = whole.written(scope);
    const wrong = whole.constant ? undefined : validate(written);
    if (wrong) {
      const [first] = diagnose(wrong, schema(), written, { document, path });
      if (first) throw new ScenarioError(first.message, first);
    }
    return whole.finish(written, scope);
  };
  let once: { value: unknown } | undefined;
  const inherits = queueField(traits) !== undefined;
  return {
    draft: compiled.draft,
    field: (name) => {
      const queue = compiled.entries?.get(queueField(traits) ?? '');
      const given = compiled.entries?.get(name);
      if (!given && queue && !queue.constant) return null;
      const declared = queue && context.compilation.queues?.defaultsFor(String(queue.draft), traits).get(name);
      const found = given ?? declared;
      if (found) return found.constant ? found.draft : null;
      return traits.input.properties?.[name]?.default;
    },
    shown: (scope) => {
      try {
        const isCommand = traits.input['x-evaluate'] === 'arguments';
        return isCommand ? compiled.finish(compiled.draft, scope) : compiled.written(scope);
      } catch (error) {
        if (error instanceof ExpressionError || error instanceof ScenarioError) return compiled.draft;
        throw error;
      }
    },
    resolve: (scope) => {
      if (!compiled.constant || inherits) return resolve(scope);
      once ??= { value: resolve(scope) };
      return once.value;
    },
  };
}

type Gives = Readonly<Record<string, { readonly fields: readonly string[]; readonly next: string }>>;

/** Names that the input's fields would give if they were there, unless something around the step gives them. */
function ungivenNames(
  { input }: StepMetadata,
  raw: unknown,
  names: readonly string[],
): ReadonlyMap<string, string> | undefined {
  const gives = input['x-gives'] as Gives | undefined; // our own keyword
  if (!gives) return undefined;
  const isThere = (field: string): boolean => isMap(raw) && Object.hasOwn(raw, field);
  const missing = Object.entries(gives).filter(([name, { fields }]) => !names.includes(name) && !fields.some(isThere));
  return new Map(missing.map(([name, { next }]) => [name, next]));
}

/** Adds what the scenario declares for the queue that the step names, where the step itself is silent. */
function inherit(
  traits: StepMetadata,
  compiled: CompiledValue,
  scope: Scope,
  options: CompileValueOptions,
): CompiledValue {
  const field = queueField(traits);
  const own = compiled.entries;
  const queue = field === undefined ? undefined : own?.get(field)?.written(scope);
  if (!own || typeof queue !== 'string') return compiled;
  const declared = options.context.compilation.queues?.defaultsFor(queue, traits) ?? [];
  const added = [...declared].filter(([name]) => !own.has(name));
  return added.length === 0 ? compiled : mapping(traits.input, new Map([...own, ...added]));
}
