import type { RunFinished, Shard, VerdictCounts } from '../contracts/event.js';
import { isGreen, VERDICTS, type Verdict } from '../contracts/result.js';
import { formatCount, oneLine, plural } from '../format/text.js';

export const total = (counts: VerdictCounts): number => VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);

/** `2/4 of 48 cases` */
export const describeShard = ({ index, total, cases }: Shard): string =>
  `${index}/${total} of ${plural(cases, 'case')}`;

/** A run whose exit code isn't 0 must not look like a pass, whatever its cases came to. */
export const verdictOfRun = ({ exitCode, verdict }: RunFinished): Verdict =>
  exitCode !== 0 && isGreen(verdict) ? 'unknown' : verdict;

const CLAIMS: Readonly<Record<'failed' | 'errored' | 'unknown', readonly [word: string, claim: string]>> = {
  failed: ['Failed', 'gave a wrong answer'],
  errored: ['Errored', 'could not run'],
  unknown: ['Unknown, so not a pass', 'ran but proved nothing'],
};

/** A run's verdict in words, on one line; for whatever is no pass, why it isn't. */
export function explainVerdict({ verdict, exitCode, cases, reason }: RunFinished): string {
  const ran = total(cases);
  const because = reason === undefined ? '' : `: ${oneLine(reason)}`;
  const share = (count: number) => (ran === 1 ? 'the case' : `${formatCount(count)} of ${plural(ran, 'case')}`);
  if (exitCode > 128) return `Interrupted${because}`;
  if ((verdict === 'failed' || verdict === 'errored' || verdict === 'unknown') && cases[verdict] > 0) {
    const [word, claim] = CLAIMS[verdict];
    return `${word}: ${share(cases[verdict])} ${claim}`;
  }
  if (exitCode === 0 && ran === 0) return `Nothing to run${because}`;
  if (exitCode === 0 && cases.flaky > 0) return `Passed, but flaky: ${share(cases.flaky)} passed only when run again`;
  if (exitCode === 0) return `Passed: ${plural(cases.passed, 'case')}`;
  if (verdict === 'failed' || verdict === 'errored') return `${CLAIMS[verdict][0]}${because}`;
  if (ran === 0) return 'Not a pass: no case ran';
  // Of several targets, nothing passed on one.
  if (verdict === 'unknown' && cases.passed + cases.flaky > 0) return `Not a pass${because}`;
  if (cases.passed + cases.flaky === 0) return `Not a pass: ${plural(ran, 'case')} skipped, none passed`;
  const is = ran === 1 ? ' is' : '';
  const loose = [
    ...(cases.flaky > 0 ? [`${share(cases.flaky)}${is} flaky`] : []),
    ...(cases.skipped > 0 ? [`${share(cases.skipped)} skipped`] : []),
  ];
  return loose.length > 0 ? `Not a pass: ${loose.join(' and ')}, and none may be` : `Not a pass${because}`;
}
