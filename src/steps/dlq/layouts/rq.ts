import { inflateSync } from 'node:zlib';
import type { Reply } from '../../../contracts/redis.js';
import type { Order } from '../../queue/backends/store.js';
import { bodyValue, type Payload } from '../../queue/payload.js';
import type { Access, DeadQueue, Found, Layout } from './layout.js';
import { type Fields, fieldsOf, type Member, numberField, readAll, SortedSet, textField } from './sorted-set.js';

/**
 * RQ: the sorted set `rq:failed:<queue>` of job ids by the time at which they expire, a hash for each job and, since
 * RQ 1.12, a stream of its results.
 */
export const rq: Layout = {
  name: 'rq',
  type: 'zset',
  nameOf: (queue) => (queue.includes(FAILED) ? queue : FAILED + queue),
  claims: async (key) => /(?:^|:)rq:failed:/.test(key),
  open: (key, access) => new FailedRegistry(key, access),
};

const FAILED = 'rq:failed:';
/** Results shown of each job, the newest first. */
const RESULTS = 10;

class FailedRegistry implements DeadQueue {
  readonly layout = 'rq';
  readonly #set: SortedSet;
  /** What stands before `rq:`. */
  readonly #prefix: string;

  constructor(
    readonly key: string,
    private readonly access: Access,
  ) {
    this.#set = new SortedSet(key, access);
    this.#prefix = key.slice(0, key.indexOf(FAILED));
  }

  length(): Promise<number> {
    return this.#set.length();
  }

