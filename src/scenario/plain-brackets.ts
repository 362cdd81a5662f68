import { readPlain } from './plain-scalars.js';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DOUBLE_QUOTE,
  GIVE_UP,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  PlainText,
  SINGLE_QUOTE,
} from './plain-text.js';

/** Plain text in brackets ends before one, a comma, a colon that ends a key, a comment, and its line. */
const IN_BRACKETS = /(?:[^ \n,[\]{}:]|:(?![ \n,[\]{}])| +(?=[^ \n,[\]{}:#]))+/y;

/** Mappings and lists in brackets. */
export class PlainBrackets extends PlainText {
  /** `{…}` or `[…]`. */
  protected inBrackets(column: number): unknown {
    const isMap = this.text.charCodeAt(this.position++) === OPEN_BRACE;
    return isMap ? this.bracedMapping(column) : this.bracketedList(column);
  }

  protected bracedMapping(column: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const spans = this.open(map);
    this.skipBlanks(column);
    if (!this.take(CLOSE_BRACE)) {
      do {
        this.skipBlanks(column);
        const start = this.position;
        const first = this.text.charCodeAt(start);
        const isQuoted = first === DOUBLE_QUOTE || first === SINGLE_QUOTE;
        const end = isQuoted ? this.closingQuote(start) + 1 : start + this.plainInBrackets().length;
        const key = this.key(start, end);
        this.position = end;
        if (Object.hasOwn(map, key) || !this.take(COLON)) throw GIVE_UP;
        spans.push(start, end);
        this.skipBlanks(column);
        map[key] = this.valueInBrackets(column, spans);
        this.skipBlanks(column);
      } while (this.take(COMMA));
      if (!this.take(CLOSE_BRACE)) throw GIVE_UP;
    }
    this.depth--;
    return map;
  }

  protected bracketedList(column: number): unknown[] {
    const list: unknown[] = [];
    const spans = this.open(list);
    this.skipBlanks(column);
    if (!this.take(CLOSE_BRACKET)) {
      do {
        this.skipBlanks(column);
        list.push(this.valueInBrackets(column, spans));
        this.skipBlanks(column);
      } while (this.take(COMMA));
      if (!this.take(CLOSE_BRACKET)) throw GIVE_UP;
    }
    this.depth--;
    return list;
  }

  protected valueInBrackets(column: number, spans: number[]): unknown {
    this.count();
    const code = this.text.charCodeAt(this.position);
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      spans.push(-1, -1);
      return this.inBrackets(column);
    }
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) return this.quoted(spans);
    const written = this.plainInBrackets();
    const value = readPlain(written);
    if (value === undefined) throw GIVE_UP;
    spans.push(this.position, this.position + written.length);
    this.position += written.length;
    return value;
  }

  protected plainInBrackets(): string {
    IN_BRACKETS.lastIndex = this.position;
    return IN_BRACKETS.exec(this.text)?.[0] ?? '';
  }

  /** Spaces and line ends in brackets; each line is indented further than what holds the brackets. */
  protected skipBlanks(column: number): void {
    this.skipSpaces();
    while (this.text.charCodeAt(this.position) === NEWLINE) {
      const line = ++this.position;
      this.skipSpaces();
      const isBlank = this.text.charCodeAt(this.position) === NEWLINE;
      if (!isBlank && this.position - line <= column) throw GIVE_UP;
    }
  }
}
