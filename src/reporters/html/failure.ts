import type { StepFinished } from '../../contracts/event.js';
import type {
  Failure,
  FailureMismatch,
  Location,
  NearbyEvent,
  NearbyStep,
  Surroundings,
} from '../../contracts/result.js';
import { formatPath } from '../../format/path.js';
import { formatDuration } from '../../format/quantity.js';
import { plural } from '../../format/text.js';
import { formatLocation, PLAIN_CODES, placeOf, sidesOf } from '../failure.js';
import { formatEventValue } from '../value.js';
import type { Attempt, ListedCase } from './collect.js';
import { renderFrame } from './frame.js';
import { type Content, html, type Markup, prose } from './markup.js';

const MISMATCHES_SHOWN = 10;
const VALUE = { maxLength: 400 };

/** Of a step or of the case itself, with the id of the element that tells it. */
export interface ShownFailure {
  readonly id: string;
  readonly step: StepFinished['step'] | undefined;
  readonly failure: Failure;
  readonly place: Location;
}

/** All failures of an attempt; what failed first comes first. */
export function failuresOf(
  { id, named }: Pick<ListedCase, 'id' | 'named'>,
  attempt: Attempt,
  index: number,
): readonly ShownFailure[] {
  const { ended, failedSteps } = attempt;
  const own = ended?.failure && !failedSteps.some(({ step }) => step.key === ended.failure?.step?.key);
  const found = [
    ...(own && ended.failure ? [{ step: ended.failure.step, failure: ended.failure }] : []),
    ...failedSteps.flatMap(({ step, failure }) => (failure ? [{ step, failure }] : [])),
  ];
  return found.map(({ step, failure }, number) => ({
    id: `${id}-failure-${index + 1}-${number + 1}`,
    step,
    failure,
    place: placeOf(failure) ?? step?.location ?? named.location,
  }));
}

export const renderFailures = (failures: readonly ShownFailure[]): Markup => html`${failures.map(renderFailure)}`;

function renderFailure({ id, step, failure, place }: ShownFailure): Markup {
  const mismatches = failure.mismatches ?? [];
  const more = mismatches.length - MISMATCHES_SHOWN;
  const plain = PLAIN_CODES.has(failure.code) || failure.message.includes(failure.code);
  const [message = '', ...rest] = failure.message.split('\n');
  return html`<div class="failure" id="${id}">
${step && html`<p class="of">${step.title}</p>`}
<p class="message">${prose(message)}</p>${rest.length > 0 && html`<ul class="reasons">${rest.map((line) => html`<li>${prose(line.replace(/^- /, ''))}</li>`)}</ul>`}
<p class="place">${formatLocation(place)}${!plain && html` <span class="code">${failure.code}</span>`}</p>
${failure.frame && renderFrame(failure.frame, place)}
${mismatches.slice(0, MISMATCHES_SHOWN).map((mismatch) => renderMismatch(mismatch, place))}
${more > 0 && html`<p>… ${plural(more, 'more place')}</p>`}
${failure.next !== undefined && html`<p class="next"><strong>Next</strong> <span>${prose(failure.next)}</span></p>`}
${failure.soFar !== undefined && html`<dl class="pairs"><dt>so far</dt><dd><code>${formatEventValue(failure.soFar, VALUE)}</code></dd></dl>`}
${failure.surroundings && renderSurroundings(failure.surroundings)}
</div>`;
}

function renderMismatch(mismatch: FailureMismatch, shown: Location): Markup {
  const { location, path, difference } = mismatch;
  const elsewhere = location && (location.file !== shown.file || location.line !== shown.line);
  const { expected, actual } = sidesOf(mismatch);
  return html`<div class="mismatch"><p class="path"><code>${path.length === 0 ? 'the whole result' : formatPath(path)}</code>${elsewhere && html` <span class="place">${formatLocation(location)}</span>`}</p>
<dl class="pairs"><dt>expected</dt><dd class="expected"><code>${expected}</code></dd><dt>actual</dt><dd class="actual"><code>${actual}</code></dd></dl>
${difference !== undefined && renderDifference(difference)}</div>`;
}

function renderDifference(difference: string): Markup {
  const lines = difference.split('\n').map((line) => {
    const kind = line.startsWith('-') ? ' expected' : line.startsWith('+') ? ' actual' : '';
    return html`<span class="line${kind}">${line}</span>`;
  });
  return html`<pre class="difference" tabindex="0" aria-label="Difference"><code>${lines}</code></pre>`;
}

/** When an invariant was found not to hold, and what went on then. */
function renderSurroundings({ atMs, running, alsoRunning, finished, history }: Surroundings): Markup {
  const rows: [label: string, values: readonly Content[]][] = [
    ['when', [`${formatDuration(atMs)} after the case began`]],
    [
      'running',
      [
        ...running.map((step) => html`${named(step)}, for ${formatDuration(step.agoMs)}`),
        ...(alsoRunning === undefined ? [] : [`… ${alsoRunning} more`]),
      ],
    ],
    ['ended', finished.map((step) => html`${named(step)}, ${step.verdict} ${formatDuration(step.agoMs)} before`)],
    ['history', history.map((event) => `${described(event)}, ${formatDuration(event.agoMs)} before`)],
  ];
  const shown = rows.filter(([, values]) => values.length > 0);
  return html`<dl class="pairs surroundings">${shown.map(
    ([label, values]) => html`<dt>${label}</dt>${values.map((value) => html`<dd>${value}</dd>`)}`,
  )}</dl>`;
}

const named = ({ title, location }: NearbyStep): Markup =>
  html`${title} <span class="place">${formatLocation(location)}</span>`;

/** `deliver ok orders p1-17, attempt 2, of work/1` */
function described({ operation, phase, target, message, attempt, step, actor }: NearbyEvent): string {
  const what = [operation, phase, target, message].filter((word) => word !== '').join(' ');
  const who = [...new Set([step, actor])].filter((word) => word !== '').join('/');
  return `${what}${attempt > 0 ? `, attempt ${attempt}` : ''}${who === '' ? '' : `, of ${who}`}`;
}
