import { formatCount } from '../../../format/text.js';
import { isMap } from '../../../format/value.js';
import { html, type Markup } from '../markup.js';
import { type Panel, renderPanel } from './chart.js';
import { shortNumber, shortTime } from './scale.js';
import { renderTable } from './table.js';
import { renderValue } from './value.js';

/**
 * The result of a load: its commands as a table, its seconds as charts unless the timeline has them. A result of another
 * shape is shown as it is.
 */
export function renderLoad(result: unknown, drawn: boolean): Markup {
  if (!isMap(result)) return renderValue(result);
  const { commands, series, ...others } = result;
  const rows = Array.isArray(commands) ? commands.filter(isMap) : [];
  const seconds = Array.isArray(series) ? series.filter(isMap) : [];
  if (rows.length === 0) return renderValue(result);
  return html`${renderCommands(rows)}${!drawn && seconds.length > 1 && renderSeconds(seconds)}${renderValue(others)}`;
}

type Fields = Readonly<Record<string, unknown>>;

function renderCommands(rows: readonly Fields[]): Markup {
  const numbers = ['operations', 'per second', 'errors', 'unknown', 'p50', 'p99', 'max'];
  return renderTable(
    ['command', ...numbers],
    rows.map((row) => [
      html`<code>${String(row.command)}</code>`,
      count(row.operations),
      typeof row.throughput === 'number' ? shortNumber(row.throughput) : '',
      count(row.errors),
      count(row.unknown),
      ...['p50', 'p99', 'max'].map((field) => duration(latency(row, field))),
    ]),
    { caption: 'Commands of the load', numbers },
  );
}

function renderSeconds(seconds: readonly Fields[]): Markup {
  const values = (field: string) => seconds.map((second) => numeric(second[field]));
  const percentiles = (field: string) => seconds.map((second) => latency(second, field));
  const panels: Panel[] = [
    {
      title: 'Throughput',
      unit: 'perSecond',
      note: 'a second',
      lines: [
        { name: 'operations', style: 'm-operations', values: values('operations') },
        { name: 'errors', style: 'm-errors', values: values('errors') },
      ],
    },
    {
      title: 'Latency',
      unit: 'ms',
      note: '',
      lines: [
        { name: 'p50', style: 'm-p50', values: percentiles('p50') },
        { name: 'p99', style: 'm-p99', values: percentiles('p99') },
      ],
    },
  ];
  const axis = { bucketMs: 1_000, buckets: seconds.length };
  return html`<div class="scroll charts" role="group" tabindex="0" aria-label="Charts, second by second; the arrow keys move the cursor" data-bucket="${axis.bucketMs}" data-buckets="${axis.buckets}"><p class="cursor-time muted" aria-live="polite"></p>${panels.map((panel) => renderPanel(panel, axis, []))}</div>`;
}

const numeric = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const latency = (row: Fields, field: string): number | null =>
  isMap(row.latency) ? numeric(row.latency[field]) : null;
const count = (value: unknown): string => (typeof value === 'number' ? formatCount(value) : '');
const duration = (value: number | null): string => (value === null ? '' : shortTime(value));
