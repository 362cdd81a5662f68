import { plural } from '../../../format/text.js';
import { formatKey, isMap } from '../../../format/value.js';
import { formatEventValue } from '../../value.js';
import { html, type Markup } from '../markup.js';
import { renderTable } from './table.js';

const LINE = 90;
const ITEMS_SHOWN = 100;

/** A value as a person reads it: on one line where it is short, a row for each key where it isn't. */
export function renderValue(value: unknown, depth = 0): Markup {
  const short = formatEventValue(value, { maxLength: 2_000 });
  if (short.length <= LINE || depth >= 4) return html`<code class="value">${short}</code>`;
  if (Array.isArray(value)) return renderList(value, depth);
  if (!isMap(value)) return html`<code class="value">${short}</code>`;
  const rows = Object.entries(value).map(
    ([key, item]) => html`<dt>${formatKey(key)}</dt><dd>${renderValue(item, depth + 1)}</dd>`,
  );
  return html`<dl class="pairs">${rows}</dl>`;
}

function renderList(items: readonly unknown[], depth: number): Markup {
  const shown = items.slice(0, ITEMS_SHOWN);
  const more = items.length - shown.length;
  const rest = more > 0 && html`<p class="muted">… ${plural(more, 'more item')}</p>`;
  const maps = shown.filter(isMap);
  const keys = [...new Set(maps.flatMap((map) => Object.keys(map)))];
  if (maps.length === shown.length && keys.length <= 8) {
    const rows = maps.map((map) => keys.map((key) => cell(map[key])));
    return html`${renderTable(keys, rows, { caption: 'Items' })}${rest}`;
  }
  return html`<ol class="items">${shown.map((item) => html`<li>${renderValue(item, depth + 1)}</li>`)}</ol>${rest}`;
}

const cell = (value: unknown): string => (value === undefined ? '' : formatEventValue(value, { maxLength: 120 }));
