import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../../src/contracts/event.js';
import type { ReporterDefinition, ReporterOptions } from '../../src/contracts/reporter.js';

const GOLDEN = fileURLToPath(new URL('../golden', import.meta.url));

/** Saved runs, one a folder of test/golden. */
export const RUNS = readdirSync(GOLDEN).filter((run) => existsSync(`${GOLDEN}/${run}/events.ndjson`));

export const goldenFile = (run: string, file: string): string => `${GOLDEN}/${run}/${file}`;

export const savedText = (run: string): string => readFileSync(goldenFile(run, 'events.ndjson'), 'utf8');

export const savedEvents = (run: string): RunEvent[] =>
  savedText(run)
    .trimEnd()
    .split('\n')
    // A saved stream holds what the engine sent.
    .map((line) => JSON.parse(line) as RunEvent);

interface Options extends Partial<Pick<ReporterOptions, 'verbose' | 'fold'>> {
  readonly color?: boolean;
  readonly columns?: number;
}

/** What a reporter writes for a stream of events. */
export function report(
  definition: ReporterDefinition,
  events: Iterable<RunEvent>,
  { verbose = false, color = false, columns, fold }: Options = {},
): string {
  let text = '';
  const output = {
    write: (part: string) => {
      text += part;
    },
    columns,
    color,
  };
  const reporter = definition.create({ output, verbose, ...(fold && { fold }) });
  for (const event of events) reporter.onEvent(event);
  reporter.finish?.();
  return text;
}
