import type { LatencySummary } from '../../contracts/latency.js';
import { formatCount } from '../../format/text.js';
import type { LoadResult } from '../../steps/load/result.js';
import type { Column } from '../dlq/table.js';
import { median } from './ratio.js';
import { shortened } from './scenario.js';

/** What a line of a table shows: of several rounds the median, the largest maximum, and the sum of what went wrong. */
export interface Line {
  readonly title: string;
  readonly throughput: number | undefined;
  /** Those without an answer, too. */
  readonly errors: number;
  readonly nulls: number;
  readonly latency: Readonly<Record<keyof LatencySummary, number | undefined>>;
  readonly lag: number | undefined;
  readonly cpu: number | undefined;
  readonly inServer: number | undefined;
}

/** One for a load, and one for each command of a mix. */
export function linesOf(title: string, results: readonly LoadResult[]): readonly Line[] {
  const commands = results[0]?.commands ?? [];
  const meanInServer = (command: string) =>
    medianOf(
      results,
      ({ server }) => namesInServer(command).flatMap((name) => server?.commands[name] ?? [])[0]?.meanMs,
    );
  const [only] = commands;
  const whole: Line = {
    ...figuresOf(title, results.map(withNulls)),
    lag: medianOf(results, ({ lag }) => lag?.p99),
    cpu: medianOf(results, ({ server }) => server?.cpu),
    inServer: only && commands.length === 1 ? meanInServer(only.command) : undefined,
  };
  if (commands.length <= 1) return [whole];
  const parts = commands.map(({ command }, index): Line => {
    const rows = results.map((result) => result.commands[index]!); // the same mix in each round
    return {
      ...figuresOf(`  ${shortened(command)}`, rows),
      lag: undefined,
      cpu: undefined,
      inServer: meanInServer(command),
    };
  });
  return [whole, ...parts];
}

type Figures = Pick<LoadResult['commands'][number], 'throughput' | 'errors' | 'nulls' | 'unknown' | 'latency'>;

const withNulls = (result: LoadResult): Figures => ({ ...result, nulls: sum(result.commands, ({ nulls }) => nulls) });

function figuresOf(title: string, figures: readonly Figures[]): Omit<Line, 'lag' | 'cpu' | 'inServer'> {
  const middle = (name: keyof LatencySummary) => medianOf(figures, ({ latency }) => latency?.[name]);
  const maxima = figures.flatMap(({ latency }) => latency?.max ?? []);
  return {
    title,
    throughput: medianOf(figures, ({ throughput }) => throughput),
    errors: sum(figures, ({ errors, unknown }) => errors + unknown),
    nulls: sum(figures, ({ nulls }) => nulls),
    latency: {
      p50: middle('p50'),
      p90: middle('p90'),
      p99: middle('p99'),
      p999: middle('p999'),
      mean: middle('mean'),
      max: maxima.length === 0 ? undefined : Math.max(...maxima),
    },
  };
}

function medianOf<T>(items: readonly T[], value: (item: T) => number | undefined): number | undefined {
  const values = items.flatMap((item) => value(item) ?? []);
  return values.length === 0 ? undefined : median(values);
}

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0);

/** Without the subcommand, if it has one, and with it. */
function namesInServer(command: string): string[] {
  const [name = '', subcommand = ''] = command.toLowerCase().split(/\s+/);
  return [name, `${name}|${subcommand}`];
}

const latencyColumn = (title: string, name: keyof LatencySummary): Column<Line> => ({
  title,
  cell: ({ latency }) => milliseconds(latency[name]),
  right: true,
});

/** Columns that all tables have; those that would be empty are left out. */
export function columnsFor(lines: readonly Line[]): readonly Column<Line>[] {
  const columns: readonly Column<Line>[] = [
    { title: 'throughput', cell: ({ throughput }) => perSecond(throughput), right: true },
    { title: 'errors', cell: ({ errors }) => formatCount(errors), right: true },
    { title: 'nil', cell: ({ nulls }) => (nulls > 0 ? formatCount(nulls) : ''), right: true },
    latencyColumn('p50', 'p50'),
    latencyColumn('p90', 'p90'),
    latencyColumn('p99', 'p99'),
    latencyColumn('p99.9', 'p999'),
    latencyColumn('max', 'max'),
    latencyColumn('mean', 'mean'),
    { title: 'lag p99', cell: ({ lag }) => milliseconds(lag), right: true },
    { title: 'server cpu', cell: ({ cpu }) => (cpu === undefined ? '' : `${Math.round(cpu * 100)}%`), right: true },
    {
      title: 'in server',
      cell: ({ inServer }) => (inServer === undefined ? '' : `${(inServer * 1_000).toFixed(1)}µs`),
      right: true,
    },
  ];
  return columns.filter(({ cell }) => lines.some((line) => cell(line) !== ''));
}

export const perSecond = (value: number | undefined): string =>
  value === undefined ? '' : `${formatCount(Math.round(value))}/s`;

/** Decimals, as long as these say something. */
export const milliseconds = (value: number | undefined): string =>
  value === undefined ? '' : value.toFixed(value < 100 ? 3 : 1);
