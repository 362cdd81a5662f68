import { formatDuration } from '../../../format/quantity.js';
import { formatMeasure, type Panel, positionOf, WIDTH } from '../details/chart.js';
import { all, around, one } from './dom.js';

/** A cursor through all panels of a case, moved by the mouse or the arrow keys; the legends say the values there. */
export function startCharts(): void {
  document.addEventListener('pointermove', (event) => {
    const charts = around(event, '.charts');
    const drawing = around<SVGElement>(event, '.panel svg');
    if (!charts || !drawing) return;
    const { left, width } = drawing.getBoundingClientRect();
    const axis = axisOf(charts);
    const begin = positionOf(0, axis);
    const share =
      (((event.clientX - left) / width) * WIDTH - begin) / (positionOf(axis.buckets * axis.bucketMs, axis) - begin);
    moveTo(charts, Math.floor(share * axis.buckets));
  });
  document.addEventListener('pointerout', (event) => {
    const charts = around(event, '.charts');
    if (charts && !(event.relatedTarget instanceof Node && charts.contains(event.relatedTarget))) leave(charts);
  });
  document.addEventListener('focusout', (event) => {
    const charts = around(event, '.charts');
    if (charts) leave(charts);
  });
  document.addEventListener('keydown', (event) => {
    if (!(event.target instanceof HTMLElement) || !event.target.matches('.charts')) return;
    const charts = event.target;
    const { buckets } = axisOf(charts);
    const at = charts.dataset.at === undefined ? undefined : Number(charts.dataset.at);
    const far = event.shiftKey ? 10 : 1;
    if (event.key === 'Escape') leave(charts);
    else if (event.key === 'ArrowRight') moveTo(charts, at === undefined ? 0 : at + far);
    else if (event.key === 'ArrowLeft') moveTo(charts, at === undefined ? buckets - 1 : at - far);
    else return;
    event.preventDefault();
  });
}

const axisOf = ({ dataset }: HTMLElement) => ({ bucketMs: Number(dataset.bucket), buckets: Number(dataset.buckets) });

function moveTo(charts: HTMLElement, wanted: number): void {
  const axis = axisOf(charts);
  const bucket = Math.max(0, Math.min(wanted, axis.buckets - 1));
  charts.dataset.at = String(bucket);
  const x = positionOf((bucket + 0.5) * axis.bucketMs, axis);
  for (const cursor of charts.querySelectorAll('.cursor')) cursor.setAttribute('transform', `translate(${x} 0)`);
  one('.cursor-time', charts)!.textContent = `at ${formatDuration(bucket * axis.bucketMs)}`;
  for (const panel of all('.panel', charts)) {
    // The reporter wrote them.
    const lines = JSON.parse(panel.dataset.lines ?? '[]') as (number | null)[][];
    const unit = panel.dataset.unit as Panel['unit'];
    for (const [index, output] of all('.at-cursor', panel).entries()) {
      const value = lines[index]?.[bucket] ?? null;
      output.dataset.whole ??= output.textContent ?? '';
      output.textContent = value === null ? 'none' : formatMeasure(value, unit);
    }
  }
}

function leave(charts: HTMLElement): void {
  delete charts.dataset.at;
  one('.cursor-time', charts)!.textContent = '';
  for (const output of all('.at-cursor', charts)) output.textContent = output.dataset.whole ?? output.textContent;
}
