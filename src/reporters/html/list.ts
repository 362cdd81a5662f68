import type { CaseReference, RunStarted, TargetOption } from '../../contracts/event.js';
import { isGreen } from '../../contracts/result.js';
import { formatDuration } from '../../format/quantity.js';
import { formatCount } from '../../format/text.js';
import { causeOf } from '../collect.js';
import { formatLocation } from '../failure.js';
import { formatEventValue } from '../value.js';
import type { Attempt, ListedCase } from './collect.js';
import { renderFacts } from './details/facts.js';
import { failuresOf, renderFailures } from './failure.js';
import { type Content, html, type Markup, prose } from './markup.js';
import { type CaseFacts, OUTCOMES, type Outcome } from './model.js';
import { verdictMark } from './verdict.js';

/** Cases that did not pass and are open when the page is. */
const OPEN = 3;

const HEADINGS: Readonly<Record<Outcome, string>> = {
  failed: 'Failed',
  errored: 'Errored',
  unknown: 'Unknown',
  unfinished: 'Not finished',
  flaky: 'Flaky',
  passed: 'Passed',
  skipped: 'Skipped',
};

/** Cases that are in the page with all that failed, to be read without a script; what later ones hold comes with their details. */
export const BODIES_IN_PAGE = 300;

/** All cases, readable without a script: a section for each verdict, in it the files. */
export function* renderList(cases: readonly ListedCase[], run: RunStarted | undefined): Generator<Markup> {
  let index = 0;
  for (const outcome of OUTCOMES) {
    const group = cases.filter((listed) => listed.outcome === outcome);
    if (group.length === 0) continue;
    yield html`<section class="verdict" data-verdict="${outcome}" aria-labelledby="cases-${outcome}"><h2 id="cases-${outcome}">${HEADINGS[outcome]} <span class="note">${formatCount(group.length)}</span></h2>`;
    let file: string | undefined;
    for (const listed of group) {
      const place = listed.named.location;
      if (place.file !== file) {
        if (file !== undefined) yield html`</div>`;
        yield html`<div class="file"><h3>${place.file}</h3>`;
        file = place.file;
      }
      yield renderCase(listed, index++, run, cases.length === 1);
    }
    yield html`</div></section>`;
  }
}

function renderCase(listed: ListedCase, index: number, run: RunStarted | undefined, alone: boolean): Markup {
  const { id, outcome, named, finished } = listed;
  const { tags } = named;
  const { name, target } = named.case;
  const open = alone || (!isGreenOutcome(outcome) && index < OPEN);
  const cause = finished && outcome !== 'passed' ? firstLine(causeOf(finished)) : undefined;
  return html`<details class="case" id="${id}" data-tags="${tags.join('\n')}" data-target="${target ?? ''}"${open && html` open`}>
<summary>${verdictMark(outcome)}<span class="title"><span class="name">${name}</span>${target !== undefined && html` <span class="target">${target}</span>`}${tags.map((tag) => html` <span class="tag">${tag}</span>`)}${cause !== undefined && html`<span class="cause">${prose(cause)}</span>`}</span><span class="time">${finished ? formatDuration(finished.durationMs) : ''}</span></summary>
<div class="body">${index < BODIES_IN_PAGE ? renderBody(listed, run) : renderBrief(listed)}</div>
</details>
`;
}

const isGreenOutcome = (outcome: Outcome): boolean => outcome !== 'unfinished' && isGreen(outcome);

/** What there is to read of a case before its details. */
const renderBody = (listed: ListedCase, run: RunStarted | undefined): Markup =>
  html`${renderFacts(factsOf(listed, run))}${renderAttempts(listed)}`;

export const renderAttempts = (listed: ListedCase): Markup =>
  html`${listed.attempts.map((attempt, index) => renderAttempt(listed, attempt, index))}`;

const renderBrief = ({ named, finished, outcome }: ListedCase): Markup =>
  html`<p class="place">${formatLocation(named.location)}</p>${finished && outcome !== 'passed' && html`<p class="reason">${prose(causeOf(finished))}</p>`}`;

/** What failed, and room for all else. */
function renderAttempt(listed: ListedCase, attempt: Attempt, index: number): Markup {
  const outcome = attempt.ended?.verdict ?? 'unfinished';
  const heading =
    listed.attempts.length > 1 &&
    html`<h4 class="attempt-name">${verdictMark(outcome)} Attempt ${index + 1}: ${HEADINGS[outcome].toLowerCase()}</h4>`;
  return html`<div class="attempt-body">${heading}${renderStory(listed, attempt, index)}<div class="more"></div></div>`;
}

function renderStory(listed: ListedCase, attempt: Attempt, index: number): Content {
  const { ended } = attempt;
  if (!ended) return html`<p class="reason">The run ended before this case did.</p>`;
  const failures = failuresOf(listed, attempt, index);
  if (failures.length > 0) return renderFailures(failures);
  return ended.verdict !== 'passed' && html`<p class="reason">${prose(causeOf(ended))}</p>`;
}

export function factsOf({ named, started, finished, attempts }: ListedCase, run: RunStarted | undefined): CaseFacts {
  const { name, file } = named.case;
  const server = serverOf(named.case, run);
  const matrix = Object.entries(started?.matrix ?? {});
  const namespaces = attempts.flatMap((attempt) => attempt.started?.namespace || []);
  return {
    name,
    file,
    place: formatLocation(named.location),
    ...(server && { server }),
    ...(run && { seed: run.seed }),
    ...(finished && { judgements: finished.judgements }),
    ...(matrix.length > 0 && { matrix: matrix.map(([axis, value]) => [axis, formatEventValue(value)] as const) }),
    ...(namespaces.length > 0 && { namespaces }),
  };
}

/** Streams of earlier versions do not tell, but a target of several has a name. */
function serverOf({ target }: CaseReference, run: RunStarted | undefined): TargetOption | undefined {
  if (target === undefined) return run?.chosen?.[0];
  return run?.chosen?.[run.targets?.findIndex(({ name }) => name === target) ?? -1] ?? { target };
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
