import { readDoubleQuoted, readPlain, readSingleQuoted } from './plain-scalars.js';

export interface PlainLimits {
  readonly nodes: number;
  readonly depth: number;
  readonly documents: number;
}

export const GIVE_UP = new Error('not plain YAML');
const MAXIMUM_KEY_LENGTH = 1_000;

export const NEWLINE = 10;
export const SPACE = 32;
export const DOUBLE_QUOTE = 34;
export const HASH = 35;
export const SINGLE_QUOTE = 39;
export const COMMA = 44;
export const DASH = 45;
export const COLON = 58;
export const OPEN_BRACKET = 91;
export const CLOSE_BRACKET = 93;
export const OPEN_BRACE = 123;
export const CLOSE_BRACE = 125;

/** A text of YAML, how far it is read, and what has been found. */
export class PlainText {
  protected position = 0;
  /** Of the line that is to be read next; -1 where the document ends. */
  protected indent = 0;
  protected values = 0;
  protected depth = 0;
  protected spans = new Map<object, number[]>();

  constructor(
    protected readonly text: string,
    protected readonly limits: PlainLimits,
  ) {}

  /** Goes to the next line that holds more than a comment. */
  protected nextLine(): void {
    const { text } = this;
    for (;;) {
      let at = this.position;
      while (text.charCodeAt(at) === SPACE) at++;
      const indent = at - this.position;
      const code = text.charCodeAt(at);
      if (code === NEWLINE) this.position = at + 1;
      else if (code === HASH) this.position = this.lineEnd(at) + 1;
      else if (at >= text.length || (indent === 0 && (text.startsWith('---', at) || text.startsWith('...', at)))) {
        this.indent = -1;
        this.position = at;
        return;
      } else {
        this.indent = indent;
        this.position = at;
        return;
      }
    }
  }

  protected lineEnd(from: number): number {
    const end = this.text.indexOf('\n', from);
    return end < 0 ? this.text.length : end;
  }

  protected skipSpaces(): void {
    while (this.text.charCodeAt(this.position) === SPACE) this.position++;
  }

  /** Nothing but a comment is left of the line. */
  protected atLineEnd(): boolean {
    const from = this.position;
    this.skipSpaces();
    const code = this.text.charCodeAt(this.position);
    return code === NEWLINE || this.position >= this.text.length || (code === HASH && this.position > from);
  }

  protected leaveLine(): void {
    this.position = this.lineEnd(this.position) + 1;
    this.nextLine();
  }

  protected endLine(): void {
    if (!this.atLineEnd()) throw GIVE_UP;
    this.leaveLine();
  }

  protected open(container: object): number[] {
    if (++this.depth > this.limits.depth) throw GIVE_UP;
    const spans: number[] = [];
    this.spans.set(container, spans);
    return spans;
  }

  protected count(): void {
    if (++this.values >= this.limits.nodes) throw GIVE_UP;
  }

  protected take(code: number): boolean {
    if (this.text.charCodeAt(this.position) !== code) return false;
    this.position++;
    return true;
  }

  protected key(start: number, end: number): string {
    const { text } = this;
    const written = text.slice(start, end);
    const first = written.charCodeAt(0);
    const isQuoted = first === DOUBLE_QUOTE || first === SINGLE_QUOTE;
    const key = isQuoted ? unquoted(written) : readPlain(written);
    // The library compares keys by their values, and one with an expression was meant otherwise. Numbers would go first.
    const isUsual =
      typeof key === 'string' &&
      key !== '__proto__' &&
      key !== '<<' &&
      !/^\d+$/.test(key) &&
      written.length < MAXIMUM_KEY_LENGTH;
    if (!isUsual || (!isQuoted && (written.endsWith(' ') || written.includes('${{')))) throw GIVE_UP;
    return key;
  }

  protected closingQuote(start: number): number {
    const { text } = this;
    const quote = text.charCodeAt(start);
    for (let at = start + 1; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === NEWLINE) break;
      if (code === 92 && quote === DOUBLE_QUOTE) at++;
      else if (code === quote) {
        if (quote === DOUBLE_QUOTE || text.charCodeAt(at + 1) !== SINGLE_QUOTE) return at;
        at++;
      }
    }
    throw GIVE_UP;
  }

  protected quoted(spans: number[]): string {
    const start = this.position;
    const end = this.closingQuote(start) + 1;
    spans.push(start, end);
    this.position = end;
    return unquoted(this.text.slice(start, end));
  }
}

function unquoted(written: string): string {
  const text = written.startsWith('"') ? readDoubleQuoted(written) : readSingleQuoted(written);
  if (text === undefined) throw GIVE_UP;
  return text;
}
