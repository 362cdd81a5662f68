import type { Judgement } from '../../contracts/step.js';
import { formatDuration } from '../../format/quantity.js';
import { formatCount } from '../../format/text.js';
import type { LoadInput } from './input.js';
import type { LoadResult } from './result.js';
import { askedRate } from './stages.js';

/** How late the last operation may be sent: of the time that it took, and what a machine that stalls may lose beside. */
const LATE_SHARE = 0.01;
const STALL_MS = 100;
/** Operations that may stay unsent at the end. */
const UNSENT_SHARE = 0.001;

/** `failed` where the load was ended for its errors; `unknown` where the load that was asked for was never there. */
export function judgeLoad(result: LoadResult, input: LoadInput): Judgement | undefined {
  const { operations, unknown, unsent, aborted, errorRate, achievedRate, late, duration } = result;
  if (aborted && input.abortOn) {
    const limit = formatShare(input.abortOn.errorRate.$gt);
    const message = `${formatShare(errorRate ?? 0)} of the operations were errors after ${formatDuration(Math.round(duration))}, more than ${limit}: the load was ended`;
    return { verdict: 'failed', message };
  }
  if (operations === 0)
    return { verdict: 'unknown', message: 'no operation was answered', next: 'see `unknown` and `disconnects`' };
  const asked = askedRate(input);
  if (asked === undefined || achievedRate === null) return undefined;
  const due = operations + unknown + unsent;
  if (unsent > due * UNSENT_SHARE) {
    return {
      verdict: 'unknown',
      message: `the rate was not held: ${formatCount(unsent)} of ${formatCount(due)} operations were due and never sent, because all clients were waiting for replies`,
      next: 'ask for a lower `rate`, or for more `clients`',
    };
  }
  if (late <= duration * LATE_SHARE + STALL_MS) return undefined;
  return {
    verdict: 'unknown',
    message: `the rate was not held: ${formatRate(achievedRate)} instead of ${formatRate(asked)}`,
    next: 'ask for a lower `rate`, or for more `clients` or a longer `pipeline`',
  };
}

const formatShare = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;
const formatRate = (perSecond: number): string => `${formatCount(Math.round(perSecond))}/s`;
