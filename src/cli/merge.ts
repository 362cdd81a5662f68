import { EXIT } from './print.js';
import { openReports } from './reports.js';
import { mergeShards } from './shards/merge.js';
import { readShard } from './shards/read.js';
import { findStrangers } from './shards/together.js';

interface MergeFlags {
  readonly report: readonly string[];
  readonly verbose?: boolean;
}

/** Reports the shards of a run as the run that they are, and gives the exit code that it would have had. */
export async function merge(files: readonly string[], flags: MergeFlags): Promise<number> {
  const shards = files.map(readShard);
  findStrangers(shards);
  const { events, exitCode } = mergeShards(shards.sort((a, b) => a.shard.index - b.shard.index));
  const reports = await openReports(flags.report, { verbose: flags.verbose });
  for (const event of events) reports.onEvent(event);
  const written = reports.finish();
  return exitCode === EXIT.passed && !written ? EXIT.errored : exitCode;
}
