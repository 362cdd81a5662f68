import { appendFileSync, closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { reporters } from '../builtins.js';
import type { RunEvent } from '../contracts/event.js';
import type { Reporter, ReporterOptions } from '../contracts/reporter.js';
import { ScenarioError } from '../errors.js';
import { nearestName } from '../format/nearest.js';
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

interface Open {
  readonly name: string;
  readonly reporter: Reporter;
  readonly output: Output;
  failed: boolean;
}

const PROGRESS_EVERY_MS = 200;

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
  if (onTerminal.length === 0) wanted.unshift({ name: 'pretty', file: undefined });
  const open: Open[] = [];
  const github = gitHub();
  let complete = true;
  let timeline = false;
  for (const { name, file } of wanted) {
    const definition = await reporters.find((unit) => unit.name === name)!.load(); // `parse` let known names through alone
    try {
      const output = file === undefined ? await openTerminal(live && definition.live === true) : openFile(file);
      open.push({
        name,
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
      complain(name, error);
    }
  }
  const attempt = (report: Open, run: () => void) => {
    if (report.failed) return;
    try {
      run();
    } catch (error) {
      report.failed = true;
      complete = false;
      complain(report.name, error);
    }
  };
  return {
    timeline,
    progressEveryMs: open.some(({ output }) => output.live) ? PROGRESS_EVERY_MS : undefined,
    onEvent: (event) => {
      for (const report of open) {
        if (event.type === 'step.progress' && !report.output.live) continue;
        attempt(report, () => report.reporter.onEvent(event));
      }
    },
    finish: () => {
      for (const report of open) {
        attempt(report, () => report.reporter.finish?.());
        report.output.close();
      }
      return complete;
    },
  };
}

function complain(name: string, error: unknown): void {
  process.stderr.write(
    `redrill: the ${name} report could not be written: ${error instanceof Error ? error.message : error}\n`,
  );
}

function parse(text: string): { name: string; file: string | undefined } {
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

/** Written at once, so that what was reported is there even if the program dies. */
function openFile(file: string): Output {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const descriptor = openSync(file, 'w');
  return {
    write: (text) => void writeSync(descriptor, text),
    columns: undefined,
    color: false,
    close: () => closeSync(descriptor),
  };
}
