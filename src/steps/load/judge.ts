import type { Judgement } from '../../contracts/step.js';
import { formatDuration } from '../../format/quantity.js';
import { formatCount, plural } from '../../format/text.js';
import type { LoadInput } from './input.js';
import type { LoadResult } from './result.js';
import { askedRate } from './stages.js';

/** How late the last operation may be sent: of the time that it took, and what a machine that stalls may lose beside. */
const LATE_SHARE = 0.01;
const STALL_MS = 100;
/** Operations that may stay unsent at the end. */
const UNSENT_SHARE = 0.001;

/** What a load measures is that of another load where its rate was not held. */
const OF_THE_RATE = ['latency', 'throughput', 'achievedRate', 'lag', 'late'];

/** `failed` where the load was ended for its errors; `unknown` where the load that was asked for was never there. */
export function judgeLoad(result: LoadResult, input: LoadInput): Judgement | undefined {
  const { operations, unknown, unsent, aborted, errorRate, achievedRate, late, duration, disconnects } = result;
  if (aborted && input.abortOn) {
    const limit = formatShare(input.abortOn.errorRate.$gt);
    const after = formatDuration(Math.round(duration));
    const message = `${formatShare(errorRate ?? 0)} of the operations were errors after ${after} (${errorsOf(result)}), more than ${limit}: the load was ended`;
    return { verdict: 'failed', message };
  }
  if (operations === 0)
    return { verdict: 'unknown', message: 'no operation was answered', next: 'see `unknown` and `disconnects`' };
  const asked = askedRate(input);
  if (asked === undefined) return judgeEnd(result);
  if (achievedRate === null) return undefined;
  const due = operations + unknown + unsent;
  if (unsent > due * UNSENT_SHARE) {
    return {
      verdict: 'unknown',
      message: `the rate was not held: ${formatCount(unsent)} of ${formatCount(due)} operations were due and never sent, because ${disconnects > 0 ? `${plural(disconnects, 'connection')} broke` : 'all clients were waiting for replies'}`,
      next:
        disconnects > 0 ? 'see `series`: when the server went away' : 'ask for a lower `rate`, or for more `clients`',
      voids: OF_THE_RATE,
    };
  }
  if (late <= duration * LATE_SHARE + STALL_MS) return undefined;
  return {
    verdict: 'unknown',
    message: `the rate was not held: ${formatRate(achievedRate)} instead of ${formatRate(asked)}`,
    next: 'ask for a lower `rate`, or for more `clients` or a longer `pipeline`',
    voids: OF_THE_RATE,
  };
}

/** A closed loop waits for as long as its time goes on: of a server that never came back it would tell nothing. */
function judgeEnd({ series, disconnects }: LoadResult): Judgement | undefined {
  const silent = series.length - 1 - series.findLastIndex(({ operations }) => operations > 0);
  if (disconnects === 0 || silent === 0) return undefined;
  return {
    verdict: 'unknown',
    message: `no operation was answered in the last ${plural(silent, 'second')}, after ${plural(disconnects, 'connection')} broke`,
    next: 'see `series`: the server went away and was not back at the end',
  };
}

/** `OOM 10, WRONGTYPE 20, without an answer 3`; empty where there were none. */
export function errorsOf({ errorsByCode, unknown }: Pick<LoadResult, 'errorsByCode' | 'unknown'>): string {
  const kinds = [...Object.entries(errorsByCode), ['without an answer', unknown] as const];
  return kinds.flatMap(([kind, count]) => (count > 0 ? [`${kind} ${formatCount(count)}`] : [])).join(', ');
}

const formatShare = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;
const formatRate = (perSecond: number): string => `${formatCount(Math.round(perSecond))}/s`;
