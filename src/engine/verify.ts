import { isDeepStrictEqual } from 'node:util';
import type { CheckReport, CheckRequest, CheckVerdict, History } from '../contracts/checker.js';
import type { Verdict } from '../contracts/result.js';
import { loadHistory } from '../history/load.js';
import { createRecorder } from '../history/recorder.js';
import type { SavedHeader } from '../history/saved.js';
import { type LoadCheckers, runChecks } from './check.js';

/** What a checker says of a saved history. */
export interface VerifiedCheck extends CheckRequest {
  /** That asked for it; null when it is asked for now. */
  readonly step: string | null;
  /** False: information, which decides nothing. */
  readonly judged: boolean;
  readonly report: CheckReport;
  /** What was said when it ran, where that was another thing. */
  readonly saved?: CheckReport;
}

export interface VerifiedHistory {
  readonly file: string;
  readonly header: SavedHeader;
  readonly events: number;
  /** Of the case when it ran; null when the history has no end: what followed is not known. */
  readonly caseVerdict: Verdict | null;
  /** The last line, where it is not whole. */
  readonly cutLine: number | null;
  readonly checks: readonly VerifiedCheck[];
  /** The worst of its checks; without one, and without an end, `unknown` at best. */
  readonly verdict: CheckVerdict;
}

/** Asks the checkers of a saved history again, each at its place, and then what is asked now. Raises a ScenarioError. */
export async function verifyHistory(
  file: string,
  asked: readonly CheckRequest[],
  loadCheckers: LoadCheckers,
): Promise<VerifiedHistory> {
  using recorder = createRecorder();
  const checks: VerifiedCheck[] = [];
  let header: SavedHeader | undefined;
  let caseVerdict: Verdict | null = null;
  let cutLine: number | null = null;
  const view = (): History => ({ ...recorder.view(), beganAt: header?.beganAt });
  for (const line of loadHistory(file)) {
    switch (line.type) {
      case 'history':
        header = line;
        break;
      case 'event':
        recorder.forStep(line.step).record(line);
        break;
      case 'check': {
        const reports = await runChecks(view(), line.requests, loadCheckers);
        checks.push(
          ...reports.map((report, at) =>
            compared(line.step, line.judged, line.requests[at]!, report, line.reports[at]!),
          ),
        );
        break;
      }
      case 'end':
        caseVerdict = line.verdict;
        break;
      case 'cut':
        cutLine = line.line;
    }
  }
  const complete = caseVerdict !== null;
  const reports = await runChecks(view(), asked, loadCheckers);
  for (const [at, request] of asked.entries()) {
    checks.push({ ...request, step: null, judged: true, report: complete ? reports[at]! : unproven(reports[at]!) });
  }
  const { size: events } = recorder;
  return { file, header: header!, events, caseVerdict, cutLine, checks, verdict: verdictOf(checks, complete) }; // the first line is the header
}

function compared(
  step: string,
  judgedThen: boolean,
  request: CheckRequest,
  report: CheckReport,
  saved: CheckReport,
): VerifiedCheck {
  const judged = judgedThen && request.options.judged !== false;
  return { ...request, step, judged, report, ...(!saysTheSame(report, saved) && { saved }) };
}

/** Reasons are words, which may change; whatever is counted may not. */
function saysTheSame(report: CheckReport, saved: CheckReport): boolean {
  const said = ({ verdict, counts, examples }: CheckReport): unknown =>
    JSON.parse(JSON.stringify({ verdict, counts, examples }));
  return isDeepStrictEqual(said(report), said(saved));
}

/** Of a history without its end: what is missing may have come later, and what is there may have been undone. */
function unproven(report: CheckReport): CheckReport {
  const reason = 'the history has no end, so that nothing follows from what is not in it';
  return { ...report, verdict: 'unknown', reasons: [reason, ...report.reasons] };
}

function verdictOf(checks: readonly VerifiedCheck[], complete: boolean): CheckVerdict {
  const verdicts = checks.filter(({ judged }) => judged).map(({ report }) => report.verdict);
  if (verdicts.includes('failed')) return 'failed';
  return verdicts.length === 0 || !complete || verdicts.includes('unknown') ? 'unknown' : 'passed';
}
