import { type Content, html, type Markup } from '../markup.js';

interface TableOptions {
  /** What a screen reader calls it. */
  readonly caption: string;
  /** Columns that hold numbers, by their headings. */
  readonly numbers?: readonly string[];
}

/** A table that scrolls by itself where it is too wide. The first column names the row. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly Content[])[],
  { caption, numbers = [] }: TableOptions,
): Markup {
  const kind = (index: number) => (numbers.includes(head[index] ?? '') ? 'number' : 'text');
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${caption}"><table><caption class="hidden">${caption}</caption>
<thead><tr>${head.map((text, index) => (text === '' ? html`<td></td>` : html`<th scope="col" class="${kind(index)}">${text}</th>`))}</tr></thead>
<tbody>${rows.map(
    (cells) =>
      html`<tr>${cells.map((content, index) =>
        index === 0 && content !== ''
          ? html`<th scope="row">${content}</th>`
          : html`<td class="${kind(index)}">${content}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`;
}
