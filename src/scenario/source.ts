import { isScalar, type LineCounter, type Node } from 'yaml';
import type { Frame, Location, Path } from '../contracts/result.js';
import type { SourceTree } from './tree.js';

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
  readonly data: unknown;
  #tree: SourceTree | undefined;

  constructor(
    readonly source: SourceFile,
    tree: SourceTree,
    /** Parses the document again. */
    private readonly reread: () => SourceTree,
  ) {
    this.data = tree.data;
    this.#tree = tree;
  }

  /** It has been compiled: of the nodes, a third of its memory, the places are read again where one is asked for. */
  release(): void {
    this.#tree = undefined;
  }

  /** The scalar's text as written, without quotes; undefined for a container. Before `release`. */
  scalarText(container: object, key: string | number): string | undefined {
    const node = this.#node(container, key);
    return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
  }

  /** The comment that ends the line of a text without quotes: what was meant as a part of the text, most likely. */
  cutBy(container: object, key: string | number): string | undefined {
    const node = this.#node(container, key);
    return isScalar(node) && node.type === 'PLAIN' ? sameLineComment(this.source, node) : undefined;
  }

  /** The place of a key or value; a path that leads nowhere gives the deepest place that exists. */
  frame(path: Path, part: 'key' | 'value' = 'value'): Frame {
    const [start, end] = this.#range(path, part);
    return this.source.frame(start, end);
  }

  /** A value as it stands in the file. */
  text(path: Path): string {
    return this.source.text.slice(...this.#range(path, 'value')).trimEnd();
  }

  /** A place without the lines around it. */
  location(path: Path, part: 'key' | 'value' = 'value'): Location {
    const [start, end] = this.#range(path, part);
    return this.source.location(start, end);
  }

  /** A range within a scalar, by offsets in its value; exact for plain one-line scalars, else the whole scalar. */
  frameWithin(path: Path, offset: number, length: number): Frame {
    const [start, end] = this.#range(path, 'value');
    const written = this.source.text.slice(start, end);
    const quote = written.startsWith('"') || written.startsWith("'") ? 1 : 0;
    const oneLine =
      !written.includes('\n') && !written.includes('\\') && !written.startsWith('|') && !written.startsWith('>');
    if (!oneLine) return this.source.frame(start, end);
    const from = start + quote + offset;
    return this.source.frame(from, Math.min(end, from + Math.max(1, length)));
  }

  #node(container: object, key: string | number): Node | null | undefined {
    if (!this.#tree) throw new Error(`the nodes of ${this.source.file} were released`);
    return this.#tree.child(container, key)?.value;
  }

  #range(path: Path, part: 'key' | 'value'): readonly [number, number] {
    this.#tree ??= this.reread();
    return this.#tree.range(path, part);
  }
}

/** With its `#`. */
export function sameLineComment(source: SourceFile, node: Node): string | undefined {
  const end = node.range?.[1] ?? 0;
  const stop = source.text.indexOf('\n', end);
  const rest = source.text.slice(end, stop < 0 ? undefined : stop).trim();
  return rest.startsWith('#') ? rest : undefined;
}
