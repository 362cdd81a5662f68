import type { TimelineMark } from '../../../contracts/timeline.js';
import { formatDuration } from '../../../format/quantity.js';
import { formatCount, plural } from '../../../format/text.js';
import { html, type Markup } from '../markup.js';
import { positionOf, type TimeAxis, WIDTH } from './chart.js';
import { at } from './scale.js';

const ROW = 22;
const ROWS = 5;
/** From the lowest label to the panels. */
const STEM = 4;
const PADDING = 8;
const LABELLED = 12;
/** A list longer than this is folded. */
const LIST_OPEN = 12;
/** A character of a label, in units of the drawing. */
const LETTER = 6.6;
const LISTED = 100;

/** Names of the marks above the panels, in as many rows as it takes for none to cover another. */
export function renderMarkLane(marks: readonly TimelineMark[], axis: TimeAxis): Markup {
  // Among many, those of single messages (a handler that fails) would hide what matters.
  const single = ({ kind, untilMs }: TimelineMark) => kind === 'fault' && untilMs === undefined;
  const placed = placeLabels(marks.length > LABELLED ? marks.filter((mark) => !single(mark)) : marks, axis);
  if (placed.length === 0) return html``;
  const height = (Math.max(...placed.map(({ row }) => row)) + 1) * ROW + STEM;
  // Behind the labels: one may pass another mark's.
  const stems = placed.map(
    ({ mark, row }) =>
      html`<path class="stem k-${mark.kind}" d="M${at(positionOf(mark.atMs, axis))} ${row * ROW + 8}V${height}"/>`,
  );
  const labels = placed.map(({ mark, x, width, row }) => {
    const y = row * ROW;
    return html`<g class="label k-${mark.kind}"><rect x="${at(x)}" y="${y}" width="${at(width)}" height="${ROW - 4}" rx="4"/><text x="${at(x + PADDING)}" y="${y + 13}">${mark.label}</text></g>`;
  });
  return html`<svg class="lane" viewBox="0 0 ${WIDTH} ${height}" aria-hidden="true">${stems}${labels}</svg>`;
}

/** Those that find no room are in the list alone. */
function placeLabels(marks: readonly TimelineMark[], axis: TimeAxis) {
  const ends: number[] = [];
  return [...marks]
    .sort((a, b) => a.atMs - b.atMs)
    .flatMap((mark) => {
      const width = mark.label.length * LETTER + 2 * PADDING;
      const x = Math.min(positionOf(mark.atMs, axis), WIDTH - width);
      // Below all that are in the way: a stem goes down.
      const row = ends.findLastIndex((end) => end > x) + 1;
      if (row >= ROWS) return [];
      ends[row] = x + width + PADDING;
      return [{ mark, x, width, row }];
    });
}

/** The same as a list: in words, with the step that each comes from. */
export function renderMarkList(marks: readonly TimelineMark[], titles: ReadonlyMap<string, string>): Markup {
  if (marks.length === 0) return html``;
  const rows = marks.slice(0, LISTED).map(({ kind, atMs, untilMs, label, step, count }) => {
    const title = step === undefined ? label : (titles.get(step) ?? step);
    return html`<li class="k-${kind}"><span class="when">${formatDuration(atMs)}${untilMs !== undefined && ` to ${formatDuration(untilMs)}`}</span> <span class="what">${renderLabel(kind, label)}${count !== undefined && count > 1 && !label.includes(String(count)) && ` (${plural(count, 'message')})`}</span>${title !== label && html` <span class="muted">${title}</span>`}</li>`;
  });
  const more = marks.length - LISTED;
  return html`<details class="of"${marks.length <= LIST_OPEN && html` open`}><summary><h5>What happened when</h5> <span class="note">${formatCount(marks.length)}</span></summary><ol class="mark-list">${rows}${more > 0 && html`<li class="muted">… ${formatCount(more)} more</li>`}</ol></details>`;
}

/** `fault server.pause`; that a worker crashed or three messages were lost, the label says itself. */
const renderLabel = (kind: TimelineMark['kind'], label: string): Markup =>
  kind === 'fault' || kind === 'failed'
    ? html`<span class="kind">${kind}</span> ${label}`
    : html`<span class="kind">${label}</span>`;
