import { html, type Markup } from '../markup.js';
import type { AttemptDetails, StepEntry } from '../model.js';
import { renderForensics } from './forensics.js';
import { renderMessages } from './messages.js';
import { isStep, renderSteps } from './steps.js';
import { renderTimeline } from './timeline.js';

/** All of an attempt that is not in the page before its case is opened. */
export function renderDetails(details: AttemptDetails): Markup {
  const { timeline, forensics, sections } = details;
  const titles = new Map(sections.flatMap(({ steps }) => titlesOf(steps)));
  return html`${timeline && renderTimeline(timeline, titles)}${timeline && renderMessages(timeline.messages, titles)}${renderSteps(details)}${forensics && renderForensics(forensics)}`;
}

/** Titles by keys, which plain steps have not. */
const titlesOf = (steps: readonly StepEntry[]): [string, string][] =>
  steps.flatMap((entry) => (isStep(entry) ? [[entry.key ?? '', entry.title], ...titlesOf(entry.steps ?? [])] : []));
