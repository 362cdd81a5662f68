import { html, type Markup } from './markup.js';
import type { Outcome } from './model.js';

/** Shapes, so that no verdict is told by its colour alone. */
const SHAPES: Readonly<Record<Outcome, string>> = {
  failed: 'M4.5 4.5l7 7m0-7l-7 7',
  errored: 'M8 3.5v5.5m0 3v.5',
  unknown: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.8-1.1 1.6m0 2.7v.2',
  unfinished: 'M4.5 8h.1m3.4 0h.1m3.4 0h.1',
  flaky: 'M4 9c1.4-2.4 2.7-2.4 4-1s2.6 1.4 4-1',
  passed: 'M4 8.5l2.8 2.8L12 5.5',
  skipped: 'M4.5 8h7',
};

/** One for each that there is: every case and every step has one. */
const marks = new Map<Outcome, Markup>();

export function verdictMark(outcome: Outcome): Markup {
  const mark = marks.get(outcome) ?? drawMark(outcome);
  marks.set(outcome, mark);
  return mark;
}

const drawMark = (outcome: Outcome): Markup =>
  html`<svg class="mark-icon ${outcome}" viewBox="0 0 16 16" role="img" aria-label="${outcome}"><circle cx="8" cy="8" r="8"/><path d="${SHAPES[outcome]}"/></svg>`;
