import { plural } from '../../format/text.js';
import { EXIT } from '../print.js';
import { createFilter } from './filter.js';
import type { FilterFlags, QueueFlags } from './flags.js';
import { jsonLine } from './record.js';
import { nothingThere, onServer, openDeadQueue, serverTime } from './server.js';
import { bars } from './table.js';

const AGES: ReadonlyArray<readonly [name: string, belowMs: number]> = [
  ['under 1m', 60_000],
  ['1m to 10m', 600_000],
  ['10m to 1h', 3_600_000],
  ['1h to 6h', 21_600_000],
  ['6h to 1d', 86_400_000],
  ['1d to 7d', 604_800_000],
  ['over 7d', Number.POSITIVE_INFINITY],
];

export const stats = (name: string, flags: QueueFlags & FilterFlags): Promise<number> =>
  onServer(flags, async (server) => {
    const now = await serverTime(server);
    const chosen = await createFilter(flags, now);
    const queue = await openDeadQueue(name, flags.backend, server);
    const byReason = new Map<string, number>();
    const byClass = new Map<string, number>();
    const byQueue = new Map<string, number>();
    const byAge = new Map<string, number>();
    let depth = 0;
    for await (const found of queue?.entries() ?? []) {
      server.signal.throwIfAborted();
      if (!chosen(found)) continue;
      const { reason, error, originalQueue, lastFailedAt } = found.letter;
      depth++;
      count(byReason, reason);
      count(byClass, error.class);
      count(byQueue, originalQueue || 'unknown');
      count(byAge, lastFailedAt === null ? 'unknown' : ageOf(now - lastFailedAt));
    }
    const ages = [...AGES.map(([age]) => age), 'unknown'].flatMap((age) => {
      const letters = byAge.get(age);
      return letters === undefined ? [] : [[age, letters] as const];
    });
    const parts = {
      reason: most(byReason),
      error: most(byClass),
      'original queue': most(byQueue),
      'last failure': ages,
    };
    if (flags.json) {
      const [reasons, classes, queues, aged] = Object.values(parts).map((counts) => Object.fromEntries(counts));
      process.stdout.write(
        jsonLine({ queue: name, depth, byReason: reasons, byClass: classes, byQueue: queues, byAge: aged }),
      );
    } else if (!queue) process.stdout.write(nothingThere(name, server));
    else {
      process.stdout.write(`${plural(depth, 'dead letter')} in ${queue.key} (${queue.layout}) at ${server.address}\n`);
      if (depth > 0)
        for (const [part, counts] of Object.entries(parts)) process.stdout.write(`\n${part}\n${bars(counts)}`);
    }
    return EXIT.passed;
  });

const ageOf = (age: number): string => AGES.find(([, below]) => age < below)![0];

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

const most = (counts: ReadonlyMap<string, number>) => [...counts].sort(([, one], [, other]) => other - one);
