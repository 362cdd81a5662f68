import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { reporters } from '../builtins.js';
import type { RunEvent } from '../contracts/event.js';
import type { Reporter, ReporterOptions } from '../contracts/reporter.js';
import { ScenarioError } from '../errors.js';
import { nearestName } from '../format/nearest.js';
import { type FileOutput, openFile } from './report-file.js';
import { type Output, openTerminal } from './terminal.js';

/** The reports of a run. One that cannot be written is said once, and never stops the run. */
export interface Reports {
  /** One of them wants what happened over time. */
  readonly timeline: boolean;
  /** How often one of them wants to know how far the steps are. */
  readonly progressEveryMs: number | undefined;
  onEvent(event: RunEvent): void;
  /** True when every report was written whole. */
  finish(): boolean;
}

interface Wanted {
  readonly name: string;
  /** Undefined for the terminal. */
  readonly file: string | undefined;
}

interface Open extends Wanted {
  readonly reporter: Reporter;
  readonly output: FileOutput | Output;
  failed: boolean;
}

const isInFile = (report: Open): report is Open & { readonly output: FileOutput } => 'flush' in report.output;

const PROGRESS_EVERY_MS = 200;
const FLUSH_MS = 100;
/** Between two steps a report finds the processor's caches cold: what it makes of one event took up to twice as long. */
const MOST_WAITING = 100;

/**
 * `pretty` goes to the terminal unless a report without a file takes its place. `live`: it may draw there what is going
 * on.
 */
export async function openReports(
  given: readonly string[],
  { verbose = false, live = false }: { readonly verbose?: boolean | undefined; readonly live?: boolean },
): Promise<Reports> {
  const wanted = given.map(parse);
  const onTerminal = wanted.filter(({ file }) => file === undefined);
  if (onTerminal.length > 1) {
    throw new ScenarioError(`${onTerminal.map(({ name }) => name).join(' and ')} would both go to the terminal`, {
      next: 'give all but one a file: --report json=report.json',
    });
  }
  refuseSameFile(wanted);
  if (onTerminal.length === 0) wanted.unshift({ name: 'pretty', file: undefined });
  const open: Open[] = [];
  const github = gitHub();
  let complete = true;
  let timeline = false;
  for (const report of wanted) {
    const { name, file } = report;
    const definition = await reporters.find((unit) => unit.name === name)!.load(); // `parse` let known names through alone
    try {
      const output = file === undefined ? await openTerminal(live && definition.live === true) : openFile(file);
      open.push({
        ...report,
        output,
        failed: false,
        reporter: definition.create({
          output,
          verbose,
          ...(github && { github }),
          ...(file === undefined && foldsOfLog()),
        }),
      });
      if (definition.timeline) timeline = true;
    } catch (error) {
      complete = false;
      complain(report, error);
    }
  }
  const fail = (report: Open, error: unknown) => {
    if (report.failed) return;
    report.failed = true;
    complete = false;
    complain(report, error);
  };
  const attempt = (report: Open, run: () => void) => {
    if (report.failed) return;
    try {
      run();
    } catch (error) {
      fail(report, error);
    }
  };
  const [inFiles, onScreen] = [open.filter(isInFile), open.filter((report) => !isInFile(report))];
  let waiting: RunEvent[] = [];
  const tell = () => {
    const events = waiting;
    waiting = [];
    for (const report of inFiles) {
      attempt(report, () => {
        for (const event of events) report.reporter.onEvent(event);
      });
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    tell();
    for (const report of inFiles) attempt(report, () => report.output.flush());
  };
  // However the program ends.
  process.once('exit', flush);
  return {
    timeline,
    progressEveryMs: open.some(({ output }) => output.live) ? PROGRESS_EVERY_MS : undefined,
    onEvent: (event) => {
      for (const report of onScreen) {
        if (event.type !== 'step.progress' || report.output.live) attempt(report, () => report.reporter.onEvent(event));
      }
      if (event.type === 'step.progress' || inFiles.length === 0) return;
      waiting.push(event);
      if (waiting.length >= MOST_WAITING) tell();
      timer ??= setTimeout(flush, FLUSH_MS).unref();
    },
    finish: () => {
      tell();
      for (const report of open) attempt(report, () => report.reporter.finish?.());
      flush();
      process.off('exit', flush);
      for (const report of open) {
        try {
          report.output.close();
        } catch (error) {
          fail(report, error);
        }
      }
      return complete;
    },
  };
}

function complain({ name, file }: Wanted, error: unknown): void {
  const where = file === undefined ? '' : ` to ${file}`;
  process.stderr.write(
    `redrill: the ${name} report could not be written${where}: ${error instanceof Error ? error.message : error}\n`,
  );
}

/** Each would write over what the other wrote. */
function refuseSameFile(wanted: readonly Wanted[]): void {
  const names = new Map<string, string>();
  for (const { name, file } of wanted) {
    if (file === undefined || file.startsWith('/dev/')) continue;
    const other = names.get(path.resolve(file));
    if (other !== undefined) {
      throw new ScenarioError(`${other} and ${name} would both be written to ${file}`, {
        next: 'give each report a file of its own',
      });
    }
    names.set(path.resolve(file), name);
  }
}

function parse(text: string): Wanted {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  const file = at < 0 ? undefined : text.slice(at + 1);
  const known = reporters.map((unit) => unit.name);
  if (!known.includes(name)) {
    const near = nearestName(name, known);
    throw new ScenarioError(`there is no report "${name}"`, {
      next: near ? `did you mean "${near}"?` : `known: ${known.join(', ')}`,
    });
  }
  if (file === '')
    throw new ScenarioError(`--report ${text} names no file`, {
      next: `write --report ${name}=FILE, or --report ${name} for the terminal`,
    });
  return { name, file };
}

/** A terminal of CI's is a log that can be folded. */
function foldsOfLog(): Pick<ReporterOptions, 'fold'> {
  const { GITHUB_ACTIONS, GITLAB_CI } = process.env;
  if (GITHUB_ACTIONS === 'true') return { fold: 'github' };
  return GITLAB_CI === 'true' ? { fold: 'gitlab' } : {};
}

/** What GitHub Actions tells of itself. */
function gitHub(): ReporterOptions['github'] {
  const { GITHUB_STEP_SUMMARY: summary, GITHUB_WORKSPACE: workspace } = process.env;
  if (summary === undefined || workspace === undefined) return undefined;
  return {
    folder: path.relative(workspace, process.cwd()),
    summarize: (markdown) => appendFileSync(summary, markdown),
  };
}
