import { ScenarioError } from '../../errors.js';
import { plural } from '../../format/text.js';
import { findLetters, purgeLetters } from '../../steps/dlq/purging.js';
import { EXIT } from '../print.js';
import { createFilter } from './filter.js';
import { countFlag, type FilterFlags, type QueueFlags, shellWord } from './flags.js';
import { jsonLine } from './record.js';
import { onServer, openDeadQueue, serverTime } from './server.js';

interface PurgeFlags extends QueueFlags, FilterFlags {
  readonly confirm: string;
  readonly expectCount: string;
}

export const purge = (name: string, flags: PurgeFlags): Promise<number> => {
  const expected = countFlag('expect-count', flags.expectCount, 0);
  if (flags.confirm !== name) {
    throw new ScenarioError(`--confirm ${flags.confirm} is not the queue that would be purged; nothing was purged`, {
      next: `if you mean it, write --confirm ${shellWord(name)}`,
    });
  }
  return onServer(flags, async (server) => {
    const chosen = await createFilter(flags, await serverTime(server));
    const queue = await openDeadQueue(name, flags.backend, server);
    const doomed = queue ? await findLetters(queue, chosen) : [];
    if (doomed.length !== expected) {
      throw new ScenarioError(
        `expected ${plural(expected, 'dead letter')} to purge in ${name} and found ${doomed.length}; nothing was purged`,
        { next: `look with \`redrill dlq stats ${shellWord(name)}\` and the same filters, then give the right count` },
      );
    }
    server.signal.throwIfAborted();
    let purged = 0;
    if (queue) await purgeLetters(queue, doomed, { deleted: () => purged++, failed: () => {} });
    const left = expected - purged;
    if (flags.json) process.stdout.write(jsonLine({ queue: name, purged, left }));
    else process.stdout.write(`purged ${plural(purged, 'dead letter')} from ${name} at ${server.address}\n`);
    if (left > 0) process.stderr.write(`${left} left: taken by somebody else meanwhile, or part of a BullMQ flow\n`);
    return EXIT.passed;
  });
};
