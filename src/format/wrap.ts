import { cutText } from './value.js';

/** The text in lines of at most `width` characters, broken at blanks where there are any; nothing else is lost. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width);
    const line = blank > 0 ? rest.slice(0, blank) : cutText(rest, Math.max(2, width));
    lines.push(line.trimEnd());
    rest = rest.slice(line.length).trimStart();
  }
  return [...lines, rest];
}
