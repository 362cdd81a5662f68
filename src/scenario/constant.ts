import type { JsonSchema } from '../contracts/schema.js';
import { isMap } from '../format/value.js';
import { ANYTHING, branchFor, plain, propertySchema } from './shape.js';
import type { CompiledValue } from './value.js';

/** Data that stands for itself, whatever the scope. */
export class Constant implements CompiledValue {
  readonly constant = true;
  #finished: { readonly value: unknown } | undefined;

  constructor(
    private readonly schema: JsonSchema,
    readonly draft: unknown,
  ) {}

  written(): unknown {
    return this.draft;
  }

  finish(): unknown {
    this.#finished ??= { value: plain(this.schema, this.draft) };
    return this.#finished.value;
  }

  get entries(): ReadonlyMap<string, CompiledValue> | undefined {
    const { draft } = this;
    if (!isMap(draft)) return undefined;
    const branch = branchFor(this.schema, draft);
    const entryOf = (name: string) => new Constant(propertySchema(branch, name) ?? ANYTHING, draft[name]);
    return new Map(Object.keys(draft).map((name) => [name, entryOf(name)]));
  }
}
