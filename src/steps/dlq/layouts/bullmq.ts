import { ScenarioError } from '../../../errors.js';
import type { Order } from '../../queue/backends/store.js';
import { bodyValue, type Payload } from '../../queue/payload.js';
import { decodeValue } from '../../value.js';
import type { Access, DeadQueue, Found, Layout } from './layout.js';
import { type Fields, fieldsOf, type Member, numberField, readAll, SortedSet, textField } from './sorted-set.js';

/** BullMQ 5 and 6: the sorted set `<prefix>:<queue>:failed` of job ids by the time of failure, and a hash for each job. */
export const bullmq: Layout = {
  name: 'bullmq',
  type: 'zset',
  nameOf: (queue) => (queue.endsWith(':failed') ? queue : `bull:${queue}:failed`),
  async claims(key, access) {
    if (!key.endsWith(':failed')) return false;
    const { connection, options } = access;
    return (await connection.call(['HEXISTS', `${baseOf(key)}:meta`, 'opts.maxLenEvents'], options)) === 1;
  },
  open: (key, access) => new FailedJobs(key, access),
};

/** `bull:orders` of `bull:orders:failed` */
const baseOf = (key: string): string => key.slice(0, -':failed'.length);

class FailedJobs implements DeadQueue {
  readonly layout = 'bullmq';
  readonly #set: SortedSet;
  readonly #base: string;
  readonly #queue: string;

  constructor(
    readonly key: string,
    private readonly access: Access,
  ) {
    this.#set = new SortedSet(key, access);
    this.#base = baseOf(key);
    this.#queue = this.#base.slice(this.#base.lastIndexOf(':') + 1);
  }

  length(): Promise<number> {
    return this.#set.length();
  }

