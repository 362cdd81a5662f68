import type { Node, Reply } from '../../contracts/redis.js';
import { formatCount, plural } from '../../format/text.js';
import { LAYOUTS } from '../../steps/dlq/layouts/index.js';
import type { Access, DeadQueue, Layout } from '../../steps/dlq/layouts/layout.js';
import { EXIT } from '../print.js';
import type { TargetChoice } from '../target.js';
import { countFlag } from './flags.js';
import { jsonLine } from './record.js';
import { onServer, type Server, serverTime } from './server.js';
import { formatAge, table } from './table.js';

interface ListFlags extends TargetChoice {
  readonly scan: string;
  readonly json?: boolean;
}

interface Row {
  readonly queue: string;
  readonly layout: string;
  readonly depth: number;
  readonly oldestFailure: number | null;
}

export const list = (flags: ListFlags): Promise<number> =>
  onServer(flags, async (server) => {
    const limit = countFlag('scan', flags.scan, 0) || Number.POSITIVE_INFINITY;
    const { queues, looked, all } = await findQueues(server, limit);
    const rows = await Promise.all(queues.map(describe));
    rows.sort((one, other) => (one.queue < other.queue ? -1 : 1));
    if (flags.json) {
      for (const row of rows) process.stdout.write(jsonLine({ ...row }));
      return EXIT.passed;
    }
    const now = await serverTime(server);
    if (rows.length > 0) process.stdout.write(`${render(rows, now)}\n`);
    const more = looked < all ? `; of ${formatCount(all)} keys the rest was not looked at (--scan 0 looks at all)` : '';
    process.stdout.write(
      `${plural(rows.length, 'dead-letter queue')} among ${plural(looked, 'key')} at ${server.address}${more}\n`,
    );
    return EXIT.passed;
  });

const render = (rows: readonly Row[], now: number): string =>
  table(rows, [
    { title: 'queue', cell: ({ queue }) => queue, width: 100 },
    { title: 'layout', cell: ({ layout }) => layout },
    { title: 'depth', cell: ({ depth }) => formatCount(depth), right: true },
    { title: 'oldest', cell: ({ oldestFailure }) => formatAge(oldestFailure, now), right: true },
  ]);

async function describe(queue: DeadQueue): Promise<Row> {
  const depth = await queue.length();
  let oldestFailure: number | null = null;
  for await (const { letter } of queue.entries()) {
    oldestFailure = letter.lastFailedAt;
    break;
  }
  return { queue: queue.key, layout: queue.layout, depth, oldestFailure };
}

/** Keys asked for at once. */
const PAGE = 1_000;

async function findQueues({ access, signal }: Server, limit: number) {
  const nodes = await access.connection.nodes(access.options);
  const sizes = await Promise.all(nodes.map((node) => node.call(['DBSIZE'], access.options)));
  const all = sizes.reduce<number>((sum, size) => sum + Number(size), 0);
  const found = new Map<string, DeadQueue>();
  let looked = 0;
  for await (const [node, page] of pagesOf(nodes, access)) {
    signal.throwIfAborted();
    // A name that isn't UTF-8 is nobody's dead-letter queue.
    const keys = page.filter((key) => typeof key === 'string');
    const types = await node.pipeline(
      keys.map((key) => ['TYPE', key]),
      access.options,
    );
    for (const [index, key] of keys.entries()) {
      const layout = await claimedBy(key, types[index], access);
      if (layout) found.set(key, layout.open(key, access));
    }
    looked += page.length;
    if (looked >= limit) break;
  }
  return { queues: [...found.values()], looked, all: Math.max(all, looked) };
}

async function* pagesOf(nodes: readonly Node[], { options }: Access): AsyncGenerator<[Node, readonly Reply[]]> {
  for (const node of nodes) {
    let cursor = '0';
    do {
      // The next cursor, and names.
      const [next, page] = (await node.call(['SCAN', cursor, 'COUNT', PAGE], options)) as readonly [Reply, Reply[]];
      cursor = String(next);
      yield [node, page];
    } while (cursor !== '0');
  }
}

async function claimedBy(key: string, type: unknown, access: Access): Promise<Layout | undefined> {
  for (const layout of LAYOUTS) if (layout.type === type && (await layout.claims(key, access))) return layout;
  return undefined;
}
