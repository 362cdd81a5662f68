import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Frame, Location, Path } from '../contracts/result.js';

const FRAME_CONTEXT_LINES = 2;

/** A file's text, and places in it as lines and columns. */
export class SourceFile {
  #lines: readonly string[] | undefined;

  constructor(
    /** As the user named it, relative to the working directory. */
    readonly file: string,
    readonly text: string,
    readonly lineCounter: LineCounter,
  ) {}

  get lines(): readonly string[] {
    this.#lines ??= this.text.split(/\r?\n/);
    return this.#lines;
  }

  /** The place of a range of offsets; the end is exclusive. */
  location(start: number, end: number): Location {
    const from = this.lineCounter.linePos(start);
    const to = this.lineCounter.linePos(Math.max(start, end));
    return {
      file: this.file,
      line: Math.max(1, from.line),
      column: Math.max(1, from.col),
      endLine: Math.max(1, to.line),
      endColumn: Math.max(1, to.col),
    };
  }

  /** The same with the lines around it. */
  frame(start: number, end: number): Frame {
    const location = this.location(start, end);
    const startLine = Math.max(1, location.line - FRAME_CONTEXT_LINES);
    return {
      ...location,
      startLine,
      lines: this.lines.slice(startLine - 1, location.line + FRAME_CONTEXT_LINES),
    };
  }
}

/**
 * One YAML document as plain data, with the place of every value.
 * Each container of the data is an object of its own, also where the file uses an alias or a merge key.
 */
export class SourceDocument {
  constructor(
    readonly source: SourceFile,
    readonly data: unknown,
    readonly root: Node | null,
    /** The node that each container of the data was made from. */
    private readonly nodes: Map<object, Node>,
  ) {}

  /** The scalar's text as written, without quotes; undefined for a container. */
  scalarText(container: object, key: string | number): string | undefined {
    const node = this.#child(container, key)?.value;
    return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
  }

  /** The comment that ends the line of a text without quotes: what was meant as a part of the text, most likely. */
  cutBy(container: object, key: string | number): string | undefined {
    const node = this.#child(container, key)?.value;
    return isScalar(node) && node.type === 'PLAIN' ? sameLineComment(this.source, node) : undefined;
  }

  /** The place of a key or value; a path that leads nowhere gives the deepest place that exists. */
  frame(path: Path, part: 'key' | 'value' = 'value'): Frame {
    const [start, end] = this.range(path, part);
    return this.source.frame(start, end);
  }

  /** A value as it stands in the file. */
  text(path: Path): string {
    return this.source.text.slice(...this.range(path, 'value')).trimEnd();
  }

  /** A place without the lines around it. */
  location(path: Path, part: 'key' | 'value' = 'value'): Location {
    const [start, end] = this.range(path, part);
    return this.source.location(start, end);
  }

  /** A range within a scalar, by offsets in its value; exact for plain one-line scalars, else the whole scalar. */
  frameWithin(path: Path, offset: number, length: number): Frame {
    const [start, end] = this.range(path, 'value');
    const written = this.source.text.slice(start, end);
    const quote = written.startsWith('"') || written.startsWith("'") ? 1 : 0;
    const oneLine =
      !written.includes('\n') && !written.includes('\\') && !written.startsWith('|') && !written.startsWith('>');
    if (!oneLine) return this.source.frame(start, end);
    const from = start + quote + offset;
    return this.source.frame(from, Math.min(end, from + Math.max(1, length)));
  }

  range(path: Path, part: 'key' | 'value'): readonly [number, number] {
    let container: unknown = this.data;
    let found = rangeOf(this.root) ?? [0, 0];
    for (const [index, key] of path.entries()) {
      if (typeof container !== 'object' || container === null) break;
      const child = this.#child(container, key);
      if (!child) break;
      const last = index === path.length - 1;
      found = (last && part === 'key' ? rangeOf(child.key) : rangeOf(child.value)) ?? rangeOf(child.key) ?? found;
      container = (container as Record<string | number, unknown>)[key]; // an object or a list: indexing is what it is for
    }
    return found;
  }

  #child(container: object, key: string | number): { key: Node | null; value: Node | null } | undefined {
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

  /** What each alias stands for. */
  readonly aliases = new Map<Node, Node>();
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

/** With its `#`. */
export function sameLineComment(source: SourceFile, node: Node): string | undefined {
  const end = node.range?.[1] ?? 0;
  const stop = source.text.indexOf('\n', end);
  const rest = source.text.slice(end, stop < 0 ? undefined : stop).trim();
  return rest.startsWith('#') ? rest : undefined;
}

function rangeOf(node: Node | null): [number, number] | undefined {
  return node?.range ? [node.range[0], node.range[1]] : undefined;
}