  async *entries(order?: Order): AsyncGenerator<Found> {
    for await (const page of this.#set.pages(order)) {
      const hashes = await readAll(
        this.access,
        page.map(({ member }) => ['HGETALL', `${this.#base}:${member}`]),
      );
      for (const [index, job] of page.entries()) yield foundOf(job, fieldsOf(hashes[index]), this.#queue);
    }
  }

  destination(_: Found, to: string | undefined): string {
    if (to === undefined || to === this.#queue) return this.#queue;
    throw new ScenarioError(`jobs of BullMQ go back to their own queue, ${this.#queue}, and to no other`, {
      next: `leave out the queue "${to}"`,
    });
  }

  async redrive({ handle, details }: Found): Promise<boolean> {
    const beside = ['wait', 'paused', 'prioritized', 'pc', 'active', 'marker', 'meta', 'events'];
    const keys = [`${this.#base}:${handle}`, ...beside.map((part) => `${this.#base}:${part}`)];
    return await this.#set.take(REDRIVE, keys, [handle, isLifo(details.options) ? 'RPUSH' : 'LPUSH']);
  }

  async remove(found: readonly Found[]): Promise<readonly boolean[]> {
    const removed: boolean[] = [];
    for (const { handle } of found) {
      const job = `${this.#base}:${handle}`;
      const keys = [job, `${this.#base}:meta`, `${this.#base}:events`, ...OWNED.map((part) => `${job}:${part}`)];
      removed.push(await this.#set.take(REMOVE, keys, [handle, `${this.#base}:`]));
    }
    return removed;
  }
}

/** Keys of a job beside its hash. */
const OWNED = ['logs', 'dependencies', 'processed', 'failed', 'unsuccessful'];

/** What BullMQ's own `job.retry('failed')` does: 5 pushes into `wait` or `paused`, 6 also into `prioritized`. */
const REDRIVE = `
local failed, job, wait, paused, prioritized, counter = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local active, marker, meta, events = KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local id = ARGV[1]
local version = redis.call('HGET', meta, 'version') or 'a version that it does not tell'
local major = tonumber(string.match(version, ':(%d+)%.'))
if major ~= 5 and major ~= 6 then
  return redis.error_reply('REFUSED the queue is of ' .. version .. ', and jobs of BullMQ 5 and 6 can be redriven')
end
if redis.call('EXISTS', job) == 0 or redis.call('ZREM', failed, id) == 0 then return 0 end
redis.call('HDEL', job, 'finishedOn', 'processedOn', 'failedReason')
redis.call('HINCRBY', job, 'redriveCount', 1)
local limits = redis.call('HMGET', meta, 'paused', 'concurrency')
local busy = limits[1] or limits[2] and redis.call('LLEN', active) >= tonumber(limits[2])
local priority = tonumber(redis.call('HGET', job, 'priority')) or 0
if major == 6 and priority > 0 then
  local count = redis.call('INCR', counter)
  redis.call('ZADD', prioritized, string.format('%.0f', priority * 0x100000000 + count % 0x100000000), id)
else
  redis.call(ARGV[2], major == 5 and limits[1] and paused or wait, id)
end
if not busy then redis.call('ZADD', marker, 0, '0') end
local parent = redis.call('HGET', job, 'parentKey')
if parent and redis.call('EXISTS', parent) == 1 then
  if redis.call('ZREM', parent .. ':unsuccessful', job) == 1 or redis.call('HDEL', parent .. ':failed', job) == 1 then
    redis.call('SADD', parent .. ':dependencies', job)
  end
end
local length = redis.call('HGET', meta, 'opts.maxLenEvents') or 10000
redis.call('XADD', events, 'MAXLEN', '~', length, '*', 'event', 'waiting', 'jobId', id, 'prev', 'failed')
return 1
`;

/** A job of a flow stays: what becomes of its parent and its children is for BullMQ to say. */
const REMOVE = `
local failed, job, meta, events, id = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1]
if redis.call('HEXISTS', job, 'parentKey') == 1 or redis.call('EXISTS', KEYS[6]) == 1 then return 0 end
if redis.call('ZREM', failed, id) == 0 then return 0 end
local deduplication = redis.call('HGET', job, 'deid')
if deduplication and redis.call('GET', ARGV[2] .. 'de:' .. deduplication) == id then
  redis.call('DEL', ARGV[2] .. 'de:' .. deduplication, ARGV[2] .. 'dn:' .. deduplication)
end
if redis.call('DEL', job, unpack(KEYS, 5)) > 0 then
  local length = redis.call('HGET', meta, 'opts.maxLenEvents') or 10000
  redis.call('XADD', events, 'MAXLEN', '~', length, '*', 'event', 'removed', 'jobId', id, 'prev', 'failed')
end
return 1
`;

function foundOf({ member, score }: Member, job: Fields, queue: string): Found {
  const failedAt = numberField(job, 'finishedOn') ?? score;
  const attempts = numberField(job, 'atm') ?? numberField(job, 'attemptsMade') ?? 0;
  const reason = textField(job, 'failedReason');
  const traces = decoded(job, 'stacktrace');
  const stacktrace: readonly unknown[] = Array.isArray(traces) ? traces : [];
  const payload: Payload = job.get('data') ?? '';
  return {
    handle: member,
    message: payload,
    payload,
    letter: {
      id: String(member),
      originalQueue: queue,
      reason: job.size === 0 ? 'unknown' : STALLED.test(reason) ? 'deliveries' : 'attempts',
      attempts,
      deliveries: numberField(job, 'ats') ?? attempts,
      firstEnqueuedAt: numberField(job, 'timestamp'),
      firstFailedAt: attempts === 1 ? failedAt : null,
      lastFailedAt: failedAt,
      error: { class: classOf(stacktrace.at(-1)), message: reason },
      consumer: textField(job, 'pb'),
      redriveCount: numberField(job, 'redriveCount') ?? 0,
      body: bodyValue(payload),
    },
    details: { name: textField(job, 'name'), options: decoded(job, 'opts'), stacktrace },
  };
}

const STALLED = /^job stalled more than allowable limit/;

/** `TypeError: no address\n    at …`; an error of a class without a name of its own is an Error. */
const classOf = (trace: unknown): string => /^([\w$.]+)(?::|\n)/.exec(String(trace ?? ''))?.[1] ?? 'unknown';

const decoded = (job: Fields, name: string): unknown => decodeValue(textField(job, name) || 'null');

const isLifo = (options: unknown): boolean =>
  typeof options === 'object' && options !== null && 'lifo' in options && options.lifo === true;
