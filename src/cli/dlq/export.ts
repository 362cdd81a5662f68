import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { TargetError } from '../../errors.js';
import { plural } from '../../format/text.js';
import { EXIT } from '../print.js';
import { createFilter } from './filter.js';
import { countFlag, type FilterFlags, type QueueFlags } from './flags.js';
import { jsonLine, recordOf } from './record.js';
import { nothingThere, onServer, openDeadQueue, type Server, serverTime } from './server.js';

interface ExportFlags extends QueueFlags, FilterFlags {
  readonly limit?: string;
  readonly output?: string;
}

export const exportLetters = (name: string, flags: ExportFlags): Promise<number> =>
  onServer(flags, async (server) => {
    const { output } = flags;
    if (output === undefined) {
      await write(name, flags, server, process.stdout);
      return EXIT.passed;
    }
    const file = createWriteStream(output);
    try {
      const [letters] = await Promise.all([write(name, flags, server, file).finally(() => file.end()), finished(file)]);
      process.stderr.write(`wrote ${plural(letters, 'dead letter')} to ${output}\n`);
    } catch (cause) {
      if (!(cause instanceof Error && 'path' in cause)) throw cause;
      throw new TargetError(`${output} could not be written: ${cause.message}`, { cause, next: 'name another file' });
    }
    return EXIT.passed;
  });

/** Gives the number of letters written. */
async function write(name: string, flags: ExportFlags, server: Server, output: NodeJS.WritableStream): Promise<number> {
  const limit = flags.limit === undefined ? Number.POSITIVE_INFINITY : countFlag('limit', flags.limit, 1);
  const chosen = await createFilter(flags, await serverTime(server));
  const queue = await openDeadQueue(name, flags.backend, server);
  if (!queue) process.stderr.write(nothingThere(name, server));
  let letters = 0;
  for await (const found of queue?.entries() ?? []) {
    server.signal.throwIfAborted();
    if (!output.writable || letters === limit) break;
    if (!chosen(found)) continue;
    letters++;
    // An error ends the loop; whoever watches the output tells of it, or knows that a reader just had enough.
    if (!output.write(jsonLine(recordOf(found)))) await once(output, 'drain').catch(() => {});
  }
  return letters;
}