  async *entries(order?: Order): AsyncGenerator<Found> {
    const origin = this.key.slice(this.#prefix.length + FAILED.length);
    for await (const page of this.#set.pages(order)) {
      const replies = await readAll(
        this.access,
        page.flatMap(({ member }) => [
          ['HGETALL', this.#keyOf('job', member)],
          ['XREVRANGE', this.#keyOf('results', member), '+', '-', 'COUNT', RESULTS],
        ]),
      );
      for (const [index, job] of page.entries()) {
        const results = resultsOf(replies[2 * index + 1]);
        yield foundOf(job, { job: fieldsOf(replies[2 * index]), results, origin });
      }
    }
  }

  destination({ letter }: Found, to: string | undefined): string {
    return to ?? letter.originalQueue;
  }

  async redrive({ handle }: Found, queue: string): Promise<boolean> {
    const keys = [this.#keyOf('job', handle), this.#keyOf('queue', queue), `${this.#prefix}rq:queues`];
    const now = new Date(this.access.wallTime()).toISOString().replace('Z', '000Z');
    return await this.#set.take(REDRIVE, keys, [handle, now, NOTHING, queue]);
  }

  async remove(found: readonly Found[]): Promise<readonly boolean[]> {
    const removed: boolean[] = [];
    for (const { handle } of found) {
      const owned = ['job', 'results'].map((part) => this.#keyOf(part, handle));
      const job = owned[0]!;
      removed.push(await this.#set.take(REMOVE, [...owned, `${job}:dependents`, `${job}:dependencies`], [handle]));
    }
    return removed;
  }

  #keyOf(part: string, name: Payload): string {
    return `${this.#prefix}rq:${part}:${name}`;
  }
}

/** An empty text as zlib writes it: how RQ says that there is no error. */
const NOTHING = Uint8Array.from([0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]);

/**
 * What RQ's own `registry.requeue(job)` does, but in one step, and the job does not expire while it waits: the time to
 * live that it got as a failed job would take it away.
 */
const REDRIVE = `
local registry, job, queue, queues, id = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1]
if redis.call('EXISTS', job) == 0 or redis.call('ZREM', registry, id) == 0 then return 0 end
redis.call('HSET', job, 'status', 'queued', 'enqueued_at', ARGV[2], 'started_at', '', 'ended_at', '',
  'exc_info', ARGV[3], 'origin', ARGV[4])
redis.call('HINCRBY', job, 'redriveCount', 1)
local ttl = tonumber(redis.call('HGET', job, 'ttl') or 0)
if ttl and ttl > 0 then redis.call('EXPIRE', job, ttl) else redis.call('PERSIST', job) end
redis.call('SADD', queues, queue)
redis.call('RPUSH', queue, id)
return 1
`;

const REMOVE = `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('DEL', unpack(KEYS, 2))
return 1
`;

/** The text that zlib packed; empty for what it did not. */
function unzip(bytes: Uint8Array): string {
  try {
    return inflateSync(bytes, { maxOutputLength: 1 << 20 }).toString();
  } catch {
    return '';
  }
}

interface JobResult {
  readonly at: number;
  readonly type: string;
  readonly error: string;
  readonly worker: string;
}

const RESULT_TYPES: Readonly<Record<string, string>> = {
  '1': 'successful',
  '2': 'failed',
  '3': 'stopped',
  '4': 'retried',
  '5': 'max retries exceeded',
};

/** Of a stream's entries, the newest first. */
function resultsOf(reply: Reply | undefined): readonly JobResult[] {
  return (Array.isArray(reply) ? (reply as readonly Reply[]) : []).map((entry) => {
    const [id, pairs] = Array.isArray(entry) ? (entry as readonly Reply[]) : [];
    const flat = Array.isArray(pairs) ? pairs.map(String) : [];
    const fields = new Map(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : [])));
    return {
      at: Number.parseInt(String(id), 10),
      type: RESULT_TYPES[fields.get('type') ?? ''] ?? 'unknown',
      error: unzip(Buffer.from(fields.get('exc_string') ?? '', 'base64')),
      worker: fields.get('worker_name') ?? '',
    };
  });
}

interface JobParts {
  readonly job: Fields;
  readonly results: readonly JobResult[];
  readonly origin: string;
}

function foundOf({ member }: Member, { job, results, origin }: JobParts): Found {
  const payload: Payload = job.get('data') ?? '';
  const failures = results.filter(({ type }) => type === 'failed');
  const stored = job.get('exc_info');
  const trace = failures[0]?.error || (stored instanceof Uint8Array ? unzip(stored) : (stored ?? ''));
  const attempts = job.size === 0 ? 0 : (numberField(job, 'number_of_retries') ?? 0) + 1;
  const work = payload instanceof Uint8Array ? unzip(payload) : payload;
  return {
    handle: member,
    message: payload,
    payload,
    letter: {
      id: String(member),
      originalQueue: textField(job, 'origin') || origin,
      reason: job.size === 0 ? 'unknown' : KILLED.test(trace) ? 'deliveries' : 'attempts',
      attempts,
      deliveries: attempts,
      firstEnqueuedAt: timeField(job, 'created_at'),
      firstFailedAt: failures.at(-1)?.at ?? null,
      lastFailedAt: timeField(job, 'ended_at') ?? failures[0]?.at ?? null,
      error: errorOf(trace),
      consumer: textField(job, 'worker_name'),
      redriveCount: numberField(job, 'redriveCount') ?? 0,
      // Pickled, unless the queue has another serializer.
      body: /^[[{]/.test(work) ? bodyValue(work) : bodyValue(payload),
    },
    details: { description: textField(job, 'description'), results, traceback: trace },
  };
}

/** The worker died, or was killed, with the job in hand. */
const KILLED = /AbandonedJobError|Work-horse/;

/** `2026-11-23T02:07:11.123456Z` */
function timeField(job: Fields, name: string): number | null {
  const time = Date.parse(textField(job, name));
  return Number.isNaN(time) ? null : time;
}

/** Of a Python traceback: the last line that is not indented and after it, `ValueError: no address`. */
function errorOf(trace: string): { readonly class: string; readonly message: string } {
  const lines = trace.trimEnd().split('\n');
  const start = lines.findLastIndex((line) => line.startsWith('  ')) + 1;
  const [, name, message = ''] = /^([\w.]+)(?:: (.*))?$/s.exec(lines.slice(start).join('\n')) ?? [];
  return name === undefined ? { class: 'unknown', message: trace.trim() } : { class: name, message };
}
