import type { Frame, Location, Path } from '../contracts/result.js';

const FRAME_CONTEXT_LINES = 2;

/** A file's text, and places in it as lines and columns. */
export class SourceFile {
  #lines: readonly string[] | undefined;
  #lineStarts: readonly number[] | undefined;

  constructor(
    /** As the user named it, relative to the working directory. */
    readonly file: string,
    readonly text: string,
  ) {}

  get lines(): readonly string[] {
    this.#lines ??= this.text.split(/\r?\n/);
    return this.#lines;
  }

  /** The place of a range of offsets; the end is exclusive. */
  location(start: number, end: number): Location {
    const from = this.#place(start);
    const to = this.#place(Math.max(start, end));
    return { file: this.file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
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

  /** The comment on the rest of a line, with its `#`. */
  commentBehind(offset: number): string | undefined {
    const stop = this.text.indexOf('\n', offset);
    const rest = this.text.slice(offset, stop < 0 ? undefined : stop).trim();
    return rest.startsWith('#') ? rest : undefined;
  }

  #place(offset: number): { line: number; column: number } {
    this.#lineStarts ??= lineStartsOf(this.text);
    let line = 0;
    let after = this.#lineStarts.length;
    while (after - line > 1) {
      const middle = (line + after) >> 1;
      if (this.#lineStarts[middle]! <= offset) line = middle;
      else after = middle;
    }
    return { line: line + 1, column: offset - this.#lineStarts[line]! + 1 };
  }
}

function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}

/** Offsets in the text; the end is exclusive. */
export type Range = readonly [start: number, end: number];

export interface ScalarPlace {
  /** As written, without quotes. */
  readonly source: string;
  /** Where a text without quotes ends; undefined for others. */
  readonly plainEnd: number | undefined;
}

/** Where the values of a document stand. */
export interface Places {
  /** Of a key or value; a path that leads nowhere gives the deepest place that exists. */
  range(path: Path, part: 'key' | 'value'): Range;
  /** Undefined for a container. */
  scalar(container: object, key: string | number): ScalarPlace | undefined;
}

/**
 * One YAML document as plain data, with the place of every value.
 * Each container of the data is an object of its own, also where the file uses an alias or a merge key.
 */
export class SourceDocument {
  constructor(
    readonly source: SourceFile,
    readonly data: unknown,
    readonly places: Places,
  ) {}

  /** The scalar's text as written, without quotes; undefined for a container. */
  scalarText(container: object, key: string | number): string | undefined {
    return this.places.scalar(container, key)?.source;
  }

  /** The comment that ends the line of a text without quotes: what was meant as a part of the text, most likely. */
  cutBy(container: object, key: string | number): string | undefined {
    const end = this.places.scalar(container, key)?.plainEnd;
    return end === undefined ? undefined : this.source.commentBehind(end);
  }

  /** The place of a key or value; a path that leads nowhere gives the deepest place that exists. */
  frame(path: Path, part: 'key' | 'value' = 'value'): Frame {
    const [start, end] = this.places.range(path, part);
    return this.source.frame(start, end);
  }

  /** A value as it stands in the file. */
  text(path: Path): string {
    return this.source.text.slice(...this.places.range(path, 'value')).trimEnd();
  }

  /** A place without the lines around it. */
  location(path: Path, part: 'key' | 'value' = 'value'): Location {
    const [start, end] = this.places.range(path, part);
    return this.source.location(start, end);
  }

  /** A range within a scalar, by offsets in its value; exact for plain one-line scalars, else the whole scalar. */
  frameWithin(path: Path, offset: number, length: number): Frame {
    const [start, end] = this.places.range(path, 'value');
    const written = this.source.text.slice(start, end);
    const quote = written.startsWith('"') || written.startsWith("'") ? 1 : 0;
    const oneLine =
      !written.includes('\n') && !written.includes('\\') && !written.startsWith('|') && !written.startsWith('>');
    if (!oneLine) return this.source.frame(start, end);
    const from = start + quote + offset;
    return this.source.frame(from, Math.min(end, from + Math.max(1, length)));
  }
}
