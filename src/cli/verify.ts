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
  return histories.length === 0 ? '' : `${parts.join('')}${summary(histories, verdict, paint)}\n`;
}

function describeHistory(
  { file, header, events, caseVerdict, cutLine, checks }: VerifiedHistory,
  paint: Paint,
): string[] {
  const came = caseVerdict === null ? 'without its end' : `${caseVerdict} when it ran`;
  const cut = cutLine === null ? '' : `, line ${cutLine} is cut off and was left out`;
  return [
    paint('bold', oneLine(file)),
    `  ${oneLine(header.case)}`,
    paint(
      'dim',
      `  ${plural(events, 'event')}, ${came} (redrill ${oneLine(header.redrill)}, seed ${header.seed}, ${oneLine(header.target)})`,
    ),
    ...(caseVerdict === null
      ? [paint('yellow', `  ? truncated${cut}: the run ended before it was written whole, so it is no pass`)]
      : []),
    ...checks.flatMap((check) => describeCheck(check, paint)),
  ];
}

function describeCheck({ step, checker, judged, report, saved }: VerifiedCheck, paint: Paint): string[] {
  const { verdict, reasons, counts, examples } = report;
  const style = VERDICT_STYLES[verdict];
  const mark = judged ? paint(style, VERDICT_MARKS[verdict]) : '·';
  const said = judged ? paint(style, verdict) : `${verdict}, for information`;
  return [
    `  ${mark} ${oneLine(step ?? 'asked now')}: ${oneLine(checker)} ${said}`,
    ...reasons.map((reason) => `      ${oneLine(reason)}`),
    ...indented(describeCounts(counts)),
    ...Object.entries(examples).flatMap(([kind, ids]) =>
      indented(ids.length === 0 ? '' : `${kind}: ${ids.join(', ')}`),
    ),
    ...(saved ? [paint('yellow', `      ! ${describeDifference(saved)}`)] : []),
  ];
}

const indented = (text: string): string[] => (text === '' ? [] : [`      ${oneLine(text)}`]);

const describeCounts = (counts: CheckReport['counts']): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${formatCount(count)}`)
    .join(', ');

function describeDifference({ verdict, counts }: CheckReport): string {
  const then = describeCounts(counts);
  return `the run said ${oneLine(verdict)}${then === '' ? '' : ` (${oneLine(then)})`}: the checker changed since, or the file was altered`;
}

function summary(histories: readonly VerifiedHistory[], verdict: CheckVerdict, paint: Paint): string {
  const judged = histories.flatMap(({ checks }) => checks.filter((check) => check.judged));
  const such = judged.filter(({ report }) => report.verdict === verdict).length;
  const share = `${formatCount(such)} of ${plural(judged.length, 'check')}`;
  const places = histories.length === 1 ? '1 history' : `${formatCount(histories.length)} histories`;
  const words = {
    failed: `Failed: ${share} in ${places}`,
    unknown:
      such > 0
        ? `Unknown, so not a pass: ${share} in ${places}`
        : `Unknown, so not a pass: ${unprovenBecause(histories)}`,
    passed: `Passed: ${plural(judged.length, 'check')} in ${places}`,
  }[verdict];
  return paint(VERDICT_STYLES[verdict], `${VERDICT_MARKS[verdict]} ${words}`);
}

function unprovenBecause(histories: readonly VerifiedHistory[]): string {
  if (histories.some(({ caseVerdict }) => caseVerdict === null)) return 'a history is truncated';
  return 'no check in it: add a `verify.*` step, or ask with --guarantee and --queue';
}
