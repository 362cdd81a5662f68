import type { RunFinished, Shard } from '../../contracts/event.js';
import { ScenarioError } from '../../errors.js';
import { readRun, type SavedRun } from '../saved/read.js';

/** What one shard told of itself, from its start to its end. */
export interface SavedShard extends SavedRun {
  readonly file: string;
  readonly shard: Shard;
  readonly finished: RunFinished;
}

/** Raises a ScenarioError for whatever isn't a shard as a whole. */
export function readShard(file: string): SavedShard {
  const { events, started, finished } = readRun(file);
  const { shard } = started;
  if (!shard) {
    throw new ScenarioError(`${file} is a run of its own and no shard`, {
      next: `render it by redrill report ${file}; a shard is saved by redrill run --shard 1/4 --report ndjson=FILE`,
    });
  }
  if (!finished) {
    const name = `${shard.index}/${shard.total}`;
    throw new ScenarioError(`${file} ends before its run did: shard ${name} was killed, or still runs`, {
      next: `run it again: redrill run --shard ${name} --report ndjson=${file}`,
    });
  }
  return { file, shard, started, finished, events };
}
