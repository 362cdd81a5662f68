import { ReplyError } from '../../../errors.js';
import { bullmq } from './bullmq.js';
import type { Access, Layout, LayoutName } from './layout.js';
import { delayed, list, stream } from './own.js';
import { rq } from './rq.js';
import { sidekiq } from './sidekiq.js';

/** Every layout, those of other programs first: the last of a type takes what no other one claims. */
export const LAYOUTS: readonly Layout[] = [bullmq, rq, sidekiq, list, stream, delayed];

export const layoutNamed = (name: LayoutName): Layout => LAYOUTS.find((layout) => layout.name === name)!;

/** The layout of what lies under a key; undefined where nothing does. Raises WRONGTYPE for a key that is no queue. */
export async function layoutOf(key: string, access: Access): Promise<Layout | undefined> {
  const type = await access.connection.call(['TYPE', key], access.options);
  if (type === 'none') return undefined;
  const candidates = LAYOUTS.filter((layout) => layout.type === type);
  for (const layout of candidates) if (await layout.claims(key, access)) return layout;
  const last = candidates.at(-1);
  if (last) return last;
  throw new ReplyError('WRONGTYPE', `${key} holds a ${type}, and a queue is a list, a stream or a sorted set`);
}
