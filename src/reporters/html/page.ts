import type { RunStarted } from '../../contracts/event.js';
import { script, scriptHash, style, styleHash } from '../../generated/html.js';
import type { HtmlCollector, ListedCase } from './collect.js';
import { renderComparison } from './comparison.js';
import { detailsLine } from './details.js';
import { BODIES_IN_PAGE, factsOf, renderAttempts, renderList } from './list.js';
import { html } from './markup.js';
import { renderMatrices } from './matrix.js';
import { CASES_IN_BLOCK, OUTCOMES, type Outcome } from './model.js';
import { type Run, renderSummary, titleOf } from './summary.js';
import { renderToolbar } from './toolbar.js';

/** The whole document, part by part: of ten thousand cases it is too long for one text. */
export function* renderPage(collector: HtmlCollector): Generator<string> {
  const { started, finished } = collector;
  const cases = collector.list();
  const run: Run = { started, finished, counts: countsOf(cases.map(({ outcome }) => outcome)) };
  const { comparison } = collector;
  yield head(titleOf(run));
  yield html`<a class="skip" href="#cases">Skip to the cases</a>
<div class="page">${renderSummary(run)}
${renderToolbar(cases, run)}
<main id="cases" tabindex="-1">
${cases.length === 0 && html`<p class="reason">No case ran.</p>`}
<p id="nothing" class="reason" hidden>No case is like that.</p>
`.text;
  for (const part of renderList(cases, started)) yield part.text;
  yield html`${renderMatrices(cases)}${comparison && renderComparison(comparison)}</main></div>\n`.text;
  yield* renderDetails(cases, collector.size, started);
  yield `<script>${script}</script>\n</body>\n</html>\n`;
}

/** A line for each case by its number; a block of them for each element. */
function* renderDetails(cases: readonly ListedCase[], size: number, run: RunStarted | undefined): Generator<string> {
  const inPage = new Set(cases.slice(0, BODIES_IN_PAGE));
  const byNumber = new Map(cases.map((listed) => [listed.number, listed]));
  const lineOf = (number: number): string => {
    const listed = byNumber.get(number);
    if (!listed) return '';
    if (inPage.has(listed)) return detailsLine(listed, undefined);
    return detailsLine(listed, { facts: factsOf(listed, run), attempts: renderAttempts(listed).text });
  };
  for (let first = 0; first < size; first += CASES_IN_BLOCK) {
    yield `<script type="application/json" id="details-${first / CASES_IN_BLOCK}">`;
    const count = Math.min(CASES_IN_BLOCK, size - first);
    yield Array.from({ length: count }, (_, index) => lineOf(first + index)).join('\n');
    yield '</script>\n';
  }
}

/** Nothing is loaded, and no script but ours runs, whatever a key or a message holds. */
const POLICY = [
  "default-src 'none'",
  `style-src '${styleHash}'`,
  `script-src '${scriptHash}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const head = (title: string): string => `${
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
`.text
}<style>${style}</style>
</head>
<body>
`;

function countsOf(outcomes: readonly Outcome[]): Record<Outcome, number> {
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>; // of all outcomes
  for (const outcome of outcomes) counts[outcome]++;
  return counts;
}
