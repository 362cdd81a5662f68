import { formatCount } from '../../format/text.js';
import type { ListedCase } from './collect.js';
import { type Content, html, type Markup } from './markup.js';
import { OUTCOMES } from './model.js';
import type { Run } from './summary.js';

/** What narrows the list down. It needs the script, which shows it. */
export function renderToolbar(cases: readonly ListedCase[], { counts }: Run): Markup {
  const tags = [...new Set(cases.flatMap(({ named }) => named.tags))].sort();
  const targets = [...new Set(cases.flatMap(({ named }) => named.case.target ?? []))];
  const verdicts = OUTCOMES.filter((outcome) => counts[outcome] > 0).map(
    (outcome) =>
      html`<button type="button" class="${outcome}" data-verdict="${outcome}" aria-pressed="false">${outcome} <span>${formatCount(counts[outcome])}</span></button>`,
  );
  return html`<form class="toolbar" id="filters" role="search" aria-label="Filter the cases" hidden>
<label class="search"><span class="hidden">Search cases</span><input type="search" id="search" autocomplete="off" spellcheck="false" placeholder="Search names, files and failures"></label>
<div class="verdicts" role="group" aria-label="Verdict">${verdicts}</div>
${tags.length > 0 && choice('tag', 'Tag', 'any tag', tags)}
${targets.length > 0 && choice('target', 'Target', 'any target', targets)}
<output id="shown" class="muted"></output>
</form>`;
}

const choice = (id: string, label: string, any: string, values: readonly string[]): Content =>
  html`<label><span class="hidden">${label}</span><select id="${id}"><option value="">${any}</option>${values.map(
    (value) => html`<option>${value}</option>`,
  )}</select></label>`;
