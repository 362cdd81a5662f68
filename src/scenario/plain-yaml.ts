import { PlainBrackets } from './plain-brackets.js';
import { readPlain } from './plain-scalars.js';
import {
  COLON,
  DASH,
  DOUBLE_QUOTE,
  GIVE_UP,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  type PlainLimits,
  SINGLE_QUOTE,
  SPACE,
} from './plain-text.js';

/**
 * Reads the YAML that most files are, in a tenth of the time of the library: mappings and lists in blocks or brackets,
 * words, numbers, quoted and block text, comments, several documents. Whatever else there is (anchors, tags, tabs, keys
 * without a value, text over several lines), whatever is wrong, and whatever is too large, it gives up for, so that the
 * library reads and judges it.
 */

export interface PlainDocument {
  readonly data: unknown;
  /**
   * Starts and ends for each mapping and list: of key and value of each entry, of each item. Of a value that is no
   * scalar of one line they are -1.
   */
  readonly spans: ReadonlyMap<object, readonly number[]>;
}

/** Undefined: the library is to read it. */
export function readPlainYaml(text: string, limits: PlainLimits): readonly PlainDocument[] | undefined {
  if (STRANGE.test(text)) return undefined;
  try {
    return new Reader(text, limits).documents();
  } catch (error) {
    if (error !== GIVE_UP) throw error;
    return undefined;
  }
}

/** Blanks that are not spaces, line ends that are not line feeds, and what no editor shows. */
const STRANGE = /[^\n\x20-\x7e\xa1-\u2027\u202a-\ufefe\uff00-\ufffd]/;

class Reader extends PlainBrackets {
  documents(): PlainDocument[] {
    const found: PlainDocument[] = [];
    this.nextLine();
    while (this.position < this.text.length || found.length === 0) {
      if (this.indent < 0) {
        if (!this.text.startsWith('---\n', this.position)) throw GIVE_UP;
        this.position += 4;
        this.nextLine();
      }
      if (this.indent !== 0 || found.length === this.limits.documents) throw GIVE_UP;
      this.spans = new Map();
      this.values = 0;
      const data = this.block(0);
      if (this.indent >= 0) throw GIVE_UP;
      found.push({ data, spans: this.spans });
    }
    return found;
  }

  /** A mapping or list that begins here, in this column. */
  private block(column: number): unknown {
    if (this.atDash()) return this.sequence(column);
    return this.mapping(column);
  }

  private atDash(): boolean {
    const { text } = this;
    if (text.charCodeAt(this.position) !== DASH) return false;
    const next = text.charCodeAt(this.position + 1);
    return next === SPACE || next === NEWLINE;
  }

  private mapping(column: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const spans = this.open(map);
    do {
      const start = this.position;
      const colon = this.keyEnd();
      if (colon < 0) throw GIVE_UP;
      const key = this.key(start, colon);
      if (Object.hasOwn(map, key)) throw GIVE_UP;
      spans.push(start, colon);
      this.position = colon + 1;
      map[key] = this.valueBehind(column, spans, true);
    } while (this.indent === column);
    if (this.indent > column) throw GIVE_UP;
    this.depth--;
    return map;
  }

  private sequence(column: number): unknown[] {
    const list: unknown[] = [];
    const spans = this.open(list);
    do {
      const dash = this.position++;
      this.skipSpaces();
      const at = column + this.position - dash;
      const nested = this.atDash() || this.keyEnd() >= 0;
      if (nested) spans.push(-1, -1);
      list.push(nested ? this.nested(at) : this.valueBehind(column, spans, false));
    } while (this.indent === column && this.atDash());
    if (this.indent > column) throw GIVE_UP;
    this.depth--;
    return list;
  }

  private nested(column: number): unknown {
    this.count();
    return this.block(column);
  }

  /** What stands behind `key:` or `-` in a column: on the same line, or on the lines below. */
  private valueBehind(column: number, spans: number[], isInMapping: boolean): unknown {
    if (this.atLineEnd()) {
      this.leaveLine();
      spans.push(-1, -1);
      if (this.indent > column) return this.nested(this.indent);
      // A list may stand in the column of its key.
      if (isInMapping && this.indent === column && this.atDash()) return this.nested(column);
      throw GIVE_UP;
    }
    this.count();
    switch (this.text[this.position]) {
      case '{':
      case '[': {
        spans.push(-1, -1);
        const value = this.inBrackets(column);
        this.endLine();
        return value;
      }
      case '"':
      case "'": {
        const value = this.quoted(spans);
        this.endLine();
        return value;
      }
      case '|':
      case '>':
        spans.push(-1, -1);
        return this.blockText(column);
      default: {
        const start = this.position;
        const line = this.text.slice(start, this.lineEnd(start));
        const comment = line.indexOf(' #');
        const written = (comment < 0 ? line : line.slice(0, comment)).trimEnd();
        const value = readPlain(written);
        if (value === undefined || written.includes(': ') || written.endsWith(':')) throw GIVE_UP;
        spans.push(start, start + written.length);
        this.position = start + written.length;
        this.endLine();
        return value;
      }
    }
  }

  /** Where the colon of a key stands that begins here; -1: there is none. */
  private keyEnd(): number {
    const { text } = this;
    const start = this.position;
    const first = text.charCodeAt(start);
    if (first === OPEN_BRACE || first === OPEN_BRACKET) return -1;
    if (first === DOUBLE_QUOTE || first === SINGLE_QUOTE) {
      const close = this.closingQuote(start);
      return this.isKeyColon(close + 1) ? close + 1 : -1;
    }
    const line = text.slice(start, this.lineEnd(start));
    for (let at = line.indexOf(':'); at >= 0; at = line.indexOf(':', at + 1)) {
      if (this.isKeyColon(start + at)) return line.slice(0, at).includes(' #') ? -1 : start + at;
    }
    return -1;
  }

  private isKeyColon(at: number): boolean {
    if (this.text.charCodeAt(at) !== COLON) return false;
    const next = this.text.charCodeAt(at + 1);
    return next === SPACE || next === NEWLINE || at + 1 === this.text.length;
  }

  /** `|` or `>` and the lines below. */
  private blockText(column: number): string {
    const { text } = this;
    const isFolded = text[this.position++] === '>';
    const isStripped = this.take(DASH);
    if (text.charCodeAt(this.position) !== NEWLINE) throw GIVE_UP;
    this.position++;
    const first = this.position;
    this.skipSpaces();
    const indent = this.position - first;
    if (indent <= column || text.charCodeAt(this.position) === NEWLINE) throw GIVE_UP;
    const lines: string[] = [];
    this.position = first;
    for (;;) {
      const start = this.position;
      const end = text.indexOf('\n', start);
      this.skipSpaces();
      const own = this.position - start;
      const isBlank = this.position === end;
      if (end < 0 && start < text.length) throw GIVE_UP;
      this.position = start;
      if (end < 0 || (!isBlank && own < indent)) {
        if (own > column && end >= 0) throw GIVE_UP;
        break;
      }
      // More than the indentation belongs to the text, and is folded otherwise.
      if (isBlank ? own > 0 : isFolded && (own > indent || text[end - 1] === ' ')) throw GIVE_UP;
      lines.push(text.slice(start + indent, end));
      this.position = end + 1;
    }
    while (lines.at(-1) === '') lines.pop();
    this.nextLine();
    return `${isFolded ? folded(lines) : lines.join('\n')}${isStripped ? '' : '\n'}`;
  }
}

const folded = (lines: readonly string[]): string =>
  lines.join('\n').replaceAll(/\n+/g, (breaks) => (breaks.length === 1 ? ' ' : breaks.slice(1)));
