import type { Path } from '../contracts/result.js';
import type { PlainDocument } from './plain-yaml.js';
import type { Places, Range, ScalarPlace } from './source.js';

/** Places of keys and scalars as they were read; others are left to `exact`, which parses the file once more. */
export class PlainPlaces implements Places {
  #exact: Places | undefined;

  constructor(
    private readonly text: string,
    private readonly document: PlainDocument,
    private readonly exact: () => Places,
  ) {}

  range(path: Path, part: 'key' | 'value'): Range {
    const known = this.#spanOf(path, part);
    if (known) return known;
    this.#exact ??= this.exact();
    return this.#exact.range(path, part);
  }

  scalar(container: object, key: string | number): ScalarPlace | undefined {
    const [start, end] = this.#span(container, key, 'value') ?? [];
    const value = (container as Record<string | number, unknown>)[key]; // a mapping or a list
    if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
    // Of a block of text.
    if (start === undefined || end === undefined) return { source: String(value), plainEnd: undefined };
    const isQuoted = /["']/.test(this.text[start]!);
    return isQuoted
      ? { source: String(value), plainEnd: undefined }
      : { source: this.text.slice(start, end), plainEnd: end };
  }

  #spanOf(path: Path, part: 'key' | 'value'): Range | undefined {
    let container: unknown = this.document.data;
    for (const key of path.slice(0, -1)) {
      if (typeof container !== 'object' || container === null || !Object.hasOwn(container, key)) return undefined;
      container = (container as Record<string | number, unknown>)[key]; // a mapping or a list
    }
    const key = path.at(-1);
    return typeof container === 'object' && container !== null && key !== undefined
      ? this.#span(container, key, part)
      : undefined;
  }

  #span(container: object, key: string | number, part: 'key' | 'value'): Range | undefined {
    const spans = this.document.spans.get(container) ?? [];
    const isList = Array.isArray(container);
    // An item of a list has no key.
    if (isList && part === 'key') return undefined;
    const at = isList ? Number(key) * 2 : Object.keys(container).indexOf(String(key)) * 4 + (part === 'value' ? 2 : 0);
    const [start, end] = [spans[at], spans[at + 1]];
    return start === undefined || end === undefined || start < 0 ? undefined : [start, end];
  }
}
