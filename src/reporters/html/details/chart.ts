import type { TimelineMark, TimelineSeries } from '../../../contracts/timeline.js';
import { formatDuration } from '../../../format/quantity.js';
import { html, type Markup, scriptJson } from '../markup.js';
import { at, niceTicks, shortNumber, shortTime, timeTicks } from './scale.js';

/** Units of the drawings; the page scales them to its width. */
export const WIDTH = 1000;
export const LEFT = 52;
export const RIGHT = 12;
const HEIGHT = 128;
const TOP = 8;
const AXIS = 20;

/** All panels of a case share one axis of time. */
export interface TimeAxis {
  readonly bucketMs: number;
  readonly buckets: number;
}

export const positionOf = (ms: number, { bucketMs, buckets }: TimeAxis): number =>
  LEFT + ((WIDTH - LEFT - RIGHT) * Math.max(0, Math.min(ms, bucketMs * buckets))) / (bucketMs * buckets);

export interface Panel {
  readonly title: string;
  readonly unit: TimelineSeries['unit'];
  /** Its unit, where the axis does not say it. */
  readonly note: string;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly name: string;
  /** Its colour and dashes. */
  readonly style: string;
  readonly values: readonly (number | null)[];
}

/** Lines over time, with a legend that also says the values at the cursor. */
export function renderPanel(panel: Panel, axis: TimeAxis, marks: readonly TimelineMark[]): Markup {
  const { title, unit, lines, note } = panel;
  const max = Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const ticks = niceTicks(max);
  const top = ticks.at(-1) ?? 1;
  const y = (value: number) => TOP + HEIGHT - (HEIGHT * value) / top;
  const legend = lines.map(
    (line) =>
      html`<li class="${line.style}"><svg viewBox="0 0 18 6" aria-hidden="true"><path d="M0 3H18"/></svg>${line.name} <output class="at-cursor">${summaryOf(line, unit)}</output></li>`,
  );
  return html`<div class="panel" data-unit="${unit}" data-lines="${scriptJson(lines.map(({ values }) => values.map(rounded)))}">
<div class="panel-head"><h5>${title}${note !== '' && html` <span class="note">${note}</span>`}</h5><ul class="legend">${legend}</ul></div>
<svg viewBox="0 0 ${WIDTH} ${TOP + HEIGHT + AXIS}" role="img" aria-label="${describe(panel)}">
${marks.map((mark) => drawMark(mark, axis, TOP, TOP + HEIGHT))}
${ticks.map((tick) => html`<path class="grid" d="M${LEFT} ${at(y(tick))}H${WIDTH - RIGHT}"/><text class="y" x="${LEFT - 6}" y="${at(y(tick) + 3.5)}">${axisLabel(tick, unit)}</text>`)}
${timeLabels(axis, TOP + HEIGHT + 14)}
${lines.map(({ style, values }) => drawLine(style, values, axis, y))}
<path class="cursor" d="M0 ${TOP}V${TOP + HEIGHT}"/>
</svg></div>`;
}

const timeLabels = (axis: TimeAxis, y: number): readonly Markup[] =>
  timeTicks(axis.bucketMs * axis.buckets).map(
    (ms) => html`<text class="x" x="${at(positionOf(ms, axis))}" y="${y}">${formatDuration(ms)}</text>`,
  );

/** A line through the middles of the buckets, broken where there is no value. */
function drawLine(style: string, values: Line['values'], axis: TimeAxis, y: (value: number) => number): Markup {
  const width = positionOf(axis.bucketMs, axis) - LEFT;
  let path = '';
  let pen = 'M';
  let dots = '';
  for (const [index, value] of values.entries()) {
    if (value === null) {
      pen = 'M';
      continue;
    }
    const point = `${at(LEFT + (index + 0.5) * width)} ${at(y(value))}`;
    path += `${pen}${point}`;
    // A single value between gaps would be a line without length.
    if (pen === 'M' && (values[index + 1] ?? null) === null) dots += `M${point}h0`;
    pen = 'L';
  }
  return html`<path class="series ${style}" d="${path}"/>${dots !== '' && html`<path class="series dot ${style}" d="${dots}"/>`}`;
}

/** A band for what went on for a while, a line for a moment. */
export function drawMark({ kind, atMs, untilMs }: TimelineMark, axis: TimeAxis, top: number, bottom: number): Markup {
  const from = positionOf(atMs, axis);
  if (untilMs === undefined) return html`<path class="mark k-${kind}" d="M${at(from)} ${top}V${bottom}"/>`;
  const width = Math.max(2, positionOf(untilMs, axis) - from);
  return html`<rect class="mark k-${kind}" x="${at(from)}" y="${top}" width="${at(width)}" height="${bottom - top}"/>`;
}

const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(4)));

export function formatMeasure(value: number, unit: Panel['unit']): string {
  if (unit === 'ms') return shortTime(value);
  return unit === 'perSecond' ? `${shortNumber(value)}/s` : shortNumber(value);
}

const axisLabel = (value: number, unit: Panel['unit']): string =>
  unit === 'ms' ? shortTime(value) : shortNumber(value);

/** What the legend says while no cursor is there. */
function summaryOf({ values }: Line, unit: Panel['unit']): string {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? 'none' : `max ${formatMeasure(Math.max(...known), unit)}`;
}

const describe = ({ title, lines, unit }: Panel): string =>
  `${title} over time: ${lines.map((line) => `${line.name}, ${summaryOf(line, unit)}`).join('; ')}`;
