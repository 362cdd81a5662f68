import type { RunEvent, RunFinished, RunStarted, Shard } from '../../contracts/event.js';
import { ScenarioError } from '../../errors.js';
import { readEvents } from '../report.js';

/** What one shard told of itself, from its start to its end. */
export interface SavedShard {
  readonly file: string;
  readonly shard: Shard;
  readonly started: RunStarted;
  readonly finished: RunFinished;
  readonly events: readonly RunEvent[];
}

/** Raises a ScenarioError for whatever isn't a shard as a whole. */
export function readShard(file: string): SavedShard {
  const events = readEvents(file);
  const [started] = events;
  const finished = events.at(-1);
  if (started?.type !== 'run.started') {
    throw new ScenarioError(`${file} does not begin with the start of a run`, { next: SAVE });
  }
  const { shard } = started;
  if (!shard) {
    throw new ScenarioError(`${file} is a run of its own and no shard`, {
      next: `render it by redrill report ${file}; ${SAVE}`,
    });
  }
  if (finished?.type !== 'run.finished') {
    const name = `${shard.index}/${shard.total}`;
    throw new ScenarioError(`${file} ends before its run did: shard ${name} was killed, or still runs`, {
      next: `run it again: redrill run --shard ${name} --report ndjson=${file}`,
    });
  }
  return { file, shard, started, finished, events };
}

const SAVE = 'a shard is saved by redrill run --shard 1/4 --report ndjson=FILE';
