import { nearestName } from '../format/nearest.js';
import { hasPart, indexPart, memberPart } from './access.js';
import { functionPart, randomPart } from './call.js';
import { comprehensionPart, isComprehension } from './comprehension.js';
import type { Part } from './frame.js';
import {
  binaryPart,
  conditionPart,
  listPart,
  literalPart,
  logicPart,
  mapPart,
  negatedPart,
  oppositePart,
} from './parts.js';
import { listNames } from './problem.js';
import { errorIn, type Node, placeOf } from './syntax.js';

/** `steps.work.completed`, literal indexes included, up to the first dynamic part or call. */
export interface Reference {
  readonly path: readonly (string | number)[];
  /** Offsets in the source. */
  readonly start: number;
  readonly end: number;
  /** `has()` asks whether its last part is there. */
  readonly optional?: true;
}

/** The body of a loop, evaluated for each item. */
export interface Body {
  readonly part: Part;
  /** Where the frame keeps the item. */
  readonly slot: number;
  /** What one round costs. */
  readonly steps: number;
}

/** Turns a syntax tree into functions of a frame. Raises ExpressionErrors for what is wrong whatever the values are. */
export class Compiler {
  readonly references: Reference[] = [];
  /** Parts outside of loops whose values help to understand the whole: no literals, no beginnings of references. */
  readonly traced: { readonly node: Node; readonly part: Part }[] = [];
  readonly #names: ReadonlySet<string>;
  /** Slots of the loop variables in scope. */
  readonly #variables = new Map<string, number>();
  #depth = 0;
  #nodes = 0;

  constructor(names: readonly string[]) {
    this.#names = new Set(names);
  }

  compile(node: Node): Part {
    const part = this.#dispatch(node);
    if (!part.literal && this.#depth === 0) this.traced.push({ node, part });
    return part;
  }

  compileAll(nodes: readonly Node[]): Part[] {
    return nodes.map((node) => this.compile(node));
  }

  compileBody(variable: string, node: Node): Body {
    const slot = this.#depth;
    const hidden = this.#variables.get(variable);
    const before = this.#nodes;
    this.#variables.set(variable, slot);
    this.#depth += 1;
    const part = this.compile(node);
    this.#depth -= 1;
    if (hidden === undefined) this.#variables.delete(variable);
    else this.#variables.set(variable, hidden);
    return { part, slot, steps: this.#nodes - before };
  }

  /** The owner of a key that may be missing: `a.b` in `has(a.b.c)`. */
  compileOwner(access: Node, owner: Node): Part {
    return this.#note(access, true) ? this.#access(owner, true) : this.compile(owner);
  }

  #dispatch(node: Node): Part {
    switch (node.op) {
      case 'id':
      case '.':
      case '[]':
        return this.#access(node, this.#note(node));
      case 'value':
        return literalPart(node, node.args);
    }
    this.#nodes += 1;
    switch (node.op) {
      case 'call': {
        const [name, args] = node.args;
        return name === 'has' ? hasPart(this, node, args) : functionPart(this, node, name, args);
      }
      case 'rcall':
        return this.#methodCall(node, ...node.args);
      case 'list':
        return listPart(this.compileAll(node.args));
      case 'map': {
        const entries = node.args.map(([key, value]) => [this.compile(key), this.compile(value)] as const);
        return mapPart(node, entries);
      }
      case '?:': {
        const [condition, yes, no] = node.args;
        return conditionPart(condition, this.compile(condition), this.compile(yes), this.compile(no));
      }
      case '&&':
      case '||':
        return logicPart(node.op, node.args, this.compile(node.args[0]), this.compile(node.args[1]));
      case '!_':
        return oppositePart(node, this.compile(node.args));
      case '-_':
        return negatedPart(node, this.compile(node.args));
      case '.?':
      case '[?]':
        // The parser knows these only when it is told to.
        throw errorIn(node, 'optional access is not supported', 'ask with has(…)');
      default:
        return binaryPart(node, node.op, this.compile(node.args[0]), this.compile(node.args[1]));
    }
  }

  /** `isReference`: the node is within a reference that was noted, so that no part of it is another one. */
  #access(node: Node, isReference: boolean): Part {
    this.#nodes += 1;
    switch (node.op) {
      case 'id':
        return this.#name(node, node.args);
      case '.': {
        const [owner, key] = node.args;
        return memberPart(node, owner, isReference ? this.#access(owner, true) : this.compile(owner), key);
      }
      case '[]': {
        const [owner, index] = node.args;
        const ownerPart = isReference ? this.#access(owner, true) : this.compile(owner);
        return indexPart(node, owner, ownerPart, this.compile(index));
      }
      default:
        return this.compile(node);
    }
  }

  #name(node: Node, name: string): Part {
    const slot = this.#variables.get(name);
    if (slot !== undefined) return { kind: 'any', run: (frame) => frame.locals[slot] };
    if (!this.#names.has(name)) {
      const near = nearestName(name, this.#names);
      const inScope =
        this.#names.size > 0 ? `in scope here: ${listNames([...this.#names])}` : 'no name is in scope here';
      throw errorIn(node, `unknown name "${name}"`, near ? `did you mean "${near}"?` : inScope);
    }
    if (name === 'random')
      throw errorIn(node, '"random" is not a value', 'write random.int(from, to) or random.uuid()');
    return {
      kind: 'any',
      run: ({ scope }) => {
        const value = scope[name];
        if (value === undefined) throw errorIn(node, `"${name}" has no value here`);
        return value;
      },
    };
  }

  #methodCall(node: Node, name: string, receiver: Node, args: readonly Node[]): Part {
    if (receiver.op === 'id' && receiver.args === 'random' && this.#note(receiver)) {
      return randomPart(node, name, this.compileAll(args));
    }
    if (isComprehension(name)) return comprehensionPart(this, node, name, receiver, args);
    return functionPart(this, node, name, [receiver, ...args]);
  }

  /** Notes a node that is a reference as a whole. */
  #note(node: Node, optional = false): boolean {
    const path = this.#staticPath(node);
    if (!path) return false;
    const { start, end } = placeOf(node);
    this.references.push({ path, start, end, ...(optional && { optional }) });
    return true;
  }

  #staticPath(node: Node): (string | number)[] | undefined {
    switch (node.op) {
      case 'id':
        return this.#names.has(node.args) && !this.#variables.has(node.args) ? [node.args] : undefined;
      case '.':
        return this.#staticPath(node.args[0])?.concat(node.args[1]);
      case '[]': {
        const key = node.args[1].op === 'value' ? node.args[1].args : undefined;
        if (typeof key === 'bigint') return this.#staticPath(node.args[0])?.concat(Number(key));
        return typeof key === 'string' ? this.#staticPath(node.args[0])?.concat(key) : undefined;
      }
      default:
        return undefined;
    }
  }
}
