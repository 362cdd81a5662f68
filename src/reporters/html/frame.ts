import type { Frame, Location } from '../../contracts/result.js';
import { html, type Markup } from './markup.js';

const TAB = '  ';

/** The lines of a file with their numbers; what `place` names is marked. */
export function renderFrame(frame: Frame, place: Location): Markup {
  // An exclusive end in column 1 doesn't touch its line.
  const last = Math.max(place.line, place.endColumn === 1 ? place.endLine - 1 : place.endLine);
  const lines = frame.lines.map((line, index) => {
    const number = frame.startLine + index;
    const marked = number >= place.line && number <= last;
    const text = marked ? markPart(line, number, place) : line.replaceAll('\t', TAB);
    // The sign says to a reader without colours which line it is.
    return html`<span class="line${marked ? ' marked' : ''}"><span class="sign">${marked ? '>' : ' '}</span><span class="number">${number}</span><span class="source">${text}</span></span>`;
  });
  return html`<pre class="frame" tabindex="0" aria-label="Lines ${frame.startLine} to ${frame.startLine + frame.lines.length - 1} of ${frame.file}"><code>${lines}</code></pre>`;
}

function markPart(line: string, number: number, { line: first, column, endLine, endColumn }: Location): Markup {
  const from = number === first ? column - 1 : line.length - line.trimStart().length;
  const to = number === endLine ? Math.max(endColumn - 1, from + 1) : line.trimEnd().length;
  const cut = (start: number, end?: number): string => line.slice(start, end).replaceAll('\t', TAB);
  return html`${cut(0, from)}<mark>${cut(from, to)}</mark>${cut(to)}`;
}
