import type { Random } from '../contracts/step.js';
import { nearestName } from '../format/nearest.js';
import { plural } from '../format/text.js';
import { formatValue } from '../format/value.js';
import type { Compiler } from './compile.js';
import { Frame, type Part } from './frame.js';
import { FUNCTIONS, OTHER_NAMES, type Overload, type Parameter } from './functions.js';
import { matches } from './patterns.js';
import { Problem } from './problem.js';
import { errorIn, locate, type Node } from './syntax.js';
import { kindOf, type StaticKind } from './values.js';

/** `f(a, b)` or, which is the same, `a.f(b)`. */
export function functionPart(compiler: Compiler, node: Node, name: string, args: readonly Node[]): Part {
  const overloads = FUNCTIONS.get(name);
  if (!overloads) throw unknownFunction(node, name);
  const parts = compiler.compileAll(args);
  const kinds = parts.map((part) => part.kind);
  const possible = overloads.filter((overload) => accepts(overload, kinds));
  if (possible.length === 0) throw locate(wrongArguments(name, overloads, kinds), node);
  if (name === 'matches' && parts[1]?.literal) checkPattern(node, parts[1]);
  const results = new Set(possible.map((overload) => overload.result));
  const [result] = results;
  const part: Part = {
    kind: results.size === 1 && result ? result : 'any',
    run: (frame) => {
      const values = parts.map((argument) => argument.run(frame));
      try {
        return call(name, overloads, values, frame);
      } catch (error) {
        throw locate(error, node);
      }
    },
  };
  return parts.every((argument) => argument.literal) ? folded(part) : part;
}

/** The same for literals alone: `ms("2s")` is computed, and what is wrong with it found, before anything runs. */
function folded(part: Part): Part {
  const value = part.run(new Frame({}));
  // A list or a map is made anew each time, for whoever gets it may change it.
  return typeof value === 'object' ? part : { kind: part.kind, run: () => value };
}

/** A pattern that is written out is read once, before anything runs. */
function checkPattern(node: Node, { run }: Part): void {
  try {
    matches('', String(run(new Frame({}))));
  } catch (error) {
    throw locate(error, node);
  }
}

function call(name: string, overloads: readonly Overload[], values: readonly unknown[], frame: Frame): unknown {
  const kinds = values.map(kindOf);
  const overload = overloads.find((one) => accepts(one, kinds));
  if (!overload) throw wrongArguments(name, overloads, kinds);
  for (const [index, value] of values.entries()) {
    if (overload.parameters[index] === 'integer' && !Number.isSafeInteger(value)) {
      throw new Problem(`${name}() takes whole numbers, not ${value}`);
    }
    frame.spendOn(value);
  }
  const fitting = values as never; // of the kinds that the parameters name
  if (overload.cost) frame.spend(overload.cost(...fitting));
  const result = overload.call(...fitting);
  frame.spendOn(result);
  return result;
}

const kindOfParameter = (parameter: Parameter): StaticKind => (parameter === 'integer' ? 'number' : parameter);

function accepts({ parameters }: Overload, kinds: readonly StaticKind[]): boolean {
  if (parameters.length !== kinds.length) return false;
  return parameters.every((parameter, index) => {
    const taken = kindOfParameter(parameter);
    return taken === 'any' || kinds[index] === 'any' || taken === kinds[index];
  });
}

function wrongArguments(name: string, overloads: readonly Overload[], kinds: readonly StaticKind[]): Problem {
  const takes = overloads.map(({ parameters }) => `(${parameters.map(kindOfParameter).join(', ')})`);
  return new Problem(`${name}() does not take (${kinds.join(', ')})`, `it takes ${takes.join(' or ')}`);
}

function unknownFunction(node: Node, name: string): Error {
  const other = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
  const near = nearestName(name, FUNCTIONS.keys());
  const next = other ? `write ${other}` : near ? `did you mean "${near}"?` : undefined;
  return errorIn(node, `there is no function "${name}"`, next);
}

/** `random.int(from, to)`, `random.uuid()`: from the seed of the case. */
export function randomPart(node: Node, name: string, args: readonly Part[]): Part {
  const random = (frame: Frame): Random => {
    const value = frame.scope.random;
    if (value === undefined) throw errorIn(node, '"random" has no value here');
    return value as Random; // the engine puts it there
  };
  if (name === 'uuid' && args.length === 0) return { kind: 'string', run: (frame) => random(frame).uuid() };
  const [from, to, ...rest] = args;
  if (name !== 'int' || !from || !to || rest.length > 0) {
    throw errorIn(
      node,
      `there is no random.${name}() with ${plural(args.length, 'argument')}`,
      'write random.int(from, to) or random.uuid()',
    );
  }
  return {
    kind: 'number',
    run: (frame) => {
      const minimum = from.run(frame);
      const maximum = to.run(frame);
      if (!isInteger(minimum) || !isInteger(maximum)) {
        const odd = isInteger(minimum) ? maximum : minimum;
        throw errorIn(node, `random.int() takes two whole numbers, not ${formatValue(odd, { maxLength: 40 })}`);
      }
      if (minimum > maximum)
        throw errorIn(node, `random.int() takes the smaller number first, not ${minimum} before ${maximum}`);
      return random(frame).integer(minimum, maximum);
    },
  };
}

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
