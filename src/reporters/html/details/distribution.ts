import type { LatencyDistribution } from '../../../contracts/timeline.js';
import { formatCount } from '../../../format/text.js';
import { html, type Markup } from '../markup.js';
import { LEFT, RIGHT, WIDTH } from './chart.js';
import { at, shortTime } from './scale.js';
import { renderTable } from './table.js';

const HEIGHT = 110;
const TOP = 16;
/** Bars of a drawing: buckets of a log-linear histogram are finer than it can show. */
const BARS = 60;
const SHARES = [0.5, 0.9, 0.99, 0.999, 1] as const;
const NAMES = ['p50', 'p90', 'p99', 'p99.9', 'max'] as const;

export function renderDistributions(
  distributions: readonly LatencyDistribution[],
  titles: ReadonlyMap<string, string>,
): Markup {
  const shown = distributions.filter(({ count, buckets }) => count > 0 && buckets.length > 0);
  return html`${shown.map((distribution) => renderDistribution(distribution, titles.get(distribution.of) ?? distribution.of))}`;
}

function renderDistribution(distribution: LatencyDistribution, name: string): Markup {
  const { count } = distribution;
  const percentiles = SHARES.map((share) => percentile(distribution, share));
  const said = NAMES.map((label, index) => `${label} ${shortTime(percentiles[index] ?? 0)}`);
  const title = `Latency of ${name}`;
  return html`<div class="distribution"><h5>${title} <span class="note">${formatCount(count)} measured, on a logarithmic axis</span></h5>
<svg viewBox="0 0 ${WIDTH} ${TOP + HEIGHT + 20}" role="img" aria-label="Distribution: ${said.join(', ')}">${drawBars(distribution, percentiles)}</svg>
${renderTable([...NAMES], [percentiles.map(shortTime)], { caption: title })}</div>`;
}

/** The upper end of the bucket in which that share of all is reached. */
export function percentile({ count, buckets }: LatencyDistribution, share: number): number {
  let seen = 0;
  for (const [upTo, many] of buckets) {
    seen += many;
    if (seen >= share * count) return upTo;
  }
  return buckets.at(-1)?.[0] ?? 0;
}

/** Bars of equal width on a logarithmic axis. */
function drawBars({ buckets }: LatencyDistribution, percentiles: readonly number[]): Markup {
  // Below a microsecond nothing was measured.
  const log = (ms: number) => Math.log10(Math.max(ms, 0.001));
  const from = log(buckets[0]?.[0] ?? 1) - 0.05;
  const to = Math.max(log(buckets.at(-1)?.[0] ?? 1), from + 0.3) + 0.05;
  const x = (ms: number) => LEFT + ((WIDTH - LEFT - RIGHT) * (log(ms) - from)) / (to - from);
  const bars = new Array<number>(BARS).fill(0);
  for (const [upTo, many] of buckets) {
    const index = Math.min(BARS - 1, Math.floor(((log(upTo) - from) / (to - from)) * BARS));
    bars[index] = (bars[index] ?? 0) + many;
  }
  const most = Math.max(...bars);
  const width = (WIDTH - LEFT - RIGHT) / BARS;
  const base = TOP + HEIGHT;
  const drawn = bars.map((many, index) => {
    // One of a million is still to be seen.
    const height = many === 0 ? 0 : Math.max(2, (HEIGHT * many) / most);
    return (
      many > 0 &&
      html`<rect class="bar" x="${at(LEFT + index * width)}" y="${at(base - height)}" width="${at(width - 1)}" height="${at(height)}"/>`
    );
  });
  return html`<path class="grid" d="M${LEFT} ${base}H${WIDTH - RIGHT}"/>${drawn}${decades(from, to).map(
    (ms) => html`<text class="x" x="${at(x(ms))}" y="${base + 14}">${shortTime(ms)}</text>`,
  )}${drawPercentiles(percentiles.slice(0, 3), x)}`;
}

function drawPercentiles(percentiles: readonly number[], x: (ms: number) => number): readonly Markup[] {
  let last = Number.NEGATIVE_INFINITY;
  return percentiles.map((ms, index) => {
    const position = x(ms);
    const apart = position - last > 36;
    if (apart) last = position;
    return html`<path class="percentile" d="M${at(position)} ${TOP}V${TOP + HEIGHT}"/>${apart && html`<text class="x" x="${at(position)}" y="11">${NAMES[index]}</text>`}`;
  });
}

/** 0.1, 0.2, 0.5, 1 … within the axis; only whole powers where it is long. */
function decades(from: number, to: number): readonly number[] {
  const factors = to - from > 3 ? [1] : [1, 2, 5];
  const found: number[] = [];
  for (let power = Math.floor(from); power <= to; power++) {
    for (const factor of factors) {
      const ms = Number((factor * 10 ** power).toPrecision(3));
      if (Math.log10(ms) >= from && Math.log10(ms) <= to) found.push(ms);
    }
  }
  return found;
}
