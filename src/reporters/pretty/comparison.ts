import { VERDICTS, type Verdict } from '../../contracts/result.js';
import { formatCount, oneLine, plural } from '../../format/text.js';
import { wrapText } from '../../format/wrap.js';
import type { ComparedCase, ComparedTarget, Comparison, Outcome } from '../comparison.js';
import { formatLocation } from '../failure.js';
import { type Paint, type Style, VERDICT_MARKS, VERDICT_STYLES } from '../paint.js';

/** Columns of a line, where the output is no terminal. */
const LINE_WIDTH = 160;
const LONGEST_TARGET = 24;
const LEAST_NAME = 24;
const LISTED = 20;
/** How far the second line of a reason is indented. */
const INDENT = 10;
const GAP = '  ';
const NOT_RUN = '·';

/** Case × target: as many targets beside each other as the line is wide, the others below. */
export function renderComparison(
  comparison: Comparison,
  { paint, columns = LINE_WIDTH }: { readonly paint: Paint; readonly columns: number | undefined },
): string[] {
  const { targets, cases } = comparison;
  const heads = targets.map(headOf);
  const widths = heads.map((lines) => Math.max(...lines.map((line) => line.length)) + GAP.length);
  const longest = Math.max(...cases.map(({ name }) => oneLine(name).length), 0) + 2 * GAP.length;
  // What ends a line needs no gap after it.
  const room = columns + GAP.length;
  const widest = Math.max(LEAST_NAME, room - sum(widths), Math.floor(columns / 2));
  const nameWidth = Math.min(longest, widest);
  const blocks = blocksOf(widths, room - nameWidth);
  return [
    ...blocks.flatMap((block) => ['', ...renderBlock(block, { heads, widths, cases, nameWidth, paint })]),
    '',
    `  ${legend(cases, paint)}`,
    '',
    ...renderDifferences(comparison, { paint, columns }),
  ];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Name, server and topology, one under the other. */
function headOf({ name, engine, version, topology, failure }: ComparedTarget): string[] {
  const facts = failure ? ['not reached'] : [[engine, version].filter(Boolean).join(' '), topology ?? ''];
  return [...wrapText(oneLine(name), LONGEST_TARGET), ...facts.filter((line) => line !== '').map(oneLine)];
}

/** Which targets stand beside each other; one at least. */
function blocksOf(widths: readonly number[], room: number): number[][] {
  const blocks: number[][] = [];
  let left = 0;
  for (const [index, width] of widths.entries()) {
    if (blocks.length === 0 || width > left) {
      blocks.push([]);
      left = room;
    }
    blocks.at(-1)!.push(index); // there is one now
    left -= width;
  }
  return blocks;
}

interface Table {
  readonly heads: readonly (readonly string[])[];
  readonly widths: readonly number[];
  readonly cases: readonly ComparedCase[];
  readonly nameWidth: number;
  readonly paint: Paint;
}

function renderBlock(block: readonly number[], { heads, widths, cases, nameWidth, paint }: Table): string[] {
  const height = Math.max(...block.map((index) => heads[index]!.length));
  const lines: string[] = [];
  for (let row = 0; row < height; row++) {
    const cells = block.map((index) => (heads[index]![row] ?? '').padEnd(widths[index]!)).join('');
    lines.push(paint(row === 0 ? 'bold' : 'gray', `${' '.repeat(nameWidth)}${cells}`.trimEnd()));
  }
  let heading: string | undefined;
  for (const { name, location, outcomes } of cases) {
    if (location.file !== heading) {
      heading = location.file;
      lines.push(paint('bold', oneLine(heading)));
    }
    const [first, ...more] = wrapText(oneLine(name), nameWidth - 2 * GAP.length);
    const cells = block.map((index, at) => {
      const [style, mark] = markOf(outcomes[index]?.verdict);
      return paint(style, mark) + (at < block.length - 1 ? ' '.repeat(widths[index]! - 1) : '');
    });
    lines.push(`${GAP}${(first ?? '').padEnd(nameWidth - GAP.length)}${cells.join('')}`);
    lines.push(...more.map((line) => `${GAP}${GAP}${line}`));
  }
  return lines;
}

const markOf = (verdict: Verdict | undefined): readonly [style: Style, mark: string] =>
  verdict === undefined ? ['gray', NOT_RUN] : [VERDICT_STYLES[verdict], VERDICT_MARKS[verdict]];

/** Of the marks that the table has. */
function legend(cases: readonly ComparedCase[], paint: Paint): string {
  const found = new Set(cases.flatMap(({ outcomes }) => outcomes.map((outcome) => outcome?.verdict)));
  const words = VERDICTS.filter((verdict) => found.has(verdict)).map((verdict) => {
    const [style, mark] = markOf(verdict);
    return `${paint(style, mark)} ${verdict}`;
  });
  if (found.has(undefined)) words.push(`${NOT_RUN} not run`);
  return words.join(GAP);
}

interface Line {
  readonly paint: Paint;
  readonly columns: number;
}

function renderDifferences({ targets, cases }: Comparison, line: Line): string[] {
  const differing = cases.filter(({ differs }) => differs);
  const lost = targets.filter(({ failure }) => failure).map(({ name }) => oneLine(name));
  const beside = lost.length === 0 ? '' : `, leaving out ${lost.join(', ')}`;
  const count =
    differing.length === 0 ? 'No case' : `${formatCount(differing.length)} of ${plural(cases.length, 'case')}`;
  const heading = `${count} ${differing.length > 1 ? 'differ' : 'differs'} between targets${beside}`;
  const more = differing.length - LISTED;
  return [
    `  ${line.paint('bold', heading)}`,
    ...differing.slice(0, LISTED).flatMap((row) => renderDifference(row, targets, line)),
    ...(more > 0 ? [`  … ${formatCount(more)} more`] : []),
  ];
}

/** Where it stands, and which targets say what for what reason. */
function renderDifference(row: ComparedCase, targets: readonly ComparedTarget[], { paint, columns }: Line): string[] {
  const groups = new Map<string, Outcome & { readonly names: string[] }>();
  for (const [index, { name, failure }] of targets.entries()) {
    const outcome = row.outcomes[index];
    if (failure || !outcome) continue;
    const key = JSON.stringify([outcome.verdict, outcome.reason]);
    const group = groups.get(key) ?? { ...outcome, names: [] };
    groups.set(key, group);
    group.names.push(oneLine(name));
  }
  const lines = [...groups.values()].flatMap(({ verdict, reason, names }) => {
    const [said = ''] = reason?.split('\n') ?? [];
    const text = `${names.join(', ')}${said === '' ? '' : `: ${oneLine(said)}`}`;
    const [first = '', ...more] = wrapText(text, Math.max(LEAST_NAME, columns - INDENT));
    const mark = paint(VERDICT_STYLES[verdict], VERDICT_MARKS[verdict]);
    return [`      ${mark} ${first}`, ...more.map((line) => `${' '.repeat(INDENT)}${line}`)];
  });
  return [`    ${oneLine(row.name)}${GAP}${paint('gray', formatLocation(row.location))}`, ...lines];
}
