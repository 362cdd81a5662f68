import type { Timeline, TimelineSeries } from '../../../contracts/timeline.js';
import { formatDuration } from '../../../format/quantity.js';
import { plural } from '../../../format/text.js';
import { html, type Markup } from '../markup.js';
import { type Panel, renderPanel } from './chart.js';
import { renderDistributions } from './distribution.js';
import { renderFold } from './fold.js';
import { renderMarkLane, renderMarkList } from './marks.js';

/** Queues, channels and loads that are drawn at once; a scenario may have thousands. */
const GROUPS_OPEN = 4;

export const MEASURES: Readonly<Record<TimelineSeries['measure'], string>> = {
  pushed: 'pushed',
  delivered: 'delivered',
  completed: 'completed',
  deadLettered: 'dead-lettered',
  depth: 'depth',
  inFlight: 'in flight',
  lag: 'lag',
  p50: 'p50',
  p99: 'p99',
  operations: 'operations',
  errors: 'errors',
};

const PANELS: readonly (readonly [unit: TimelineSeries['unit'], title: string])[] = [
  ['perSecond', 'Throughput'],
  ['ms', 'Latency'],
  ['messages', 'Depth'],
];

/** Charts over time under one axis, with what happened when. `titles` are those of the steps, by their keys. */
export function renderTimeline(timeline: Timeline, titles: ReadonlyMap<string, string>): Markup {
  const { series, marks, distributions, bucketMs, buckets } = timeline;
  if (series.length === 0 && marks.length === 0 && distributions.length === 0) return html``;
  const names = [...new Set(series.map(({ of }) => of))];
  const drawn = names.map((of, index) => {
    const lines = series.filter((line) => line.of === of);
    const chart = renderGroup(timeline, lines, index === 0);
    if (names.length === 1) return chart;
    const heading = titles.get(of) ?? of;
    return html`<details class="of"${index < GROUPS_OPEN && html` open`}><summary><h5>${heading}</h5></summary>${chart}</details>`;
  });
  const note = [formatDuration(bucketMs * buckets), ...(marks.length > 0 ? [plural(marks.length, 'mark')] : [])].join(
    ', ',
  );
  return renderFold({ kind: 'timeline', title: 'Timeline', note, open: true }, [
    ...drawn,
    renderMarkList(marks, titles),
    renderDistributions(distributions, titles),
  ]);
}

function renderGroup(timeline: Timeline, series: readonly TimelineSeries[], withLabels: boolean): Markup {
  const { marks, bucketMs, buckets } = timeline;
  const around = Math.floor(buckets / 100);
  const panels = PANELS.flatMap(([unit, title]): Panel[] => {
    const lines = series
      .filter((line) => line.unit === unit)
      .map(({ measure, values }) => ({
        name: MEASURES[measure],
        style: `m-${measure}`,
        values: unit === 'perSecond' ? smooth(values, around) : values,
      }));
    const mean = around > 0 ? `, mean of ${formatDuration((2 * around + 1) * bucketMs)}` : '';
    const note = unit === 'perSecond' ? `a second${mean}` : unit === 'messages' ? 'messages' : '';
    return lines.length === 0 ? [] : [{ title, unit, lines, note }];
  });
  // The cursor is moved by the arrow keys too, so that a chart can be read without a mouse.
  return html`<div class="scroll charts" role="group" tabindex="0" aria-label="Charts over time; the arrow keys move the cursor" data-bucket="${timeline.bucketMs}" data-buckets="${timeline.buckets}"><p class="cursor-time muted" aria-live="polite"></p>
${withLabels && renderMarkLane(marks, timeline)}
${panels.map((panel) => renderPanel(panel, timeline, marks))}</div>`;
}

/** In fine buckets a rate is mostly noise: each is the mean of those around it too. */
function smooth(values: TimelineSeries['values'], around: number): TimelineSeries['values'] {
  if (around === 0) return values;
  return values.map((value, index) => {
    if (value === null) return null;
    const near = values.slice(Math.max(0, index - around), index + around + 1).filter((other) => other !== null);
    return near.reduce((sum, other) => sum + other, 0) / near.length;
  });
}
