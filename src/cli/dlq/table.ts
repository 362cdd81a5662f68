import { formatCount, oneLine } from '../../format/text.js';
import { cutText } from '../../format/value.js';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** For numbers. */
  readonly right?: true;
  /** What is longer is cut off. */
  readonly width?: number;
}

/** Rows under titles; no line ends in blanks. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map((column) => cellOf(column, row)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]!.length)));
  const lines = cells.map((line) =>
    line
      .map((cell, index) => (columns[index]!.right ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function cellOf<Row>({ cell, width = 60 }: Column<Row>, row: Row): string {
  const text = oneLine(cell(row));
  return text.length > width ? `${cutText(text, width - 1)}…` : text;
}

const BAR_WIDTH = 24;

/** A name, a count and a bar on each line, in the order given. */
export function bars(counts: readonly (readonly [name: string, count: number])[]): string {
  const most = Math.max(1, ...counts.map(([, count]) => count));
  const columns: readonly Column<readonly [string, number]>[] = [
    { title: '', cell: ([name]) => name },
    { title: '', cell: ([, count]) => formatCount(count), right: true },
    {
      title: '',
      cell: ([, count]) => '█'.repeat(count === 0 ? 0 : Math.max(1, Math.round((count / most) * BAR_WIDTH))),
    },
  ];
  return table(counts, columns)
    .split('\n')
    .slice(1)
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}

const AGES: ReadonlyArray<readonly [unitMs: number, unit: string, smallerMs: number, smaller: string]> = [
  [86_400_000, 'd', 3_600_000, 'h'],
  [3_600_000, 'h', 60_000, 'm'],
  [60_000, 'm', 1_000, 's'],
];

/** How long ago in two units at most: `3d4h`, `12m5s`, `8s`; `?` where nothing tells it. */
export function formatAge(time: number | null, now: number): string {
  if (time === null) return '?';
  const age = Math.max(0, now - time);
  for (const [unitMs, unit, smallerMs, smaller] of AGES) {
    if (age < unitMs) continue;
    const rest = Math.floor((age % unitMs) / smallerMs);
    return `${Math.floor(age / unitMs)}${unit}${rest === 0 ? '' : `${rest}${smaller}`}`;
  }
  return `${Math.floor(age / 1_000)}s`;
}
