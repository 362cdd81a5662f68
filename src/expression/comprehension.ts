import { ExpressionError } from '../errors.js';
import { isMap } from '../format/value.js';
import type { Compiler } from './compile.js';
import { ERROR_STEPS, type Frame, type Part } from './frame.js';
import { truthOf } from './parts.js';
import { errorIn, type Node } from './syntax.js';
import { A_KIND, kindOf, type StaticKind } from './values.js';

/** What a comprehension takes after its receiver. */
const COMPREHENSIONS = {
  all: '(item, condition)',
  exists: '(item, condition)',
  exists_one: '(item, condition)',
  filter: '(item, condition)',
  map: '(item, value) or (item, condition, value)',
} as const;
type Name = keyof typeof COMPREHENSIONS;

export const isComprehension = (name: string): name is Name => Object.hasOwn(COMPREHENSIONS, name);

/** `list.all(item, …)` and its like; over a map they go through its keys. */
export function comprehensionPart(
  compiler: Compiler,
  node: Node,
  name: Name,
  receiver: Node,
  args: readonly Node[],
): Part {
  const [variable, ...bodies] = args;
  if (variable?.op !== 'id' || bodies.length < 1 || bodies.length > (name === 'map' ? 2 : 1)) {
    throw errorIn(node, `${name}() takes ${COMPREHENSIONS[name]}`);
  }
  const source = compiler.compile(receiver);
  const itemsOf = iterable(name, receiver, source);
  const body = compiler.compileBody(variable.args, bodies.at(-1)!);
  const condition = bodies.length === 2 ? compiler.compileBody(variable.args, bodies[0]!) : body;
  const loop: Loop = { itemsOf, slot: body.slot, steps: 1 + body.steps + (condition === body ? 0 : condition.steps) };
  if (name === 'map' && condition === body) return filtered(loop, () => true, body.part.run);
  const truth = truthOf(bodies[0]!, condition.part, `${name}() takes a condition`);
  switch (name) {
    case 'all':
      return quantified(loop, truth, false);
    case 'exists':
      return quantified(loop, truth, true);
    case 'exists_one':
      return counted(loop, truth);
    case 'filter':
      return filtered(loop, truth, (frame) => frame.locals[loop.slot]);
    case 'map':
      return filtered(loop, truth, body.part.run);
  }
}

type Truth = (frame: Frame) => boolean;

interface Loop {
  readonly itemsOf: (frame: Frame) => readonly unknown[];
  /** Where the frame keeps the item. */
  readonly slot: number;
  /** What one round costs. */
  readonly steps: number;
}

/** Raises unless there is something to go through. */
function iterable(name: Name, node: Node, { kind, run }: Part): Loop['itemsOf'] {
  const problem = (wrong: StaticKind): Error =>
    errorIn(node, `${name}() goes through a list or a map, not ${A_KIND[wrong]}`);
  if (kind !== 'any' && kind !== 'list' && kind !== 'map') throw problem(kind);
  return (frame) => {
    const value = run(frame);
    if (Array.isArray(value)) return value;
    if (isMap(value)) return Object.keys(value);
    throw problem(kindOf(value));
  };
}

/** Goes through the items until a round returns true. */
function rounds({ itemsOf, slot, steps }: Loop, frame: Frame, round: () => boolean): void {
  for (const item of itemsOf(frame)) {
    frame.spend(steps);
    frame.locals[slot] = item;
    if (round()) return;
  }
}

/** One item may decide, even when others raise. */
const quantified = (loop: Loop, truth: Truth, decisive: boolean): Part => ({
  kind: 'boolean',
  run: (frame) => {
    let isDecided = false;
    let problem: unknown;
    rounds(loop, frame, () => {
      try {
        isDecided = truth(frame) === decisive;
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        frame.spend(ERROR_STEPS);
        problem ??= error;
      }
      return isDecided;
    });
    if (!isDecided && problem) throw problem;
    return isDecided === decisive;
  },
});

const counted = (loop: Loop, truth: Truth): Part => ({
  kind: 'boolean',
  run: (frame) => {
    let count = 0;
    rounds(loop, frame, () => {
      if (truth(frame)) count += 1;
      return false;
    });
    return count === 1;
  },
});

const filtered = (loop: Loop, truth: Truth, value: Part['run']): Part => ({
  kind: 'list',
  run: (frame) => {
    const list: unknown[] = [];
    rounds(loop, frame, () => {
      if (truth(frame)) list.push(value(frame));
      return false;
    });
    return list;
  },
});
