import type { CheckReport, CheckRequest, CheckVerdict } from '../contracts/checker.js';
import { type VerifiedCheck, type VerifiedHistory, verifyHistory } from '../engine/verify.js';
import { ScenarioError } from '../errors.js';
import { nearestName } from '../format/nearest.js';
import { formatCount, oneLine, plural } from '../format/text.js';
import { createPaint, type Paint, VERDICT_MARKS, VERDICT_STYLES } from '../reporters/paint.js';
import { GUARANTEES } from '../steps/verify/guarantees.js';
import { EXIT, printError, wantsColor } from './print.js';
import { builtinCatalog } from './registry.js';

interface VerifyFlags {
  readonly guarantee?: string;
  readonly queue?: string;
  readonly json?: boolean;
}

/** Judges saved histories again. */
export async function verify(files: readonly string[], flags: VerifyFlags): Promise<number> {
  const asked = requestOf(flags);
  const catalog = builtinCatalog();
  const histories: VerifiedHistory[] = [];
  let readable = true;
  for (const file of files) {
    try {
      histories.push(await verifyHistory(file, asked, (names) => catalog.loadCheckers(names)));
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      printError(error);
      readable = false;
    }
  }
  const verdict = worst(histories);
  process.stdout.write(
    flags.json ? `${JSON.stringify({ verdict, histories }, null, 2)}\n` : describe(histories, verdict),
  );
  return readable ? EXIT[verdict] : EXIT.invalid;
}

function requestOf({ guarantee, queue }: VerifyFlags): readonly CheckRequest[] {
  if (guarantee === undefined && queue === undefined) return [];
  if (guarantee === undefined || queue === undefined) {
    throw new ScenarioError('--guarantee and --queue belong together', {
      next: 'write --guarantee at-least-once --queue NAME',
    });
  }
  if (!GUARANTEES.some((name) => name === guarantee)) {
    const near = nearestName(guarantee, GUARANTEES);
    throw new ScenarioError(`there is no guarantee "${guarantee}"`, {
      next: near ? `did you mean "${near}"?` : `known: ${GUARANTEES.join(', ')}`,
    });
  }
  return [{ checker: guarantee, options: { queue } }];
}

function worst(histories: readonly VerifiedHistory[]): CheckVerdict {
  const verdicts = histories.map(({ verdict }) => verdict);
  if (verdicts.includes('failed')) return 'failed';
  return verdicts.length === 0 || verdicts.includes('unknown') ? 'unknown' : 'passed';
}

function describe(histories: readonly VerifiedHistory[], verdict: CheckVerdict): string {
  const paint = createPaint(wantsColor(process.stdout));
  const parts = histories.map((history) => `${describeHistory(history, paint).join('\n')}\n\n`);
  return histories.length === 0
    ? ''
    : `${parts.join('')}${paint(VERDICT_STYLES[verdict], `${VERDICT_MARKS[verdict]} ${summary(histories, verdict)}`)}\n`;
}

function describeHistory(
  { file, header, events, caseVerdict, cutLine, checks }: VerifiedHistory,
  paint: Paint,
): string[] {
  const came = caseVerdict === null ? 'without its end' : `${caseVerdict} when it ran`;
  const from = `redrill ${oneLine(header.redrill)}, seed ${header.seed}, target ${oneLine(header.target)}`;
  const cut = cutLine === null ? '' : ` (line ${cutLine} is cut off, and left out)`;
  const doubt = (why: string): string => paint('yellow', `  ${VERDICT_MARKS.unknown} ${why}`);
  return [
    paint('bold', oneLine(file)),
    `  ${oneLine(header.case)}`,
    paint('dim', `  ${plural(events, 'event')}, ${came} (${from})`),
    ...(caseVerdict === null ? [doubt(`truncated${cut}: what followed is not known, so this is no pass`)] : []),
    ...(checks.some(({ judged }) => judged) ? [] : [doubt('no check decides anything here')]),
    ...checks.flatMap((check) => (check.judged ? describeJudged(check, paint) : describeInformation(check, paint))),
  ];
}

function describeJudged({ step, checker, report, saved }: VerifiedCheck, paint: Paint): string[] {
  const { verdict, reasons, counts, examples } = report;
  const style = VERDICT_STYLES[verdict];
  return [
    `  ${paint(style, VERDICT_MARKS[verdict])} ${oneLine(step ?? 'asked now')}: ${oneLine(checker)} ${paint(style, verdict)}`,
    ...reasons.map((reason) => `      ${oneLine(reason)}`),
    ...indented(describeCounts(counts)),
    ...Object.entries(examples).flatMap(([kind, ids]) => indented(ids.length > 0 ? `${kind}: ${ids.join(', ')}` : '')),
    ...describeDifference(saved, paint),
  ];
}

/** Nothing follows from it, so it takes one line, of what there is. */
function describeInformation({ step, checker, report, saved }: VerifiedCheck, paint: Paint): string[] {
  const counts = describeCounts(Object.fromEntries(Object.entries(report.counts).filter(([, count]) => count !== 0)));
  if (counts === '' && !saved) return [];
  const line = `  · ${oneLine(step ?? '')}: ${oneLine(checker)}: ${oneLine(counts)}`;
  return [paint('dim', line), ...describeDifference(saved, paint)];
}

const indented = (text: string): string[] => (text === '' ? [] : [`      ${oneLine(text)}`]);

const describeCounts = (counts: CheckReport['counts']): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${formatCount(count)}`)
    .join(', ');

function describeDifference(saved: CheckReport | undefined, paint: Paint): string[] {
  if (!saved) return [];
  const counts = describeCounts(saved.counts);
  const said = `${saved.verdict}${counts === '' ? '' : ` (${oneLine(counts)})`}`;
  return [paint('yellow', `      ! the run said ${said}: the checker changed since, or the file was altered`)];
}

function summary(histories: readonly VerifiedHistory[], verdict: CheckVerdict): string {
  const places = histories.length === 1 ? '1 history' : `${formatCount(histories.length)} histories`;
  const judged = histories.flatMap(({ checks }) => checks.filter((check) => check.judged));
  const such = judged.filter(({ report }) => report.verdict === verdict).length;
  const share = `${formatCount(such)} of ${plural(judged.length, 'check')} in ${places}`;
  switch (verdict) {
    case 'passed':
      return `Passed: ${plural(judged.length, 'check')} in ${places}`;
    case 'failed':
      return `Failed: ${share}`;
    case 'unknown': {
      if (such > 0) return `Unknown, so not a pass: ${share}`;
      const truncated = histories.filter(({ caseVerdict }) => caseVerdict === null).length;
      if (truncated > 0) return `Unknown, so not a pass: ${formatCount(truncated)} of ${places} truncated`;
      const unchecked = histories.filter((history) => history.verdict === 'unknown').length;
      return `Unknown, so not a pass: nothing was checked in ${formatCount(unchecked)} of ${places} (add a verify step, or ask with --guarantee)`;
    }
  }
}
