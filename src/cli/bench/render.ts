import type { TargetDescription } from '../../contracts/event.js';
import { formatDuration, formatQuantity } from '../../format/quantity.js';
import { formatCount, oneLine, plural } from '../../format/text.js';
import { VERDICT_MARKS } from '../../reporters/paint.js';
import type { LoadResult } from '../../steps/load/result.js';
import { table } from '../dlq/table.js';
import type { Comparison, Measure } from './compare.js';
import { columnsFor, linesOf, milliseconds, perSecond } from './lines.js';
import { type BenchRecord, type BenchRun, countedRuns } from './record.js';
import type { Settings } from './settings.js';
import type { Sweep } from './sweep.js';

/** A bench for people. */
export function renderBench(record: BenchRecord): string {
  const { runs, ended } = record;
  const parts = [
    heading(record),
    ...tables(record),
    notes(record),
    withoutCounterpart(record),
    evictions(record),
    problems(record),
    runs.length === 0 && ended !== null ? `nothing was measured: ${ended}\n` : '',
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function tables({ runs, comparisons, sweeps, targets, ended }: BenchRecord): readonly string[] {
  if (sweeps.length > 0) return sweeps.map((sweep) => renderSweep(sweep, runs, targets[0]!.settings, ended));
  if (targets.length < 2) return [renderLoads(runs)];
  const compared = loadsOf(comparisons);
  // What its other target was not measured with before the end.
  const alone = ended === null ? [] : runs.filter(({ load }) => !compared.includes(load));
  return [...compared.map((load) => renderComparison(load, comparisons)), renderLoads(alone, 'AB')];
}

function heading({ targets, seed }: BenchRecord): string {
  const [a, b] = targets;
  const lines = targets.map((target, index) => `${b ? `${'AB'[index]}  ` : ''}${describe(target)}`);
  const told = [...new Set(targets.map(({ settings }) => settingsText(settings)))];
  // Saved benches may have been loaded otherwise.
  const settings = told.length > 1 ? told.map((text, index) => `${'AB'[index]}  ${text}`) : told;
  return a ? `${[...lines, ...settings].join('\n')}; seed ${seed}\n` : '';
}

const describe = ({ name, kind, engine, version, topology, address }: TargetDescription & { name: string }): string =>
  `${engine} ${version} ${topology} at ${address} (${name === address ? kind : name})`;

function settingsText(settings: Settings): string {
  const { clients, pipeline, rates, arrival, forMs, count, warmupMs, keys, distribution, size, rounds } = settings;
  const [rate, ...more] = rates;
  return [
    plural(clients, 'client'),
    `pipeline ${pipeline}`,
    ...(rate !== undefined && more.length === 0 ? [`${formatCount(rate)}/s, ${arrival}`] : []),
    `values of ${formatQuantity('size', size)}`,
    `${plural(keys, 'key')}, ${distribution}`,
    count === null
      ? `${formatDuration(forMs ?? 0)} after ${formatDuration(warmupMs)} of warm-up`
      : plural(count, 'operation'),
    ...(rounds > 1 ? [`${rounds} rounds`] : []),
  ].join(', ');
}

const loadsOf = (items: readonly { readonly load: string }[]): string[] => [...new Set(items.map(({ load }) => load))];

/** With the names of the targets, where there are several. */
function renderLoads(runs: readonly BenchRun[], names = ''): string {
  const sides = [...new Set(runs.map(({ target }) => target))];
  const counted = countedRuns(runs);
  const lines = loadsOf(counted).flatMap((load) =>
    sides.flatMap((side) => {
      const own = resultsOf(counted.filter((run) => run.load === load && run.target === side));
      return own.length === 0 ? [] : linesOf(names ? `${load} on ${names[side]}` : load, own);
    }),
  );
  return lines.length === 0 ? '' : table(lines, [{ title: '', cell: ({ title }) => title }, ...columnsFor(lines)]);
}

const resultsOf = (runs: readonly BenchRun[]): LoadResult[] =>
  runs.flatMap(({ result, cutShort }) => (result && cutShort ? withoutInFlight(result) : (result ?? [])));

/** That no reply was waited for is no error; where connections broke, nobody can tell which were lost by that. */
function withoutInFlight(result: LoadResult): LoadResult {
  if (result.disconnects > 0) return result;
  return { ...result, unknown: 0, commands: result.commands.map((row) => ({ ...row, unknown: 0 })) };
}

function renderSweep(sweep: Sweep, runs: readonly BenchRun[], { rates }: Settings, ended: string | null): string {
  const { load, knee } = sweep;
  const lines = runs
    .filter((run) => run.load === load && run.result)
    .map((run) => ({
      ...linesOf(load, resultsOf([run]))[0]!,
      title: perSecond(run.rate ?? 0),
      isKnee: run.rate === knee,
    }));
  const shown = table(lines, [
    { title: `${load} at`, cell: ({ title }) => title, right: true },
    ...columnsFor(lines),
    { title: '', cell: ({ isKnee }) => (isKnee ? '← knee' : '') },
  ]);
  const isWhole = sweep.notHeld !== null || sweep.held === rates.at(-1);
  return `${lines.length > 0 ? shown : ''}${kneeText(sweep, isWhole ? null : ended)}\n`;
}

/** `ended` where rates were left. */
function kneeText({ held, notHeld, knee }: Sweep, ended: string | null): string {
  if (held === null)
    return notHeld === null ? `no rate was held by then: ${ended}` : `not even ${perSecond(notHeld)} was held`;
  const next =
    notHeld === null
      ? ended === null
        ? 'the last rate asked for'
        : `then it ended: ${ended}`
      : `${perSecond(notHeld)} was not`;
  const end = `${perSecond(held)} was held, ${next}`;
  if (knee === null) return `${end}; no knee up to there`;
  return `${end}; knee${ended === null ? '' : ' so far'} at ${perSecond(knee)}: there, rate over p99 is the highest`;
}

const MEASURES: Readonly<Record<Measure, { readonly title: string; readonly show: (value: number) => string }>> = {
  throughput: { title: 'throughput', show: perSecond },
  p50: { title: 'p50', show: milliseconds },
  p99: { title: 'p99', show: milliseconds },
  p999: { title: 'p99.9', show: milliseconds },
};

function renderComparison(load: string, comparisons: readonly Comparison[]): string {
  const rows = comparisons.filter((comparison) => comparison.load === load);
  const cell = (value: number): string => value.toFixed(3);
  return table(rows, [
    { title: load, cell: ({ measure }) => MEASURES[measure].title },
    { title: 'A', cell: ({ measure, a }) => MEASURES[measure].show(a), right: true },
    { title: 'B', cell: ({ measure, b }) => MEASURES[measure].show(b), right: true },
    { title: 'B / A', cell: ({ estimate }) => cell(estimate), right: true },
    { title: '95% interval', cell: ({ interval }) => (interval ? interval.map(cell).join(' to ') : ''), right: true },
    { title: '', cell: finding },
  ]);
}

/** What the interval shows; it never says that there is no difference. */
function finding({ interval, estimate, rounds: [a, b] }: Comparison): string {
  if (!interval) return `too few rounds to tell (${a} and ${b})`;
  const [low, high] = interval;
  if (low <= 1 && high >= 1) return 'no difference shown';
  const share = Math.abs(estimate - 1) * 100;
  return `B is ${share.toFixed(share < 10 ? 1 : 0)}% ${estimate > 1 ? 'higher' : 'lower'}`;
}

function notes({ runs, comparisons }: BenchRecord): string {
  if (runs.every(({ result }) => result === null)) return '';
  const isOpen = runs.some(({ rate }) => rate !== null);
  const from = isOpen
    ? 'from when an operation was due until its reply'
    : 'until the reply; in a closed loop few of them show a pause of the server (see --rate)';
  const compared =
    comparisons.length > 0
      ? 'A and B are medians of the rounds; B / A is the median of their ratios, not the ratio of the medians.\n'
      : '';
  return `${compared}Latencies in milliseconds, ${from}.\n`;
}

/** Saved benches may be of different loads; one that ended early would have come to the other target, too. */
function withoutCounterpart({ runs, targets, ended }: BenchRecord): string {
  if (targets.length < 2 || ended !== null) return '';
  const [a, b] = [0, 1].map((side) => loadsOf(runs.filter(({ target }) => target === side)));
  const only = (side: string, own: readonly string[], others: readonly string[]): string => {
    const names = own.filter((load) => !others.includes(load));
    return names.length > 0 ? `Only in ${side}: ${names.join(', ')}\n` : '';
  };
  return only('A', a!, b!) + only('B', b!, a!);
}

/** A full server makes room while it answers, which is another load than the one that was asked for. */
function evictions({ runs }: BenchRecord): string {
  const lines = loadsOf(runs).flatMap((load) => {
    const evicted = runs.reduce((sum, run) => sum + (run.load === load ? (run.result?.server?.evicted ?? 0) : 0), 0);
    return evicted > 0 ? [`${load}: ${plural(evicted, 'key')} evicted: the server was full\n`] : [];
  });
  return lines.join('');
}

/** What is no pass, once for each load and reason. */
function problems({ runs, targets }: BenchRecord): string {
  const told = runs.flatMap(({ verdict, reason, load, rate, target, round }) => {
    if (verdict === 'passed') return [];
    const where = [
      load,
      ...(rate === null ? [] : [`at ${perSecond(rate)}`]),
      ...(targets.length > 1 ? [`on ${'AB'[target]}`] : []),
      ...(runs.some((run) => run.round > 1) ? [`in round ${round}`] : []),
    ].join(' ');
    return [`${VERDICT_MARKS[verdict]} ${where}: ${reason ?? verdict}`];
  });
  return told.map((line) => `${oneLine(line)}\n`).join('');
}
