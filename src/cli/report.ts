import { EXIT } from './print.js';
import { openReports } from './reports.js';
import { readRun } from './saved/read.js';

interface ReportFlags {
  readonly report: readonly string[];
  readonly verbose?: boolean;
}

/** Renders a saved run again. Its verdict was said when it ran: this says only whether the reports were written. */
export async function renderReport(file: string, flags: ReportFlags): Promise<number> {
  const { events } = readRun(file);
  const reports = await openReports(flags.report, { verbose: flags.verbose });
  for (const event of events) reports.onEvent(event);
  return reports.finish() ? EXIT.passed : EXIT.errored;
}
