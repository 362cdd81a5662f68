import { randomUUID } from 'node:crypto';
import type { DeliveryListener, Node } from '../../contracts/redis.js';
import { CATCH_UP_MS } from '../feed.js';
import type { Link } from '../link.js';
import { arrives } from './wants.js';

const PREFIX = 'redrill:marks:';

/**
 * One subscriber's marks. Between two nodes the bus of a cluster keeps the order of what is published: whoever has
 * received a mark that was published by a node has received all that the node was given before.
 */
export class Marks {
  readonly channel = PREFIX + randomUUID();
  readonly #awaited = new Map<string, () => void>();
  #last = 0;

  /** Hands on all but marks; those of others too, which a pattern may bring. */
  without(listeners: readonly DeliveryListener[]): DeliveryListener {
    let skipped = false;
    return (source, bytes, start, end, isFirst) => {
      if (source.channel.startsWith(PREFIX)) {
        skipped ||= isFirst;
        this.#awaited.get(bytes.toString('latin1', start, end))?.();
        return;
      }
      for (let index = 0; index < listeners.length; index++)
        listeners[index]!(source, bytes, start, end, isFirst || skipped);
      skipped = false;
    };
  }

  /** Until those of all nodes have come to a link that is subscribed to them. False when that is not certain. */
  async arriveFrom(nodes: readonly Node[], link: Link): Promise<boolean> {
    const marks = nodes.map((node) => ({ node, mark: String(++this.#last) }));
    const come = marks.map(({ mark }) => new Promise<void>((resolve) => this.#awaited.set(mark, resolve)));
    try {
      const publish = ({ node, mark }: (typeof marks)[number]) =>
        node.call(['PUBLISH', this.channel, mark], { timeoutMs: CATCH_UP_MS });
      await Promise.all(marks.map(publish));
      return await arrives(link, () => Promise.all(come).then(() => true));
    } catch {
      return false;
    } finally {
      for (const { mark } of marks) this.#awaited.delete(mark);
    }
  }
}
