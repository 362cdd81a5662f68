import type { Judgement } from '../../contracts/step.js';

/** Tells what does not hold, or is not proven, and why: a line for each reason. */
export function explain(verdict: 'failed' | 'unknown', what: readonly string[], reasons: readonly string[]): Judgement {
  const names = what.join(' and ');
  const [are, be] = what.length > 1 ? ['do', 'are'] : ['does', 'is'];
  const head =
    what.length === 0
      ? 'nothing is proven'
      : verdict === 'failed'
        ? `${names} ${are} not hold`
        : `${names} ${be} not proven`;
  const message =
    reasons.length === 1 ? `${head}: ${reasons[0]}` : [head, ...reasons.map((reason) => `- ${reason}`)].join('\n');
  const next = NEXT.find(([reason]) => reasons.some((given) => reason.test(given)))?.[1];
  return { verdict, message, ...(verdict === 'unknown' && next !== undefined && { next }) };
}

/** What to do about a reason, the first that fits. */
const NEXT: readonly (readonly [reason: RegExp, next: string])[] = [
  [/no message was acknowledged/, 'push, publish or add messages in this case, before this step'],
  [
    /drained|at work|looked/,
    'verify after the queue is drained (`until: drained`) and its workers have ended, or poll with `within:`',
  ],
];
