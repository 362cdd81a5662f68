import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest';
import type { Connection, Reply } from '../../../../src/contracts/redis.js';
import { openConnection } from '../../../../src/redis/connection.js';
import { parseRedisUrl } from '../../../../src/redis/url.js';
import { layoutNamed } from '../../../../src/steps/dlq/layouts/index.js';
import type { Access, DeadQueue, Found } from '../../../../src/steps/dlq/layouts/layout.js';
import type { Program } from './programs.js';

/** The server that all test files share, with a prefix of each test's own. */
export class Room {
  redis!: Connection;
  prefix = '';

  constructor() {
    beforeAll(async () => {
      this.redis = await openConnection(parseRedisUrl(inject('serverUrl')), { name: 'dlq' });
    });
    beforeEach(() => {
      this.prefix = `room-${randomUUID()}:`;
    });
    afterEach(async () => {
      const keys = await this.keys();
      if (keys.length > 0) await this.redis.call(['DEL', ...keys]);
    });
    afterAll(() => this.redis[Symbol.asyncDispose]());
  }

  access(connection: Connection = this.redis): Access {
    return { connection, options: {}, keyOf: (queue) => this.prefix + queue, wallTime: () => Date.now() };
  }

  open(program: Program, connection?: Connection): DeadQueue {
    return layoutNamed(program.layout).open(program.dead(this.prefix), this.access(connection));
  }

  async keys(): Promise<readonly string[]> {
    const keys: string[] = [];
    let cursor = '0';
    do {
      const [next, page] = (await this.redis.call(['SCAN', cursor, 'MATCH', `${this.prefix}*`, 'COUNT', 1_000])) as [
        Reply,
        string[],
      ]; // what SCAN answers
      cursor = String(next);
      keys.push(...page);
    } while (cursor !== '0');
    return [...new Set(keys)].sort();
  }

  /** Every key with all that is in it. */
  async dump(): Promise<readonly (readonly [string, Reply | undefined])[]> {
    const keys = await this.keys();
    const dumps = await this.redis.pipeline(keys.map((key) => ['DUMP', key]));
    return keys.map((key, index) => [key, dumps[index]]);
  }
}

export async function all(queue: DeadQueue, order?: 'oldest' | 'newest'): Promise<readonly Found[]> {
  const found: Found[] = [];
  for await (const one of queue.entries(order)) found.push(one);
  return found;
}

export const idsOf = (found: readonly { readonly letter: { readonly id: string } }[]): readonly string[] =>
  found.map(({ letter }) => letter.id);
