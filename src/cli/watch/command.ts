import type { Command } from 'commander';
import type { TargetChoice } from '../target.js';

/** Options of `run` that are for one run: a part of it, or each step of it. A key runs what did not pass. */
const LEFT_OUT: ReadonlySet<string> = new Set(['shard', 'durations', 'lastFailed', 'debug']);

/** With the other options of `run`, which mean the same. Its code is loaded when it runs. */
export function addWatchCommand(program: Command, run: Command, targets: readonly TargetChoice[]): void {
  const watch = program
    .command('watch')
    .description('run scenarios, and again what a saved file concerns, on servers that are kept')
    .argument('[paths...]', 'files, folders or globs (default: scenarios/)')
    .action(async (paths, flags) => {
      process.exitCode = await (await import('./watch.js')).watch(paths, { ...flags, targets });
    });
  for (const option of run.options) if (!LEFT_OUT.has(option.attributeName())) watch.addOption(option);
}
