import { formatDuration } from '../../format/quantity.js';
import { formatEventValue } from '../value.js';
import type { ListedCase } from './collect.js';
import { renderTable } from './details/table.js';
import { type Content, html, type Markup } from './markup.js';
import { verdictMark } from './verdict.js';

/** A matrix beyond this is read in the list. */
const CELLS = 400;
/** Where there are several, the target is one axis more. */
const TARGET = 'target';

/**
 * A table for each scenario that ran with several values of its matrix: the last axis across, all others down.
 */
export function renderMatrices(cases: readonly ListedCase[]): Markup {
  const scenarios = new Map<string, ListedCase[]>();
  for (const listed of cases) {
    const { started } = listed;
    if (!started || Object.keys(started.matrix).length === 0) continue;
    const key = `${started.case.file}:${started.location.line}`;
    scenarios.set(key, [...(scenarios.get(key) ?? []), listed]);
  }
  const tables = [...scenarios.values()].filter((group) => group.length > 1 && group.length <= CELLS).map(renderMatrix);
  if (tables.length === 0) return html``;
  return html`<section class="matrix" aria-labelledby="matrix"><h2 id="matrix">Matrix</h2>${tables}</section>`;
}

function renderMatrix(cases: readonly ListedCase[]): Markup {
  const [first] = cases;
  const { case: reference, matrix } = first!.started!; // the group holds started cases alone, and one at least
  const axes = [...Object.keys(matrix), ...(reference.target === undefined ? [] : [TARGET])];
  const across = axes.at(-1) ?? '';
  const down = axes.slice(0, -1);
  const readAxis = (listed: ListedCase, axis: string) =>
    textOf(axis === TARGET ? listed.started?.case.target : listed.started?.matrix[axis]);
  const columns = sorted(cases.map((listed) => readAxis(listed, across)));
  const keyOf = (listed: ListedCase) => down.map((axis) => readAxis(listed, axis)).join(', ');
  const rows = sorted(cases.map(keyOf)).map((key): Content[] => [
    key,
    ...columns.map((value) =>
      cases.filter((listed) => keyOf(listed) === key && readAxis(listed, across) === value).map(renderCell),
    ),
  ]);
  const caption = reference.name.replace(/ \[[^[\]]*\]$/, '');
  const head = [down.join(', '), ...columns.map((value) => (across === TARGET ? value : `${across}=${value}`))];
  return html`<h3>${caption}</h3>${renderTable(head, rows, { caption })}`;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : formatEventValue(value));

const sorted = (values: readonly string[]): readonly string[] =>
  [...new Set(values)].sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0));

const renderCell = ({ id, outcome, finished }: ListedCase): Markup =>
  html`<a class="cell ${outcome}" href="#${id}">${verdictMark(outcome)} ${finished ? formatDuration(finished.durationMs) : ''}</a> `;
