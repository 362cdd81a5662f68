import type {
  CaseFinished,
  NamedTarget,
  RunEvent,
  RunFinished,
  RunStarted,
  TargetDescription,
  TargetStarted,
  VerdictCounts,
} from '../../contracts/event.js';
import { VERDICTS, type Verdict, worstVerdict } from '../../contracts/result.js';
import { exitCodeOf, nothingPassed, runVerdict } from '../../engine/verdict.js';
import { plural } from '../../format/text.js';
import type { SavedShard } from './read.js';

export interface MergedRun {
  readonly events: readonly RunEvent[];
  readonly exitCode: number;
}

/** A signal, a bug: what ended the program itself. */
const FIRST_ABNORMAL_EXIT = 70;

/**
 * The events of all shards as those of one run: case by case, in the order of the files. What a case measured is left as
 * it is, so nothing is averaged: whoever adds up latencies has the histograms of all cases, as in any run.
 */
export function mergeShards(shards: readonly SavedShard[]): MergedRun {
  const started = mergeStarts(shards);
  const finished = mergeEnds(shards);
  const cases = shards.flatMap(casesOf).sort((a, b) => a.place - b.place);
  const names = started.targets?.map(({ name }) => name) ?? [undefined];
  const turns = names.flatMap((name) => [
    ...mergeTurns(shards, name),
    ...cases.filter(({ target }) => target === name).flatMap(({ events }) => events),
  ]);
  return { events: [started, ...turns, finished], exitCode: finished.exitCode };
}

interface SavedCase {
  readonly target: string | undefined;
  place: number;
  readonly events: RunEvent[];
}

function casesOf({ events }: SavedShard): SavedCase[] {
  const cases = new Map<string, SavedCase>();
  for (const event of events) {
    if (!('case' in event)) continue;
    const id = typeof event.case === 'string' ? event.case : event.case.id;
    const target = typeof event.case === 'string' ? undefined : event.case.target;
    const known = cases.get(id) ?? { target, place: 0, events: [] };
    cases.set(id, known);
    if (event.type === 'case.started') {
      const { place = 0, ...rest } = event;
      known.place = place;
      known.events.push(rest);
    } else known.events.push(event);
  }
  return [...cases.values()];
}

function mergeStarts(shards: readonly SavedShard[]): RunStarted {
  const [first] = shards;
  const { shard: _shard, target: _target, targets: _targets, ...common } = first!.started; // one shard there is
  const target = shards.flatMap(({ started }) => started.target ?? []);
  const names = first!.started.targets?.map(({ name }) => name);
  const targets = names?.map((name) => ({ ...mergeTargets(namedTargets(shards, name)), name }));
  return {
    ...common,
    time: Math.min(...shards.map(({ started }) => started.time)),
    ...(target.length > 0 && { target: mergeTargets(target) }),
    ...(targets && { targets }),
    cases: sum(shards.map(({ started }) => started.cases)),
  };
}

const namedTargets = (shards: readonly SavedShard[], name: string): NamedTarget[] =>
  shards.flatMap(({ started }) => started.targets?.filter((target) => target.name === name) ?? []);

/** The server as one of the shards knows it; each may have had one of its own. */
function mergeTargets<T extends TargetDescription>(targets: readonly T[]): T {
  const known = targets.find(({ engine }) => engine !== undefined) ?? targets[0]!; // there is one for each shard
  const looked = targets.filter(({ engine }) => engine !== undefined);
  const addresses = new Set((looked.length > 0 ? looked : targets).map(({ address }) => address)).size;
  return addresses === 1 ? known : { ...known, address: plural(addresses, 'server') };
}

/** That the turn of a target has come; it could not be had where no shard had it. */
function mergeTurns(shards: readonly SavedShard[], name: string | undefined): TargetStarted[] {
  const turns = shards.flatMap(({ events }) =>
    events.flatMap((event) => (event.type === 'target.started' && event.target.name === name ? event : [])),
  );
  const [first] = turns;
  if (!first) return [];
  const had = turns.filter(({ failure }) => !failure);
  const { target: _target, ...rest } = had[0] ?? first;
  const target = mergeTargets((had.length > 0 ? had : turns).map((turn) => turn.target));
  return [{ ...rest, time: Math.min(...turns.map(({ time }) => time)), target }];
}

function mergeEnds(shards: readonly SavedShard[]): RunFinished {
  const turns = turnsOf(shards);
  const verdicts = turns.flatMap((turn) => turn.verdicts);
  // A shard is errored without any case that is when its server was lost to it.
  const errored = shards.filter(({ finished }) => finished.verdict === 'errored').map(() => 'errored' as const);
  const verdict = worstVerdict([runVerdict(turns), ...errored]);
  const abnormal = Math.max(...shards.map(({ finished }) => finished.exitCode));
  const strict = shards.some(({ started }) => started.strict);
  const own = nothingPassed(turns, verdict);
  const reasons = [...shards.flatMap(reasonsOf), ...(own === undefined ? [] : [own])];
  return {
    type: 'run.finished',
    time: Math.max(...shards.map(({ finished }) => finished.time)),
    verdict,
    exitCode: abnormal >= FIRST_ABNORMAL_EXIT ? abnormal : exitCodeOf(verdict, verdicts, strict),
    // They ran side by side.
    durationMs: Math.max(...shards.map(({ finished }) => finished.durationMs)),
    cases: sumCounts(shards.map(({ finished }) => finished.cases)),
    steps: sumCounts(shards.map(({ finished }) => finished.steps)),
    judgements: sum(shards.map(({ finished }) => finished.judgements)),
    ...(reasons.length > 0 && { reason: reasons.join('; ') }),
  };
}

/** Verdicts of the cases, target by target. */
function turnsOf(shards: readonly SavedShard[]): { name: string | undefined; verdicts: Verdict[] }[] {
  const ended = shards.flatMap(({ events }) =>
    events.filter((event): event is CaseFinished => event.type === 'case.finished'),
  );
  const names = shards[0]?.started.targets?.map(({ name }) => name) ?? [undefined];
  return names.map((name) => ({
    name,
    verdicts: ended.filter((event) => event.case.target === name).map(({ verdict }) => verdict),
  }));
}

/** Why a shard ended early. What the cases of all shards decide together is no reason of one of them. */
function reasonsOf(saved: SavedShard): string[] {
  const { shard, started, finished } = saved;
  const { reason, verdict } = finished;
  if (reason === undefined || started.cases === 0 || reason === nothingPassed(turnsOf([saved]), verdict)) return [];
  return [`shard ${shard.index}/${shard.total}: ${reason}`];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const sumCounts = (counts: readonly VerdictCounts[]): VerdictCounts =>
  Object.fromEntries(VERDICTS.map((verdict) => [verdict, sum(counts.map((one) => one[verdict]))])) as VerdictCounts; // one for each verdict
