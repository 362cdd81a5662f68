import { ExpressionError } from '../errors.js';
import { ERROR_STEPS, type Frame, type Part } from './frame.js';
import { keyOf, OPERATORS, type Operator } from './operators.js';
import { errorIn, locate, type Node } from './syntax.js';
import { A_KIND, aKindOf, kindOf, narrow, type StaticKind } from './values.js';

/** What the operators and literals of the syntax do. */

export function literalPart(node: Node, written: unknown): Part {
  if (written instanceof Uint8Array) throw errorIn(node, 'bytes are not supported', 'write a string without the b');
  const value = typeof written === 'bigint' || isUnsigned(written) ? narrow(BigInt(written.valueOf())) : written;
  return { kind: kindOf(value), literal: true, run: () => value };
}

/** `5u` is 5: there is one kind of number. */
const isUnsigned = (value: unknown): value is { valueOf(): bigint } => typeof value === 'object' && value !== null;

export function listPart(items: readonly Part[]): Part {
  return {
    kind: 'list',
    literal: items.every((item) => item.literal),
    run: (frame) => items.map((item) => item.run(frame)),
  };
}

export function mapPart(node: Node, entries: readonly (readonly [Part, Part])[]): Part {
  return {
    kind: 'map',
    literal: entries.flat().every((part) => part.literal),
    run: (frame) => {
      try {
        // Unlike an assignment, this makes `__proto__` a key like any other.
        return Object.fromEntries(entries.map(([key, value]) => [keyOf(key.run(frame)), value.run(frame)]));
      } catch (error) {
        throw locate(error, node);
      }
    },
  };
}

export function binaryPart(node: Node, sign: keyof typeof OPERATORS, left: Part, right: Part): Part {
  const operator: Operator = OPERATORS[sign];
  try {
    return {
      kind: operator.check(left.kind, right.kind),
      run: (frame) => {
        const leftValue = left.run(frame);
        const rightValue = right.run(frame);
        try {
          return operator.apply(leftValue, rightValue, frame);
        } catch (error) {
          throw locate(error, node);
        }
      },
    };
  } catch (error) {
    throw locate(error, node);
  }
}

/** `-x` */
export function negatedPart(node: Node, operand: Part): Part {
  const problem = (kind: StaticKind): Error => errorIn(node, `"-" takes a number, not ${A_KIND[kind]}`);
  if (operand.kind !== 'number' && operand.kind !== 'any') throw problem(operand.kind);
  return {
    kind: 'number',
    literal: operand.literal === true,
    run: (frame) => {
      const value = operand.run(frame);
      if (typeof value === 'number') return 0 - value;
      if (typeof value === 'bigint') return narrow(-value);
      throw problem(kindOf(value));
    },
  };
}

/** `!x` */
export function oppositePart(node: Node, operand: Part): Part {
  const truth = truthOf(node, operand, '"!" takes a boolean');
  return { kind: 'boolean', run: (frame) => !truth(frame) };
}

/** `condition ? yes : no` */
export function conditionPart(conditionNode: Node, condition: Part, yes: Part, no: Part): Part {
  const truth = truthOf(conditionNode, condition, 'the condition before "?" must be a boolean');
  return {
    kind: yes.kind === no.kind ? yes.kind : 'any',
    run: (frame) => (truth(frame) ? yes : no).run(frame),
  };
}

/** `left && right`, `left || right`. As CEL has it, either side may decide alone, even when the other raises. */
export function logicPart(sign: '&&' | '||', sides: readonly [Node, Node], left: Part, right: Part): Part {
  const decisive = sign === '||';
  const leftTruth = truthOf(sides[0], left, `"${sign}" takes two booleans`);
  const rightTruth = truthOf(sides[1], right, `"${sign}" takes two booleans`);
  return {
    kind: 'boolean',
    run: (frame) => {
      try {
        if (leftTruth(frame) === decisive) return decisive;
      } catch (error) {
        if (attempt(rightTruth, frame, error) === decisive) return decisive;
        throw error;
      }
      return rightTruth(frame);
    },
  };
}

/** The truth of the other side; undefined when it raises, too. What is not an ExpressionError is raised at once. */
function attempt(truth: (frame: Frame) => boolean, frame: Frame, earlier: unknown): boolean | undefined {
  if (!(earlier instanceof ExpressionError)) throw earlier;
  frame.spend(ERROR_STEPS);
  try {
    return truth(frame);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return undefined;
  }
}

/** The part as a condition. `rule` says in words that it must be one. */
export function truthOf(node: Node, part: Part, rule: string): (frame: Frame) => boolean {
  if (part.kind !== 'boolean' && part.kind !== 'any') throw errorIn(node, `${rule}, not ${A_KIND[part.kind]}`);
  return (frame) => {
    const value = part.run(frame);
    if (typeof value !== 'boolean') throw errorIn(node, `${rule}, not ${aKindOf(value)}`);
    return value;
  };
}
