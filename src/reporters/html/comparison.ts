import { formatCount, plural } from '../../format/text.js';
import type { ComparedCase, ComparedTarget, Comparison } from '../comparison.js';
import { formatLocation } from '../failure.js';
import { renderTable } from './details/table.js';
import { type Content, html, type Markup } from './markup.js';
import { verdictMark } from './verdict.js';

const ROWS = 500;

/** Case × target: where targets differ first, all the others folded. */
export function renderComparison({ targets, cases }: Comparison): Markup {
  const differing = cases.filter(({ differs }) => differs);
  const others = cases.filter(({ differs }) => !differs);
  const lost = targets.filter(({ failure }) => failure);
  return html`<section class="compared" aria-labelledby="compared"><h2 id="compared">Compatibility <span class="note">${
    differing.length === 0
      ? 'no case differs'
      : `${formatCount(differing.length)} of ${plural(cases.length, 'case')} differ`
  } between targets</span></h2>
${lost.map(({ name, failure }) => html`<p class="reason">${verdictMark('errored')} <strong>${name}</strong> was not reached: ${failure?.message}</p>`)}
${differing.length > 0 && renderCases('Cases that differ', differing, targets)}
${others.length > 0 && html`<details class="part"><summary><span>${differing.length > 0 ? 'All others' : 'All cases'}</span> <span class="note">${formatCount(others.length)}</span></summary><div class="inside">${renderCases('Cases that are the same on all targets', others, targets)}</div></details>`}
</section>`;
}

function renderCases(caption: string, cases: readonly ComparedCase[], targets: readonly ComparedTarget[]): Markup {
  const head = ['case', ...targets.map(headOf)];
  const rows = cases
    .slice(0, ROWS)
    .map(({ name, location, outcomes }): Content[] => [
      html`${name} <span class="place">${formatLocation(location)}</span>`,
      ...outcomes.map((outcome, index) =>
        targets[index]?.failure
          ? verdictMark('errored')
          : outcome
            ? html`<span class="outcome ${outcome.verdict}">${verdictMark(outcome.verdict)}</span>${outcome.reason !== undefined && html` <span class="cause">${outcome.reason}</span>`}`
            : html`<span class="muted">not run</span>`,
      ),
    ]);
  const more = cases.length - rows.length;
  return html`${renderTable(head, rows, { caption })}${more > 0 && html`<p class="muted">… ${plural(more, 'more case')}</p>`}`;
}

/** `valkey-8 (valkey 8.1.1 cluster)` */
function headOf({ name, engine, version, topology }: ComparedTarget): string {
  const server = [engine, version, topology].filter((part) => part !== undefined).join(' ');
  return server === '' ? name : `${name} (${server})`;
}
