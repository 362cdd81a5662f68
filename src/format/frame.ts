import { styleText } from 'node:util';
import type { Frame } from '../contracts/result.js';
import { printable } from './text.js';

export interface FrameOptions {
  readonly color: boolean;
  /** Printed behind the caret. */
  readonly message?: string;
}

/** Columns of source text that a frame shows at most. */
const WIDTH = 100;
const TAB = '  ';

/**
 * The lines of a frame with their numbers, `>` at those in the range and `^^^` under its beginning:
 *
 * ```
 *   7 |     expect:
 * > 8 |       depth: 1
 *     |              ^
 * ```
 */
export function renderFrame(frame: Frame, { color, message }: FrameOptions): string {
  const paint = (style: 'gray' | 'red', text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const [from, to] = caretRange(frame);
  const start = firstColumn(from, to);
  // An exclusive end in column 1 doesn't touch its line.
  const lastMarked = Math.max(frame.line, frame.endColumn === 1 ? frame.endLine - 1 : frame.endLine);
  const gutter = String(frame.startLine + frame.lines.length - 1).length;

  const rendered: string[] = [];
  for (const [index, line] of frame.lines.entries()) {
    const number = frame.startLine + index;
    const marked = number >= frame.line && number <= lastMarked;
    const head = `${paint('gray', `${String(number).padStart(gutter)} |`)} ${windowOf(visible(line), start)}`;
    rendered.push(`${marked ? paint('red', '>') : ' '} ${head}`.trimEnd());
    if (number === frame.line) {
      const shift = from - start + (start > 0 ? 1 : 0);
      const caret = '^'.repeat(Math.min(Math.max(1, to - from), WIDTH));
      const pointer = `${' '.repeat(shift)}${paint('red', message ? `${caret} ${message}` : caret)}`;
      rendered.push(`  ${paint('gray', `${' '.repeat(gutter)} |`)} ${pointer}`);
    }
  }
  return rendered.join('\n');
}

/** Columns of the terminal, from 0, that the caret's line covers; to the line's end when the range goes on below. */
function caretRange(frame: Frame): [from: number, to: number] {
  const line = frame.lines[frame.line - frame.startLine] ?? '';
  const end = frame.endLine === frame.line ? frame.endColumn - 1 : line.trimEnd().length;
  return [columns(visible(line.slice(0, frame.column - 1))), columns(visible(line.slice(0, end)))];
}

/** Where the shown part of each line begins, so that the caret is in it; 0 when all of it fits. */
const firstColumn = (from: number, to: number): number => (Math.max(from, to) < WIDTH ? 0 : Math.max(0, from - 40));

function windowOf(line: string, start: number): string {
  if (start === 0 && columns(line) <= WIDTH) return line;
  let shown = '';
  let column = 0;
  for (const character of line) {
    if (column >= start + WIDTH) return `${start > 0 ? '…' : ''}${shown}…`;
    // A wide character cut in half leaves a space, so that the caret stays in its column.
    if (column >= start) shown += character;
    else if (column + columns(character) > start) shown += ' ';
    column += columns(character);
  }
  return shown === '' ? '' : `${start > 0 ? '…' : ''}${shown}`;
}

const visible = (text: string): string => printable(text.replaceAll('\t', TAB));

const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}/u;

function columns(text: string): number {
  let count = 0;
  for (const character of text) count += WIDE.test(character) ? 2 : 1;
  return count;
}
