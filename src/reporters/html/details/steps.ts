import { VERDICTS, type Verdict } from '../../../contracts/result.js';
import { formatDuration } from '../../../format/quantity.js';
import { formatCount } from '../../../format/text.js';
import { html, type Markup, prose } from '../markup.js';
import type { AttemptDetails, DroppedSteps, PlainStep, SectionDetails, StepDetails, StepEntry } from '../model.js';
import { verdictMark } from '../verdict.js';
import { renderFold } from './fold.js';
import { renderLoad } from './load.js';
import { at } from './scale.js';
import { renderValue } from './value.js';

const SECTIONS: Readonly<Record<SectionDetails['section'], string>> = {
  setup: 'Setup',
  steps: 'Steps',
  catch: 'Catch',
  teardown: 'Teardown',
  always: 'Always',
};

/** The steps with what each took of the case's time. */
export function renderSteps({ sections, durationMs, timeline, file }: AttemptDetails): Markup {
  if (sections.length === 0) return html``;
  const whole = Math.max(durationMs ?? 0, ...sections.flatMap(({ steps }) => steps.map(endOf)));
  const context: Context = {
    open: false,
    whole,
    drawn: timeline?.series.some(({ measure }) => measure === 'operations') ?? false,
    file,
  };
  const lists = sections.map(
    ({ section, steps }) =>
      html`${(sections.length > 1 || section !== 'steps') && html`<h5>${SECTIONS[section]}</h5>`}${renderSection({ section, steps }, context)}`,
  );
  return renderFold({ kind: 'steps', title: 'Steps', open: true }, lists);
}

interface Context {
  /** What a bar over its whole width stands for, in milliseconds. */
  readonly whole: number;
  /** The timeline shows the loads. */
  readonly drawn: boolean;
  readonly file: string;
  readonly open: boolean;
}

const isPlain = (entry: StepEntry): entry is PlainStep => Array.isArray(entry);

export const isStep = (entry: StepEntry): entry is StepDetails => !isPlain(entry) && !('dropped' in entry);

function endOf(entry: StepEntry): number {
  if (isPlain(entry)) return (entry[3] ?? 0) + entry[4];
  return 'dropped' in entry ? 0 : (entry.atMs ?? 0) + (entry.durationMs ?? 0);
}

function detailsOf([title, action, place, atMs, durationMs, judged, result]: PlainStep): StepDetails {
  return { title, action, place, atMs: atMs ?? undefined, durationMs, judged: judged === 1 || undefined, result };
}

/** Steps under `catch` are there for what they find. */
const renderSection = ({ section, steps }: SectionDetails, context: Context): Markup =>
  renderList(steps, { ...context, open: section === 'catch' });

const renderList = (steps: readonly StepEntry[], context: Context): Markup =>
  html`<ol class="steps">${steps.map((entry) => html`<li>${renderEntry(entry, context)}</li>`)}</ol>`;

function renderEntry(entry: StepEntry, context: Context): Markup {
  if (isPlain(entry)) return renderStep(detailsOf(entry), context);
  return 'dropped' in entry ? renderDropped(entry) : renderStep(entry, context);
}

/** `… 4,996 more passed` */
function renderDropped({ dropped }: DroppedSteps): Markup {
  const counts = VERDICTS.filter((verdict) => dropped[verdict]).map(
    (verdict) => `${formatCount(dropped[verdict] ?? 0)} more ${verdict}`,
  );
  return html`<p class="dropped">… ${counts.join(', ')}</p>`;
}

function renderStep(step: StepDetails, context: Context): Markup {
  const { title, action, id, label, place, reason, failure, result, steps, background, judged } = step;
  const verdict: Verdict | 'unfinished' = step.verdict === undefined ? 'passed' : (step.verdict ?? 'unfinished');
  const named = title === action || title.startsWith(`${action} `);
  const notes = [
    ...(label ? [label] : []),
    ...(id === undefined ? [] : [`id ${id}`]),
    ...(background ? ['in the background'] : []),
    ...(step.runs === undefined ? [] : [`${formatCount(step.runs)} runs`]),
  ];
  // What is inside a step that passed is seldom what one looks for.
  const open = context.open || (steps !== undefined && verdict !== 'passed' && verdict !== 'skipped');
  return html`<details class="step"${open && html` open`}><summary>${verdictMark(verdict)} <span class="title">${title}${judged && html` <span class="judged" title="something judged its result">judged</span>`}${notes.map((note) => html` <span class="note">${note}</span>`)}</span>${drawTime(step, context.whole)}<span class="time">${step.durationMs === undefined ? '' : formatDuration(step.durationMs)}</span></summary>
<div class="inside"><p class="place">${/^\d/.test(place) ? `${context.file}:${place}` : place}${!named && html` <span class="code">${action}</span>`}${step.atMs !== undefined && html` <span class="muted">at ${formatDuration(step.atMs)}</span>`}</p>
${reason !== undefined && html`<p class="reason">${prose(reason)}</p>`}
${failure !== undefined && html`<p><a href="#${failure}">What was wrong</a></p>`}
${result !== undefined && (action === 'load' ? renderLoad(result, context.drawn) : renderValue(result))}
${steps && renderList(steps, context)}</div></details>`;
}

/** When it ran within its case. */
function drawTime({ atMs, durationMs }: StepDetails, whole: number): Markup {
  if (atMs === undefined || durationMs === undefined || whole <= 0) return html`<span class="span"></span>`;
  const x = Math.min(98.5, (100 * atMs) / whole);
  const width = Math.min(100 - x, Math.max(1.5, (100 * durationMs) / whole));
  return html`<svg class="span" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6"/><rect x="${at(x)}" width="${at(width)}" height="6"/></svg>`;
}
