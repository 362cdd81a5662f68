import { plural } from '../../format/text.js';
import type { DeadQueue, Found } from '../../steps/dlq/layouts/layout.js';
import { EXIT } from '../print.js';
import { createFilter } from './filter.js';
import { countFlag, type FilterFlags, type QueueFlags } from './flags.js';
import { jsonLine, recordOf } from './record.js';
import { nothingThere, onServer, openDeadQueue, serverTime } from './server.js';
import { formatAge, table } from './table.js';

interface PeekFlags extends QueueFlags, FilterFlags {
  readonly oldest?: boolean;
  readonly limit: string;
}

export const peek = (name: string, flags: PeekFlags): Promise<number> =>
  onServer(flags, async (server) => {
    const limit = countFlag('limit', flags.limit, 1);
    const now = await serverTime(server);
    const chosen = await createFilter(flags, now);
    const queue = await openDeadQueue(name, flags.backend, server);
    const shown: Found[] = [];
    for await (const found of queue?.entries(flags.oldest ? 'oldest' : 'newest') ?? []) {
      server.signal.throwIfAborted();
      if (chosen(found)) shown.push(found);
      if (shown.length === limit) break;
    }
    if (flags.json) for (const found of shown) process.stdout.write(jsonLine(recordOf(found)));
    else if (!queue) process.stdout.write(nothingThere(name, server));
    else process.stdout.write(await render(queue, shown, { now, address: server.address, oldest: flags.oldest }));
    return EXIT.passed;
  });

interface RenderOptions {
  readonly now: number;
  readonly address: string;
  readonly oldest: boolean | undefined;
}

async function render(queue: DeadQueue, shown: readonly Found[], { now, address, oldest }: RenderOptions) {
  const letters = plural(await queue.length(), 'dead letter');
  const order = oldest ? 'oldest' : 'newest';
  const summary = `${shown.length} of ${letters} in ${queue.key} (${queue.layout}) at ${address}, ${order} first\n`;
  return shown.length === 0 ? summary : `${rowsOf(shown, now)}\n${summary}`;
}

const rowsOf = (shown: readonly Found[], now: number): string =>
  table(shown, [
    { title: 'id', cell: ({ letter }) => letter.id, width: 40 },
    { title: 'failed', cell: ({ letter }) => formatAge(letter.lastFailedAt, now), right: true },
    { title: 'attempts', cell: ({ letter }) => String(letter.attempts), right: true },
    { title: 'redriven', cell: ({ letter }) => String(letter.redriveCount), right: true },
    { title: 'queue', cell: ({ letter }) => letter.originalQueue || '?', width: 30 },
    {
      title: 'error',
      cell: ({ letter: { error } }) => error.class + (error.message && `: ${error.message}`),
      width: 50,
    },
    { title: 'payload', cell: ({ payload }) => (typeof payload === 'string' ? payload : `(${payload.length} bytes)`) },
  ]);
