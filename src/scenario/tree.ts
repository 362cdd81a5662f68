import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { Path } from '../contracts/result.js';

/** The nodes of a document as the parser made them, by the plain data that they stand for. */
export class SourceTree {
  constructor(
    readonly data: unknown,
    readonly root: Node | null,
    /** The node that each container of the data was made from. */
    private readonly nodes: ReadonlyMap<object, Node>,
    /** What each alias stands for. */
    private readonly aliases: ReadonlyMap<Node, Node>,
  ) {}

  /** Offsets of a key or value, or of the deepest one on the path that exists. */
  range(path: Path, part: 'key' | 'value'): readonly [number, number] {
    let container: unknown = this.data;
    let found = rangeOf(this.root) ?? [0, 0];
    for (const [index, key] of path.entries()) {
      if (typeof container !== 'object' || container === null) break;
      const child = this.child(container, key);
      if (!child) break;
      const last = index === path.length - 1;
      found = (last && part === 'key' ? rangeOf(child.key) : rangeOf(child.value)) ?? rangeOf(child.key) ?? found;
      container = (container as Record<string | number, unknown>)[key]; // an object or a list: indexing is what it is for
    }
    return found;
  }

  child(container: object, key: string | number): { key: Node | null; value: Node | null } | undefined {
    const node = this.nodes.get(container);
    if (isSeq(node)) {
      const item = node.items[Number(key)];
      return { key: null, value: this.#target(isPair(item) ? null : (item as Node)) }; // items of a sequence are nodes
    }
    if (!isMap(node)) return undefined;
    const pair = findPair(node, String(key), (alias) => this.#target(alias));
    return pair && { key: pair.key as Node, value: this.#target(pair.value as Node | null) }; // parsed pairs hold nodes
  }

  #target(node: Node | null): Node | null {
    return isAlias(node) ? (this.aliases.get(node) ?? node) : node;
  }
}

/** The parser makes a symbol of its value. */
export const isMergeKey = (key: unknown): boolean => isScalar(key) && key.source === '<<' && key.type === 'PLAIN';

export const keyText = (key: unknown): string => (isScalar(key) ? String((key as Scalar).source ?? key.value) : '');

function findPair(map: YAMLMap, key: string, target: (node: Node | null) => Node | null): Pair | undefined {
  const own = map.items.find((pair) => keyText(pair.key) === key && !isMergeKey(pair.key));
  if (own) return own;
  for (const pair of map.items) {
    if (!isMergeKey(pair.key)) continue;
    const merged = target(pair.value as Node | null);
    const maps = isSeq(merged) ? merged.items.map((item) => target(item as Node)) : [merged];
    for (const candidate of maps) {
      const found = isMap(candidate) ? findPair(candidate, key, target) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

function rangeOf(node: Node | null): [number, number] | undefined {
  return node?.range ? [node.range[0], node.range[1]] : undefined;
}
