import { type Verdict, worstVerdict } from '../contracts/result.js';
import type { TurnOutcome } from './turn.js';

type Turn = Pick<TurnOutcome, 'name' | 'verdicts'>;

/** The worst of the cases; a target on which none passed proves nothing. */
export const runVerdict = (turns: readonly Turn[]): Verdict =>
  turns.length === 0
    ? 'errored'
    : worstVerdict(turns.map((turn) => (provesNothing(turn) ? 'unknown' : worstVerdict(turn.verdicts))));

const provesNothing = ({ verdicts }: Turn): boolean => worstVerdict(verdicts) === 'skipped';

/** On which of several targets; where nothing passed at all, the counts say so. */
export function nothingPassed(turns: readonly Turn[], verdict: Verdict): string | undefined {
  const empty = turns.filter(provesNothing);
  if (verdict !== 'unknown' || empty.length === 0 || empty.length === turns.length) return undefined;
  return `nothing passed on ${empty.map(({ name }) => name).join(', ')}`;
}

/** 0 passed · 1 failed · 2 unknown, or nothing passed · 4 errored. */
export function exitCodeOf(verdict: Verdict, verdicts: readonly Verdict[], strict: boolean): number {
  switch (verdict) {
    case 'failed':
      return 1;
    case 'errored':
      return 4;
    case 'unknown':
    case 'skipped':
      return 2;
    case 'flaky':
    case 'passed':
      return strict && (verdicts.includes('skipped') || verdicts.includes('flaky')) ? 2 : 0;
  }
}
