import type { Path } from '../contracts/result.js';
import type { Reference } from '../expression/expression.js';
import { nearestName } from '../format/nearest.js';
import { isMap } from '../format/value.js';
import type { CompileContext, KnownStep } from './context.js';
import { missingInResult } from './misfits.js';

interface Problem {
  readonly message: string;
  readonly next?: string;
}

/** Why what a reference names cannot be there; undefined where it can. */
export function problemOf({ path }: Reference, context: CompileContext): Problem | undefined {
  const [root, name] = path;
  const next = context.ungiven?.get(String(root));
  if (next !== undefined) return { message: `nothing says what \`${root}\` is`, next };
  if (name === undefined) return undefined;
  switch (root) {
    case 'vars':
    case 'matrix': {
      const known = Object.keys(context.variables.known[root]);
      if (known.includes(String(name)) || (root === 'vars' && context.variables.dynamic.has(String(name))))
        return undefined;
      const near = nearestName(String(name), root === 'vars' ? [...known, ...context.variables.dynamic] : known);
      return {
        message: `${root}.${name} is not defined`,
        next: near
          ? `did you mean ${root}.${near}?`
          : isDeclared(root, String(name), context)
            ? `it stands further down: write it above`
            : context.includeDepth > 0
              ? 'give it by `with:`, or a default under `vars:` of this file'
              : `add it under \`${root}:\``,
      };
    }
    case 'env':
      if (Object.hasOwn(context.variables.known.env, String(name))) return undefined;
      return {
        message: `env.${name} is not available`,
        next: `set it, and allow it by \`env: [${name}]\` in redrill.config.yaml`,
      };
    case 'steps':
      return stepProblem(String(name), path.slice(2), context);
    default:
      return undefined;
  }
}

/** A variable that cannot be read here may stand in the file all the same. */
function isDeclared(root: 'vars' | 'matrix', name: string, context: CompileContext): boolean {
  const { data } = context.document;
  const declared = isMap(data) ? data[root] : undefined;
  return isMap(declared) && Object.hasOwn(declared, name);
}

function stepProblem(id: string, rest: Path, context: CompileContext): Problem | undefined {
  const step = context.ids.get(id);
  if (!step) {
    const later = context.allIds.has(id);
    const near = nearestName(id, [...context.ids.keys()]);
    return {
      message: later ? `steps.${id} has no result here` : `no step has the id "${id}"`,
      next: later
        ? context.sampled
          ? `sample once it has ended: \`after: ${id}\``
          : 'only steps that ended before this one can be read'
        : near
          ? `did you mean steps.${near}?`
          : 'give the step an `id`',
    };
  }
  if (step.state === 'background')
    return { message: `steps.${id} is still running here`, next: `collect it first: await: ${id}` };
  if (step.state === 'live')
    return { message: `steps.${id} is live until it is stopped`, next: `use inspect: ${id}, or stop: ${id} first` };
  return resultProblem(step, id, rest);
}

function resultProblem(step: KnownStep, id: string, path: Path): Problem | undefined {
  const missing = missingInResult(step.result, path);
  if (!missing) return undefined;
  const near = nearestName(missing.key, missing.known);
  return {
    message: `the result of ${step.action} (steps.${id}) has no "${missing.key}"`,
    ...(missing.known.length > 0 && {
      next: near ? `did you mean "${near}"?` : `it has: ${missing.known.join(', ')}`,
    }),
  };
}
