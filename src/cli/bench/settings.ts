import { ScenarioError } from '../../errors.js';
import { parseQuantity } from '../../format/quantity.js';
import type { Arrival } from '../../wire/pace/arrivals.js';
import { countFlag, quantityFlag } from '../dlq/flags.js';

/** As they stand on the command line. */
export interface SettingFlags {
  readonly clients: string;
  readonly pipeline: string;
  readonly rate?: string;
  readonly arrival?: string;
  readonly for?: string;
  readonly count?: string;
  readonly warmup?: string;
  readonly keys: string;
  readonly distribution: string;
  readonly exponent?: string;
  readonly size: string;
  readonly rounds?: string;
  readonly sweep?: string;
  readonly steps: string;
  readonly allowErrors: string;
  readonly compare?: readonly string[];
}

/** How each load is sent, in the words of the `load` action. */
export interface Settings {
  readonly clients: number;
  readonly pipeline: number;
  /** Per second; with a sweep, each of its. */
  readonly rates: readonly number[];
  readonly arrival: Arrival;
  /** One of both. */
  readonly forMs: number | null;
  readonly count: number | null;
  readonly warmupMs: number;
  readonly keys: number;
  readonly distribution: Distribution;
  readonly exponent: number | null;
  /** Of a value, in bytes. */
  readonly size: number;
  /** How often each load is measured on each target. */
  readonly rounds: number;
  readonly sweep: boolean;
  /** A larger share of errors fails. */
  readonly allowErrors: number;
}

const ARRIVALS = ['constant', 'poisson'] as const;
const DISTRIBUTIONS = ['uniform', 'zipfian', 'sequential'] as const;
type Distribution = (typeof DISTRIBUTIONS)[number];

const ONCE = { for: '5s', warmup: '1s', rounds: '1' };
/** Many short ones tell a difference better than few long ones. */
const COMPARED = { for: '1s', warmup: '250ms', rounds: '10' };
const MAXIMUM_ROUNDS = 100;

/** Raises a ScenarioError that shows how an option is written. */
export function readSettings(flags: SettingFlags): Settings {
  refuseTogether(flags);
  const defaults = flags.compare ? COMPARED : ONCE;
  const count = flags.count === undefined ? null : countFlag('count', flags.count, 1);
  const rounds = countFlag('rounds', flags.rounds ?? defaults.rounds, 1);
  if (rounds > MAXIMUM_ROUNDS) throw new ScenarioError(`--rounds ${rounds} is more than ${MAXIMUM_ROUNDS}`);
  return {
    clients: countFlag('clients', flags.clients, 1),
    pipeline: countFlag('pipeline', flags.pipeline, 1),
    rates:
      flags.sweep === undefined ? ratesOf(flags.rate) : sweepRates(flags.sweep, countFlag('steps', flags.steps, 2)),
    arrival: oneOf('arrival', ARRIVALS, flags.arrival ?? 'constant'),
    forMs: count === null ? positive('for', flags.for ?? defaults.for) : null,
    count,
    warmupMs: count === null ? quantityFlag('warmup', 'duration', flags.warmup ?? defaults.warmup) : 0,
    keys: countFlag('keys', flags.keys, 1),
    distribution: oneOf('distribution', DISTRIBUTIONS, flags.distribution),
    exponent: flags.exponent === undefined ? null : exponentFlag(flags.exponent),
    size: /^\d+$/.test(flags.size) ? Number(flags.size) : quantityFlag('size', 'size', flags.size),
    rounds,
    sweep: flags.sweep !== undefined,
    allowErrors: shareFlag('allow-errors', flags.allowErrors),
  };
}

const CONFLICTS: readonly (readonly [keyof SettingFlags, keyof SettingFlags, string])[] = [
  ['count', 'for', 'both say when to end'],
  ['count', 'warmup', 'a warm-up is a time before another, the one of --for'],
  ['sweep', 'rate', 'a sweep has rates of its own'],
  ['sweep', 'count', 'each rate is held for a time, the one of --for'],
  ['sweep', 'rounds', 'a sweep goes up once'],
  ['sweep', 'compare', 'sweep each of the targets by itself'],
];

function refuseTogether(flags: SettingFlags): void {
  for (const [one, other, why] of CONFLICTS) {
    if (flags[one] === undefined || flags[other] === undefined) continue;
    throw new ScenarioError(`--${one} and --${other} do not go together: ${why}`);
  }
  if (flags.arrival !== undefined && flags.rate === undefined && flags.sweep === undefined) {
    throw new ScenarioError('--arrival needs a --rate: without one a client sends when it has been answered');
  }
  if (flags.exponent !== undefined && flags.distribution !== 'zipfian') {
    throw new ScenarioError('--exponent needs --distribution zipfian');
  }
}

function oneOf<T extends string>(option: string, known: readonly T[], text: string): T {
  const found = known.find((each) => each === text);
  if (found !== undefined) return found;
  throw new ScenarioError(`--${option} ${text} is unknown`, { next: `it is one of ${known.join(', ')}` });
}

function positive(option: string, text: string): number {
  const value = quantityFlag(option, 'duration', text);
  if (value > 0) return value;
  throw new ScenarioError(`--${option} ${text} is no time at all`);
}

function shareFlag(option: string, text: string): number {
  const share = quantityFlag(option, 'share', text);
  if (share <= 1) return share;
  throw new ScenarioError(`--${option} ${text} is more than 100%`);
}

function exponentFlag(text: string): number {
  const exponent = Number(text);
  if (exponent > 0 && exponent <= 10) return exponent;
  throw new ScenarioError(`--exponent ${text} is not a number above 0, up to 10`);
}

/** `500/s`, `10/m`, or a number each second. */
const parseRate = (text: string): number =>
  (/^\d+(?:\.\d+)?$/.test(text) ? Number(text) : parseQuantity('rate', text)) ?? 0;

function ratesOf(text: string | undefined): readonly number[] {
  if (text === undefined) return [];
  const rate = parseRate(text);
  if (rate > 0) return [rate];
  throw new ScenarioError(`--rate ${text} is not a rate`, { next: 'write --rate 5000/s' });
}

/** From the first to the last, each by the same factor above the one before. */
function sweepRates(text: string, steps: number): readonly number[] {
  const [, from = '', to = ''] = /^(?:rate=)?([^.]+(?:\.\d+)?)\.\.(.+)$/.exec(text) ?? [];
  const [first, last] = [parseRate(from), parseRate(to)];
  if (first > 0 && last > first) {
    return Array.from({ length: steps }, (_, step) => roundRate(first * (last / first) ** (step / (steps - 1))));
  }
  throw new ScenarioError(`--sweep ${text} is no range of rates`, { next: 'write --sweep rate=1000..100000' });
}

/** Three digits are enough for a person to read. */
const roundRate = (rate: number): number => Number(rate.toPrecision(3));
