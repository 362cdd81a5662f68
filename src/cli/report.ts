import { readFileSync } from 'node:fs';
import type { RunEvent } from '../contracts/event.js';
import { ScenarioError } from '../errors.js';
import { isMap } from '../format/value.js';
import { EXIT } from './print.js';
import { openReports } from './reports.js';

interface ReportFlags {
  readonly report: readonly string[];
  readonly verbose?: boolean;
}

/** Renders a saved run again. Its verdict was said when it ran: this says only whether the reports were written. */
export async function renderReport(file: string, flags: ReportFlags): Promise<number> {
  const events = readEvents(file);
  const reports = await openReports(flags.report, { verbose: flags.verbose });
  for (const event of events) reports.onEvent(event);
  return reports.finish() ? EXIT.passed : EXIT.errored;
}

/** The events of a file that `--report ndjson=FILE` wrote; a last line that was cut off in the middle is left out. */
export function readEvents(file: string): readonly RunEvent[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const why =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'there is no such file' : String(cause);
    throw new ScenarioError(`${file} cannot be read: ${why}`, { cause, next: NEXT });
  }
  const lines = text.split('\n');
  const events = lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const event = parse(line);
    if (isEvent(event)) return [event];
    if (index === lines.length - 1) return [];
    throw new ScenarioError(`${file}:${index + 1} is no event of a run`, { next: NEXT });
  });
  const [first] = events;
  if (first === undefined) throw new ScenarioError(`${file} holds no event of a run`, { next: NEXT });
  if (first.type === 'run.started' && first.format !== 1) {
    throw new ScenarioError(`${file} was written in format ${first.format}, and this version reads format 1`, {
      next: `render it with redrill ${first.redrill}`,
    });
  }
  return events;
}

const NEXT = 'name a file that `redrill run --report ndjson=FILE` wrote';

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const TYPES: ReadonlySet<unknown> = new Set<RunEvent['type']>([
  'run.started',
  'target.started',
  'case.started',
  'step.started',
  'step.finished',
  'case.timeline',
  'case.forensics',
  'case.retried',
  'case.finished',
  'run.finished',
]);

const isEvent = (value: unknown): value is RunEvent => isMap(value) && TYPES.has(value.type);
