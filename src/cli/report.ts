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
    const { code, message } = cause as NodeJS.ErrnoException; // of the file system
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new ScenarioError(`${file} cannot be read: ${why}`, { cause, next: NEXT });
  }
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const events: RunEvent[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const event = parse(line);
    if (!isEvent(event)) {
      if (index === lines.length - 1) break;
      throw new ScenarioError(`${file}:${index + 1} is no event of a run`, { next: NEXT });
    }
    if (event.type === 'run.started' && events.length > 0) {
      throw new ScenarioError(`${file}:${index + 1}: a run begins here, after the events of another`, {
        next: 'render one at a time: split the file before this line',
      });
    }
    events.push(event);
  }
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

const isEvent = (value: unknown): value is RunEvent =>
  isMap(value) && TYPES.has(value.type) && (value.type !== 'run.started' || typeof value.format === 'number');
